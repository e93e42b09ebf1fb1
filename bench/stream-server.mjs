/**
 * The server of the streams, a process of its own: over HTTP/1.1, and over HTTP/2 with TLS. It prints both addresses as
 * JSON. `/stream/N?bytes=B` sends the whole stream at once, so that the browser is what is measured. `/ticks?rate=R&count=C`
 * sends events with the time at which they were written.
 */

import { createServer } from 'node:http'
import { createSecureServer } from 'node:http2'
import { makeCertificate } from '../tests/interop/servers/certificate.mjs'
import { concat, makeChunks, streamed } from './workloads.mjs'

const streams = new Map()

function streamOf(n, bytes) {
  const key = `${n} ${bytes}`
  if (!streams.has(key)) streams.set(key, Buffer.from(concat(makeChunks(streamed[n], '64 KiB', bytes))))
  return streams.get(key)
}

const padding = 'x'.repeat(120)

/** Sends `count` events, `rate` a second. */
function sendTicks(response, rate, count) {
  const begin = performance.now()
  let sent = 0
  const send = () => {
    const due = Math.min(count, Math.ceil(((performance.now() - begin) / 1000) * rate))
    let text = ''
    for (; sent < due; sent++) text += `data: ${performance.timeOrigin + performance.now()} ${padding}\n\n`
    if (text !== '') response.write(text)
    if (sent === count) return response.end()
    return setTimeout(send, Math.max(1, 1000 / rate))
  }
  send()
}

function serve(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  const of = name => Number(searchParams.get(name))
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('content-type', 'text/event-stream')
  if (pathname.startsWith('/stream/')) response.end(streamOf(Number(pathname.slice(8)), of('bytes')))
  else if (pathname === '/ticks') sendTicks(response, of('rate'), of('count'))
  else response.writeHead(404).end()
}

const listening = server =>
  new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))

const http1 = await listening(createServer(serve))
const http2 = await listening(createSecureServer(makeCertificate(), serve))
console.log(
  JSON.stringify({ 'HTTP/1.1': `http://127.0.0.1:${http1}`, 'HTTP/2': `https://127.0.0.1:${http2}` }),
)
process.on('disconnect', () => process.exit())
