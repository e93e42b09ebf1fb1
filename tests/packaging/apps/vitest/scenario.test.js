import { EventSource } from 'postsource'
import { createClient } from 'postsource/graphql'
import { test } from 'vitest'
import { scenario } from './scenario.mjs'

test('the scenario', () => scenario({ EventSource, createClient }), 60_000)
