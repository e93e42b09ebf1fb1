/** graphql-sse's own handlers: distinct connections and single connection mode on one address. */

import { normalizedExecutor } from '@graphql-tools/executor'
import { createHandler as createHttpHandler } from 'graphql-sse/lib/use/http'
import { createHandler as createHttp2Handler } from 'graphql-sse/lib/use/http2'
import { createSchema } from '../schema.mjs'
import { serve } from './serve.mjs'

/**
 * With a `certificate` over HTTP/2. Executes by @graphql-tools/executor, since graphql 16 knows no `@defer` and
 * `@stream`. `handlePage` answers what is not below
 * `/graphql`. `options` are the handler's own. Beside what serve() gives there is the schema's `api`.
 */
export async function startGraphqlSse({ certificate, handlePage, ...options } = {}) {
  const api = createSchema()
  const createHandler = certificate ? createHttp2Handler : createHttpHandler
  const handler = createHandler({
    schema: api.schema,
    execute: normalizedExecutor,
    subscribe: normalizedExecutor,
    ...options,
  })
  const handle = (request, response) =>
    handlePage && !request.url.startsWith('/graphql')
      ? handlePage(request, response)
      : handler(request, response)
  const server = await serve(handle, { certificate, path: '/graphql/stream' })
  return { __proto__: server, api }
}
