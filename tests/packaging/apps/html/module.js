import { createClient } from './node_modules/postsource/dist/graphql.js'
import { EventSource } from './node_modules/postsource/dist/index.js'
import { scenario } from './scenario.mjs'

scenario({ EventSource, createClient })
