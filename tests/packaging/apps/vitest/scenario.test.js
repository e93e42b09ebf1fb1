import { EventSource } from 'postsource'
import { createClient } from 'postsource/graphql'
import { test } from 'vitest'
import { scenario } from './scenario.mjs'

test('the scenario', async () => {
  const more = typeof document === 'undefined' ? {} : await import('./hook.mjs')
  await scenario({ EventSource, createClient }, more)
}, 60_000)
