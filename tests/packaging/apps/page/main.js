import { EventSource } from 'postsource'
import { createClient } from 'postsource/graphql'
import { scenario } from './scenario.mjs'

scenario({ EventSource, createClient })
