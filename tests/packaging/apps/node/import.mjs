import { EventSource } from 'postsource'
import { createClient } from 'postsource/graphql'
import { scenario } from './scenario.mjs'

await scenario({ EventSource, createClient })
