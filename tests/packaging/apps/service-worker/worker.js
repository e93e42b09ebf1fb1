import { createClient, EventSource } from 'postsource/service-worker'
import { scenario } from './scenario.mjs'

addEventListener('message', event => event.waitUntil(scenario({ EventSource, createClient })))
