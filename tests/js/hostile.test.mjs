/** Servers that mean ill, over real HTTP: bounded memory and a clear error for each. */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { createGzip } from 'node:zlib'
import { EventSource, readEventBatches, readEvents } from 'postsource'
import { createClient, readParts, readResults } from 'postsource/graphql'
import { unfreedReaders, wasmBytes } from '../wasm-memory.mjs'

const limit = 1 << 20
const sse = { 'content-type': 'text/event-stream' }
const multipart = { 'content-type': 'multipart/mixed; boundary=b' }
const part = '--b\r\nContent-Type: application/json\r\n\r\n'

/** Writes `piece` for ever, as fast as it is taken; `head` once before. */
function endless(piece, head = '') {
  return response => {
    response.write(head)
    const write = () => {
      while (!response.destroyed && response.write(piece));
      response.once('drain', write)
    }
    write()
  }
}

const routes = {
  '/endless-line': [sse, endless('x'.repeat(65536), 'data: ')],
  '/endless-event': [sse, endless(`data: ${'x'.repeat(1000)}\n`)],
  '/long-comment': [sse, response => response.end(`: ${'x'.repeat(64 << 20)}\ndata: 1\n\n`)],
  '/long-field': [sse, response => response.end(`{"x":"${'x'.repeat(64 << 20)}"}\ndata: 1\n\n`)],
  '/endless-preamble': [multipart, endless('x'.repeat(65536))],
  '/endless-part-headers': [multipart, endless('X-A: b\r\n'.repeat(1000), '--b\r\n')],
  '/endless-part': [multipart, endless(' '.repeat(65536), part)],
  '/endless-string': [multipart, endless('x'.repeat(65536), `${part}"`)],
  '/endless-json': [{ 'content-type': 'application/json' }, endless('['.repeat(65536))],
  '/tiny-parts': [multipart, response => response.end(`${`${part}{}\r\n`.repeat(200_000)}--b--`)],
  '/tiny-events': [sse, response => response.end('data:\n\n'.repeat(500_000))],
  '/no-bytes': [
    sse,
    async response => {
      for (let i = 0; i < 50; i++) response.write('')
      response.end('data: 1\n\n')
    },
  ],
  '/deep': [
    multipart,
    response => response.end(`${part}{"data":${'['.repeat(1e6)}${']'.repeat(1e6)}}\r\n--b--`),
  ],
  '/bomb': [
    { ...sse, 'content-encoding': 'gzip' },
    response => {
      const gzip = createGzip({ level: 9 })
      gzip.pipe(response)
      endless('x'.repeat(1 << 20), 'data: ')(gzip)
      response.on('close', () => gzip.destroy())
    },
  ],
  '/invalid-utf8': [
    sse,
    response =>
      response.end(Buffer.from('646174613a20fffe80c30a0a69643a20ff0a646174613a2061f09f980a0a', 'hex')),
  ],
  '/retry': [sse, response => response.end('retry: 999999999999\ndata: 1\n\n')],
  '/loop': [{ location: '/loop' }, response => response.end()],
  '/long-boundary': [
    { 'content-type': `multipart/mixed; boundary="${'b'.repeat(10_000)}"` },
    response => response.end(`--${'b'.repeat(10_000)}\r\n\r\n{"data":{"n":1}}\r\n--${'b'.repeat(10_000)}--`),
  ],
}

