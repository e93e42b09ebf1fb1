/** graphql-yoga: SSE, incremental delivery as multipart, and graphql-sse's protocol by its plugin. */

import { useDeferStream } from '@graphql-yoga/plugin-defer-stream'
import { useGraphQLSSE } from '@graphql-yoga/plugin-graphql-sse'
import { createYoga } from 'graphql-yoga'
import { createSchema } from '../schema.mjs'
import { serve } from './serve.mjs'

/**
 * `url` is yoga's own endpoint, `singleConnectionUrl` that of the plugin. With `fastHeartbeat` yoga sends its
 * keep-alive every 300 ms instead of 12 s, which it does where NODE_ENV is `test`: until close() it is.
 */
export async function startYoga({ certificate, fastHeartbeat = false, ...options } = {}) {
  const api = createSchema()
  const yoga = createYoga({
    schema: api.schema,
    plugins: [useDeferStream(), useGraphQLSSE()],
    cors: false, // serve() answers for the origins
    logging: false,
    maskedErrors: false, // so that tests can tell one error from another
    ...options,
  })
  const server = await serve(yoga, { certificate })
  const { NODE_ENV } = process.env
  if (fastHeartbeat) process.env.NODE_ENV = 'test'
  return {
    __proto__: server,
    api,
    singleConnectionUrl: `${server.origin}/graphql/stream`,
    async close() {
      if (fastHeartbeat && NODE_ENV === undefined) delete process.env.NODE_ENV
      else if (fastHeartbeat) process.env.NODE_ENV = NODE_ENV
      await server.close()
    },
  }
}
