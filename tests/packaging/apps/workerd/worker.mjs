import { EventSource } from 'postsource'
import { createClient } from 'postsource/graphql'
import { scenario } from './scenario.mjs'

export default {
  async fetch() {
    await scenario({ EventSource, createClient })
    return new Response('done')
  },
}
