/** POST streams with ids, by the frameworks of Node: `node node-streams.mjs NAME`, on PORT. */

import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** The frameworks are installed where the program runs. */
const { resolve } = createRequire(`${process.cwd()}/package.json`)
const load = async name => import(pathToFileURL(resolve(name)))

const host = '127.0.0.1'
const port = Number(process.env.PORT)
const counts = { live: 0, started: 0 }
const allowed = headers => ({
  'access-control-allow-origin': headers.origin ?? '*',
  'access-control-allow-credentials': 'true',
  'access-control-allow-headers': headers['access-control-request-headers'] ?? '*',
})

/** Yields `{ i, text }` for the numbers after the last event id. A `signal` ends the pauses too. */
async function* numbers({ to, everyMs = 0, text = '', length = 0, failsAfter }, last, signal) {
  counts.live++
  counts.started++
  try {
    if (typeof to !== 'number') throw new TypeError('to must be a number')
    for (let i = Number(last ?? 0) + 1; i <= to && !signal.aborted; i++) {
      if (i > failsAfter) throw new Error('the stream failed')
      yield { i, text: text || 'x'.repeat(length) }
      if (everyMs && i < to) await pause(everyMs, signal)
    }
  } finally {
    counts.live--
  }
}

function pause(ms, signal) {
  return new Promise(resolve => {
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
    function end() {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
  })
}

const isValid = body => typeof body?.to === 'number'

/** Serves `stream(request, response, signal)`; the signal aborts when the client has left. */
async function serveExpress(middleware, stream) {
  const { default: express } = await load('express')
  const app = express()
  app.use((request, response, next) => {
    response.set(allowed(request.headers))
    if (request.method === 'OPTIONS') response.status(204).end()
    else next()
  })
  for (const use of [...middleware, express.json({ limit: '8mb' })]) app.use(use)
  app.get('/counts', (_, response) => response.json(counts))
  app.post('/busy', (_, response) =>
    response.status(429).set('retry-after', '1').json({ error: 'slow down' }),
  )
  app.post('/stream', async (request, response) => {
    if (!isValid(request.body)) return response.status(400).json({ error: 'to must be a number' })
    const leaving = new AbortController()
    response.on('close', () => leaving.abort())
    await stream(request, response, leaving.signal)
  })
  app.listen(port, host)
}

const servers = {
  async hono() {
    const { Hono } = await load('hono')
    const { cors } = await load('hono/cors')
    const { streamSSE } = await load('hono/streaming')
    const { serve } = await load('@hono/node-server')
    const app = new Hono()
    app.use(cors({ origin: origin => origin, credentials: true }))
    app.get('/counts', context => context.json(counts))
    app.post('/busy', context => context.json({ error: 'slow down' }, 429, { 'retry-after': '1' }))
    app.post('/stream', async context => {
      const body = await context.req.json()
      if (!isValid(body)) return context.json({ error: 'to must be a number' }, 400)
      return streamSSE(context, async stream => {
        const leaving = new AbortController()
        stream.onAbort(() => leaving.abort())
        for await (const data of numbers(body, context.req.header('last-event-id'), leaving.signal))
          await stream.writeSSE({ data: JSON.stringify(data), id: String(data.i) })
        await stream.writeSSE({ data: '[DONE]' })
      })
    })
    serve({ fetch: app.fetch, port, hostname: host })
  },

  async fastify() {
    const { default: fastify } = await load('fastify')
    const { default: sse } = await load('@fastify/sse')
    const app = fastify()
    await app.register(sse, { heartbeatInterval: 1000 })
    app.addHook('onRequest', async ({ headers, method }, reply) => {
      reply.headers(allowed(headers))
      if (method === 'OPTIONS') await reply.code(204).send()
    })
    app.options('/*', async () => '')
    app.get('/counts', async () => counts)
    app.post('/busy', async (_, reply) =>
      reply.code(429).header('retry-after', '1').send({ error: 'slow down' }),
    )
    const schema = { body: { type: 'object', properties: { to: { type: 'number' } }, required: ['to'] } }
    app.post('/stream', { sse: true, schema }, async ({ body, headers }, reply) => {
      const leaving = new AbortController()
      reply.sse.onClose(() => leaving.abort())
      for await (const data of numbers(body, headers['last-event-id'], leaving.signal))
        await reply.sse.send({ data, id: String(data.i) })
      await reply.sse.send({ data: '[DONE]' })
    })
    await app.listen({ port, host })
  },

  async express() {
    const { createSession } = await load('better-sse')
    await serveExpress([], async ({ body, headers }, response, signal) => {
      const session = await createSession(response.req, response, { keepAlive: 1000 })
      for await (const data of numbers(body, headers['last-event-id'], signal))
        session.push(data, 'message', String(data.i))
      session.push('[DONE]', 'message')
      response.end()
    })
  },

  async compression() {
    const { default: compression } = await load('compression')
    await serveExpress([compression({ filter: () => true })], async ({ body, headers }, response, signal) => {
      response.set('content-type', 'text/event-stream')
      for await (const data of numbers(body, headers['last-event-id'], signal)) {
        response.write(`id: ${data.i}\r\ndata: ${JSON.stringify(data)}\r\n\r\n`)
        response.flush()
      }
      response.end('data: [DONE]\r\n\r\n')
    })
  },
}
await servers[process.argv[2]]()
