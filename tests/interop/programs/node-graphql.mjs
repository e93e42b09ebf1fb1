/** The GraphQL servers whose packages are those of the tests: `node node-graphql.mjs NAME`, on PORT. */

import { createRequire } from 'node:module'
import { normalizedExecutor } from '@graphql-tools/executor'
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream'
import { useGraphQLSSE } from '@graphql-yoga/plugin-graphql-sse'
import { createHandler as createExpressHandler } from 'graphql-sse/lib/use/express'
import { createHandler as createFastifyHandler } from 'graphql-sse/lib/use/fastify'
import { createHandler as createHttpHandler } from 'graphql-sse/lib/use/http'
import { createHandler as createHttp2Handler } from 'graphql-sse/lib/use/http2'
import { createHandler as createKoaHandler } from 'graphql-sse/lib/use/koa'
import { createYoga } from 'graphql-yoga'
import { createSchema } from '../schema.mjs'
import { makeCertificate } from '../servers/certificate.mjs'
import { startPostGraphile } from '../servers/postgraphile.mjs'
import { serve } from '../servers/serve.mjs'
import { planFields } from './postgraphile-fields.mjs'

const host = '127.0.0.1'
const port = Number(process.env.PORT)
/** Express, Fastify and Koa are installed where the program runs. */
const load = createRequire(`${process.cwd()}/package.json`)
const handler = { schema: createSchema().schema, execute: normalizedExecutor, subscribe: normalizedExecutor }

function corsOf({ origin, 'access-control-request-headers': headers }) {
  if (!origin) return {}
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, POST, PUT, DELETE',
    'access-control-allow-headers': headers ?? '*',
  }
}

/** Answers preflights, and lets pages of other origins ask. Returns whether the request is answered. */
function allowOrigin({ method, headers }, response) {
  for (const [name, value] of Object.entries(corsOf(headers))) response.setHeader(name, value)
  if (method === 'OPTIONS') response.writeHead(204).end()
  return method === 'OPTIONS'
}

const servers = {
  yoga() {
    const plugins = [useDeferStream(), useGraphQLSSE()]
    return serve(createYoga({ schema: handler.schema, plugins, cors: false, logging: false }), { port })
  },
  http: () => serve(createHttpHandler(handler), { port }),
  http2: () => serve(createHttp2Handler(handler), { port, certificate: makeCertificate() }),
  express() {
    const app = load('express')()
    app.use((request, response, next) => allowOrigin(request, response) || next())
    app.all('/graphql', createExpressHandler(handler)).listen(port, host)
  },
  async fastify() {
    const app = load('fastify')()
    app.addHook('onRequest', async (request, reply) => {
      if (allowOrigin(request.raw, reply.raw)) reply.hijack()
    })
    app.all('/graphql', createFastifyHandler(handler))
    await app.listen({ port, host })
  },
  koa() {
    const app = new (load('koa'))()
    app.use(async (context, next) => {
      if (context.method === 'OPTIONS') context.status = 204
      context.set(corsOf(context.headers))
      if (context.method !== 'OPTIONS') await next()
    })
    app.use(createKoaHandler(handler)).listen(port, host)
  },
  postgraphile: () => startPostGraphile({ port, plugins: [planFields()] }),
}
await servers[process.argv[2]]()
