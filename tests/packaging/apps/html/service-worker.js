import { createClient, EventSource } from './node_modules/postsource/dist/service-worker.js'
import { scenario } from './scenario.mjs'

addEventListener('message', event => event.waitUntil(scenario({ EventSource, createClient })))
