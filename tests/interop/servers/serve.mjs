/** A handler of Node's requests on a port of the loopback, a free one by default, over HTTP/1 or HTTP/2. */

import { createServer } from 'node:http'
import { createSecureServer } from 'node:http2'

/** More than Chromium's own limit of 256. Where a server says nothing Chromium opens 100 streams a connection. */
const maxConcurrentStreams = 1000

/** Pages of another port may ask anything. Requests without an origin are answered as the handler does it. */
function allowOrigin({ headers }, response) {
  if (!headers.origin) return
  response.setHeader('access-control-allow-origin', headers.origin)
  response.setHeader('access-control-allow-credentials', 'true')
  response.setHeader('access-control-allow-methods', 'GET, POST, PUT, DELETE')
  response.setHeader('access-control-allow-headers', headers['access-control-request-headers'] ?? '*')
  response.setHeader('access-control-max-age', '600')
  response.setHeader('vary', 'origin')
}

/**
 * Serves `handle(request, response)`; with a `certificate` over HTTP/2, else over HTTP/1. An error that it throws is
 * a 500, or breaks off what has begun.
 *
 * - `requests`: `{ method, url, headers }` of all requests so far, preflights left out.
 * - `connections`: how many TCP connections were accepted ever; `open` how many there are.
 * - `reset()`: breaks all connections off.
 */
export async function serve(handle, { certificate, path = '/graphql', port = 0 } = {}) {
  const requests = []
  const sockets = new Set()
  let connections = 0

  async function answer(request, response) {
    allowOrigin(request, response)
    if (request.method === 'OPTIONS') return response.writeHead(204).end()
    const { method, url, headers } = request
    requests.push({ method, url, headers })
    try {
      await handle(request, response)
    } catch (error) {
      if (!response.headersSent) response.writeHead(500).end(error.message)
      else (response.stream ?? response).destroy(error)
    }
  }

  const server = certificate
    ? createSecureServer({ ...certificate, settings: { maxConcurrentStreams } }, answer)
    : createServer(answer)
  // a busy process must not send a request over a connection that the server is about to close for being idle
  server.keepAliveTimeout = 0
  server.on('sessionError', () => {})
  server.on('connection', socket => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  await new Promise(resolve => server.listen(port, '127.0.0.1', resolve))
  const origin = `${certificate ? 'https' : 'http'}://127.0.0.1:${server.address().port}`

  return {
    origin,
    url: origin + path,
    requests,
    get connections() {
      return connections
    },
    get open() {
      return sockets.size
    },
    reset() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async close() {
      const closed = new Promise(resolve => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
