/** An HTTP server whose responses the test writes: status, headers, chunk boundaries, pauses, resets. */

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname } from 'node:path'

const root = new URL('../../', import.meta.url)
const types = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.html': 'text/html',
  '.wasm': 'application/wasm',
}

/** Long enough for two writes to reach the browser as two chunks. */
const betweenChunksMs = 15

export const eventStream = { 'content-type': 'text/event-stream' }

/** One request and the means to answer it. */
class Exchange {
  #response

  constructor(request, response, body, number) {
    this.request = request
    this.headers = request.headers
    this.body = body
    /** 1 for the first request to the path, and so on. */
    this.number = number
    this.#response = response
    /** Resolves when the connection is closed, by either side. */
    this.closed = new Promise(resolve => response.on('close', resolve))
  }

  head(status, headers = {}) {
    this.#response.writeHead(status, headers)
    this.#response.flushHeaders()
    return this
  }

  /** Writes chunks, each in a packet of its own. */
  async write(...chunks) {
    for (const chunk of chunks) {
      this.#response.write(chunk)
      await pause(betweenChunksMs)
    }
    return this
  }

  /** Writes at once. */
  send(text) {
    this.#response.write(text)
  }

  /** An event stream with these chunks, which stays open. */
  async stream(...chunks) {
    return this.head(200, eventStream).write(...chunks)
  }

  end(chunk) {
    this.#response.end(chunk)
  }

  /** Resets the connection after the client had time to read, because a body that fails loses unread bytes. */
  async reset() {
    await pause(300)
    this.#response.socket?.resetAndDestroy()
  }
}

export function pause(ms) {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/**
 * Starts a server on two ports, which are two origins. `on(path, answer)` sets what a path answers; `page(path,
 * headers, html)` makes it a page; the repository's built files are there beside them.
 */
export async function startServer() {
  const answers = new Map()
  const requests = []

  async function handle(request, response) {
    const { pathname } = new URL(request.url, 'http://localhost')
    const answer = answers.get(pathname)
    if (answer === undefined) return serveFile(pathname, response)
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    requests.push({ pathname, method: request.method, headers: request.headers, body, at: performance.now() })
    const number = requests.filter(other => other.pathname === pathname).length
    try {
      await answer(new Exchange(request, response, body, number))
    } catch (error) {
      response.destroy(error)
    }
  }

  async function serveFile(pathname, response) {
    try {
      const bytes = await readFile(new URL(`.${pathname}`, root))
      response
        .writeHead(200, {
          'content-type': types[extname(pathname)] ?? 'application/octet-stream',
          // a sandboxed frame has an origin of its own
          'access-control-allow-origin': '*',
        })
        .end(bytes)
    } catch {
      response.writeHead(404).end()
    }
  }

  const servers = [createServer(handle), createServer(handle)]
  const origins = []
  for (const server of servers) {
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
    origins.push(`http://127.0.0.1:${server.address().port}`)
  }

  return {
    origin: origins[0],
    otherOrigin: origins[1],
    on: (path, answer) => answers.set(path, answer),
    page: (path, html, headers = {}) =>
      answers.set(path, exchange =>
        exchange.head(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(html),
      ),
    requestsTo: path => requests.filter(({ pathname }) => pathname === path),
    async close() {
      for (const server of servers) {
        server.closeAllConnections()
        await new Promise(resolve => server.close(resolve))
      }
    },
  }
}