let server
let origin
before(async () => {
  server = createServer((request, response) => {
    const [headers, write] = routes[new URL(request.url, 'http://h').pathname]
    response.writeHead(headers.location ? 302 : 200, headers)
    write(response)
  })
  // a busy process must not send a request over a connection that the server is about to close for being idle
  server.keepAliveTimeout = 0
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${server.address().port}`
})
after(() => {
  server.closeAllConnections()
  server.close()
})

/** Reads all of it; resolves with how much came and the code of the error. */
async function read(path, reader, options = {}) {
  let count = 0
  try {
    for await (const _ of reader(await fetch(origin + path), { maxMessageBytes: limit, ...options })) count++
    return { count }
  } catch (error) {
    return { count, code: error.code, message: error.message }
  }
}

async function bounded(run) {
  const before = wasmBytes()
  const result = await run()
  // the workspace and a message of the limit, with what vectors hold in reserve
  const added = wasmBytes() - before
  assert.ok(added <= 8 * limit, `${added} bytes more`)
  assert.equal(unfreedReaders(), 0)
  return result
}

for (const [path, reader] of [
  ['/endless-line', readEvents],
  ['/endless-event', readEvents],
  ['/bomb', readEvents],
  ['/endless-part', readResults],
  ['/endless-string', readResults],
  ['/endless-json', readResults],
  ['/endless-part', readParts],
]) {
  test(`${path.slice(1)}, ${reader.name}: the limit ends it, and is named`, async () => {
    const { code, message } = await bounded(() => read(path, reader))
    assert.equal(code, 'limit-exceeded')
    assert.match(message, /maxMessageBytes/)
  })
}

test('endless headers of a part: the limit ends it, and is named', async () => {
  const { code, message } = await bounded(() =>
    read('/endless-part-headers', readParts, { maxHeaderBytes: 4096 }),
  )
  assert.equal(code, 'limit-exceeded')
  assert.match(message, /4096 bytes; maxHeaderBytes/)
})

test('an endless preamble costs no memory', async () => {
  const closing = new AbortController()
  setTimeout(() => closing.abort(new Error('enough')), 300)
  const { message } = await bounded(() => read('/endless-preamble', readParts, { signal: closing.signal }))
  assert.equal(message, 'enough')
})

test('very many tiny parts and events', async () => {
  assert.deepEqual(await bounded(() => read('/tiny-parts', readResults)), { count: 0 })
  let count = 0
  await bounded(async () =>
    readEventBatches(await fetch(`${origin}/tiny-events`), events => {
      count += events.length
    }),
  )
  assert.equal(count, 500_000)
})

test('chunks without bytes', async () => {
  assert.deepEqual(await read('/no-bytes', readEvents), { count: 1 })
})

test('JSON nested a million deep is a result or an error, and no crash', async () => {
  const { count, code } = await bounded(() => read('/deep', readResults, { maxMessageBytes: 8 * limit }))
  assert.ok(count === 1 || code === 'malformed', `${count} ${code}`)
})

test('invalid UTF-8 is U+FFFD, also in ids', async () => {
  const events = []
  for await (const event of readEvents(await fetch(`${origin}/invalid-utf8`))) events.push(event)
  assert.deepEqual(events, [
    { type: 'message', data: '\ufffd\ufffd\ufffd\ufffd', lastEventId: '' },
    { type: 'message', data: 'a\ufffd', lastEventId: '\ufffd' },
  ])
})

test('a reconnection time that no timer can hold does not become a storm', async () => {
  let requests = 0
  const source = new EventSource(`${origin}/retry`, {
    fetch: (...given) => {
      requests++
      return fetch(...given)
    },
  })
  const { willReconnectIn } = await new Promise(resolve => {
    source.onerror = resolve
  })
  await new Promise(resolve => setTimeout(resolve, 100))
  source.close()
  assert.equal(willReconnectIn, 2 ** 31 - 1)
  assert.equal(requests, 1)
})

test('a redirect loop is a network error', async () => {
  const source = new EventSource(`${origin}/loop`, { retry: () => null })
  const { error } = await new Promise(resolve => {
    source.onerror = resolve
  })
  assert.equal(error.code, 'network')
})

test('a boundary of ten thousand characters', async () => {
  assert.deepEqual(await read('/long-boundary', readResults), { count: 1 })
})

for (const reader of [readResults, readParts]) {
  test(`${reader.name} with a limit that is none cancels the response`, async () => {
    let isCancelled = false
    const body = new ReadableStream({
      cancel() {
        isCancelled = true
      },
    })
    const response = new Response(body, { headers: { 'content-type': 'multipart/mixed; boundary=b' } })
    await assert.rejects(reader(response, { maxMessageBytes: 0 }).next(), RangeError)
    assert.ok(isCancelled)
  })
}

test('the client ends an operation at the limit, and does not try again', async () => {
  let requests = 0
  const error = await new Promise(resolve => {
    createClient({
      url: `${origin}/endless-line`,
      maxMessageBytes: limit,
      fetch: (...given) => {
        requests++
        return fetch(...given)
      },
    }).subscribe({ query: 'subscription { n }' }, { next() {}, error: resolve, complete() {} })
  })
  assert.equal(error.code, 'limit-exceeded')
  assert.equal(requests, 1)
})
