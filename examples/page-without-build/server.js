/** Serves this folder, and a stream of numbers. */

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8' }

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  if (pathname === '/numbers') return sendNumbers(request, response)
  const path = pathname === '/' ? 'index.html' : normalize(pathname)
  const type = types[extname(path)]
  const bytes = type && (await readFile(join(folder, path)).catch(() => undefined))
  if (bytes) response.writeHead(200, { 'content-type': type }).end(bytes)
  else response.writeHead(404).end()
})

/** A client that comes back gets the numbers after its last one. */
function sendNumbers(request, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  let n = Number(request.headers['last-event-id']) || 0
  const send = () => response.write(`id: ${++n}\ndata: ${n}\n\n`)
  send()
  const timer = setInterval(send, 1000)
  response.on('close', () => clearInterval(timer))
}

server.listen(process.env.PORT ?? 8000, 'localhost', () => {
  console.log(`http://localhost:${server.address().port}/`)
})
