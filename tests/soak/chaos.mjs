/**
 * A server of numbered streams behind a proxy that harms them. Every stream gives the numbers from 1 to its length, and
 * goes on behind what the request says it has: `Last-Event-ID`, or the variable `after`.
 */

import { createServer, request as httpRequest } from 'node:http'

/** A small generator of numbers from 0 to 1, the same for the same seed. */
export function seeded(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
/** Some text of every length of characters, so that cuts fall within them. */
const filler = n => 'é日😀x'.repeat(1 + (n % 7))

const formats = {
  events: {
    type: 'text/event-stream',
    message: n => `id: ${n}\ndata: ${JSON.stringify({ n, filler: filler(n) })}\n\n`,
    heartbeat: ':\n\n',
    end: 'event: end\ndata:\n\n',
  },
  'graphql-sse': {
    type: 'text/event-stream',
    message: n => `id: ${n}\nevent: next\ndata: ${JSON.stringify({ data: { n, filler: filler(n) } })}\n\n`,
    heartbeat: ':\n\n',
    end: 'event: complete\n\n',
  },
  multipart: {
    type: 'multipart/mixed; boundary=graphql',
    message: n =>
      `\r\n--graphql\r\nContent-Type: application/json\r\n\r\n${JSON.stringify({ payload: { data: { n, filler: filler(n) } } })}`,
    heartbeat: '\r\n--graphql\r\nContent-Type: application/json\r\n\r\n{}',
    end: '\r\n--graphql--\r\n',
  },
}

async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** Serves /FORMAT?length=N&ms=M: N numbers, M milliseconds apart. */
async function answer(request, response) {
  const url = new URL(request.url, 'http://localhost')
  const { type, message, heartbeat, end } = formats[url.pathname.slice(1)]
  const body = await bodyOf(request)
  const after = body ? JSON.parse(body).variables?.after : undefined
  const length = Number(url.searchParams.get('length'))
  const ms = Number(url.searchParams.get('ms'))
  response.writeHead(200, { 'content-type': type })
  response.flushHeaders()
  for (let n = Number(after ?? request.headers['last-event-id'] ?? 0) + 1; n <= length; n++) {
    if (response.destroyed) return
    response.write(n % 5 === 0 ? heartbeat + message(n) : message(n))
    if (ms > 0) await pause(ms)
  }
  response.end(end)
}

async function listen(handle) {
  const server = createServer((request, response) => {
    allowOrigin(request, response)
    if (request.method === 'OPTIONS') response.writeHead(204).end()
    else handle(request, response).catch(() => response.destroy())
  })
  const sockets = new Set()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  server.keepAliveTimeout = 1000
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    server,
    sockets,
    port: server.address().port,
    async close() {
      const closed = new Promise(resolve => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Pages of another port may ask, with the headers that streams are asked for with. */
function allowOrigin({ headers }, response) {
  if (!headers.origin) return
  response.setHeader('access-control-allow-origin', headers.origin)
  response.setHeader('access-control-allow-headers', headers['access-control-request-headers'] ?? '*')
  response.setHeader('access-control-max-age', '600')
}

/** What may happen to a response, and how often. Bytes and milliseconds are up to chance. */
const fates = [
  ['pass', 20],
  ['reset', 15],
  ['truncate', 15],
  ['stall', 4],
  ['delay', 10],
  ['reslice', 20],
  ['500', 4],
  ['429', 4],
  ['503', 4],
  ['wrong-type', 4],
]

function pick(random) {
  let at = random() * fates.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [name, weight] of fates) {
    at -= weight
    if (at < 0) return name
  }
  return 'pass'
}

/** Writes a response's bytes as its fate will have it. Resolves when there is nothing left to do. */
async function harm(fate, upstream, response, random) {
  const limit =
    fate === 'reset' || fate === 'truncate' || fate === 'stall' ? Math.floor(random() * 4000) : Infinity
  let written = 0
  for await (const chunk of upstream) {
    if (response.destroyed) return
    const rest = chunk.subarray(0, Math.max(0, limit - written))
    written += rest.length
    if (fate === 'reslice') {
      for (let at = 0; at < rest.length; ) {
        const size = 1 + Math.floor(random() * 200)
        response.write(rest.subarray(at, at + size))
        at += size
        await new Promise(setImmediate)
      }
    } else {
      if (rest.length > 0) response.write(rest)
      if (fate === 'delay') await pause(random() * 40)
    }
    if (written < limit) continue
    if (fate === 'reset') return response.socket.resetAndDestroy()
    if (fate === 'truncate') return response.end()
    return // stalls: open, and nothing comes any more
  }
  response.end()
}

/** Starts both. `origin` is the proxy's; `counts` tells how often each fate was dealt. */
export async function startChaos({ seed = 1 } = {}) {
  const random = seeded(seed)
  const counts = Object.fromEntries(fates.map(([name]) => [name, 0]))
  const origin = await listen(answer)
  const proxy = await listen(async (request, response) => {
    const fate = pick(random)
    counts[fate]++
    if (/^\d+$/.test(fate)) {
      request.resume()
      return response.writeHead(Number(fate), { 'retry-after': '0' }).end('no')
    }
    if (fate === 'wrong-type') {
      request.resume()
      return response.writeHead(200, { 'content-type': 'text/html' }).end('<p>an error page of a proxy</p>')
    }
    const upstream = httpRequest({
      port: origin.port,
      method: request.method,
      path: request.url,
      headers: { ...request.headers, connection: 'close' },
    })
    response.on('close', () => upstream.destroy())
    request.pipe(upstream)
    const answered = await new Promise((resolve, reject) =>
      upstream.on('response', resolve).on('error', reject),
    )
    response.writeHead(answered.statusCode, { 'content-type': answered.headers['content-type'] })
    response.flushHeaders()
    await harm(fate, answered, response, random)
    answered.destroy()
  })
  return {
    origin: `http://127.0.0.1:${proxy.port}`,
    counts,
    open: () => proxy.sockets.size,
    async close() {
      await proxy.close()
      await origin.close()
    },
  }
}
