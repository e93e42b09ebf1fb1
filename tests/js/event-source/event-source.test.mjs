/** Our EventSource in Node, which has none: the same scripted server as the browser suite's. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { build } from 'esbuild'
import { EventSource, readEventBatches, readEvents, StreamError } from 'postsource'
import { readParts, readResults } from 'postsource/graphql'
import { eventStream, startServer } from '../../browser/server.mjs'

let server
before(async () => {
  server = await startServer()
})
after(() => server.close())

/** What a source fires, and a wait for the nth error or message. */
function watch(source) {
  const log = []
  let check = () => {}
  for (const type of ['open', 'message', 'error']) {
    source.addEventListener(type, event => {
      log.push(type === 'message' ? event.data : type)
      check(event)
    })
  }
  const nth = (wanted, count) =>
    new Promise(resolve => {
      let seen = 0
      check = event => event.type === wanted && ++seen === count && resolve(event)
    })
  return { log, message: (count = 1) => nth('message', count), error: (count = 1) => nth('error', count) }
}

/** The data of all events of a stream or a response. */
async function dataOf(source) {
  const all = []
  for await (const { data } of readEvents(source)) all.push(data)
  return all
}

describe('in Node', () => {
  test('events arrive, with id and origin', async () => {
    server.on('/plain', exchange => exchange.stream('id: 1\ndata: a\n\n'))
    const source = new EventSource(`${server.origin}/plain`)
    const event = await watch(source).message()
    source.close()
    assert.ok(event instanceof MessageEvent)
    assert.deepEqual(
      [event.data, event.lastEventId, event.origin, event.target],
      ['a', '1', server.origin, source],
    )
  })

  test('the request says that nothing is to be cached', async () => {
    server.on('/headers', exchange => exchange.stream('data: a\n\n'))
    const source = new EventSource(`${server.origin}/headers`)
    await watch(source).message()
    source.close()
    const [{ headers }] = server.requestsTo('/headers')
    assert.equal(headers.accept, 'text/event-stream')
    assert.equal(headers['cache-control'], 'no-cache')
  })

  test('a POST resumes behind its last id, in UTF-8', async () => {
    server.on('/post', async exchange => {
      await exchange.stream(`retry: 10\nid: é${exchange.number}\ndata: ${exchange.body}\n\n`)
      if (exchange.number === 1) exchange.reset()
    })
    const source = new EventSource(`${server.origin}/post`, {
      method: 'POST',
      body: () => 'question',
      idempotent: true,
    })
    await watch(source).message(2)
    source.close()
    const ids = server.requestsTo('/post').map(({ headers }) => headers['last-event-id'])
    assert.deepEqual(
      ids.map(id => id && Buffer.from(id, 'latin1').toString()),
      [undefined, 'é1'],
    )
  })

  test('a port that nobody listens on is a network error', async () => {
    const gone = await startServer()
    await gone.close()
    const source = new EventSource(gone.origin)
    const { error, willReconnectIn } = await watch(source).error()
    source.close()
    assert.ok(error instanceof StreamError)
    assert.deepEqual([error.code, willReconnectIn], ['network', 3000])
  })

  test('an address without a base is a SyntaxError', () => {
    assert.throws(() => new EventSource('/events'), { name: 'SyntaxError' })
  })

  test('a body from a stream is sent', async () => {
    server.on('/upload', exchange => exchange.stream(`data: ${exchange.body}\n\n`))
    const body = () => new Blob(['from a stream']).stream()
    const source = new EventSource(`${server.origin}/upload`, { method: 'POST', body })
    const { data } = await watch(source).message()
    source.close()
    assert.equal(data, 'from a stream')
  })

  test('readEvents stops reading when nobody asks for more', async () => {
    let written = 0
    const chunk = new TextEncoder().encode('data: a\n\n')
    const stream = new ReadableStream(
      {
        pull(controller) {
          written++
          controller.enqueue(chunk)
        },
      },
      { highWaterMark: 0 },
    )
    const events = readEvents(stream)
    await events.next()
    await new Promise(resolve => setTimeout(resolve, 20))
    assert.ok(written <= 2, `${written} chunks were read for one event`)
    await events.return()
  })

  test('readEvents takes responses and streams of any make', async () => {
    const bytes = new TextEncoder().encode('data: a\n\n')
    const start = controller => {
      controller.enqueue(bytes.slice())
      controller.close()
    }
    const streams = [
      new Blob([bytes]).stream(),
      new ReadableStream({ start }),
      new ReadableStream({ type: 'bytes', start }),
      {
        status: 200,
        headers: new Headers({ 'content-type': 'text/event-stream' }),
        body: new Blob([bytes]).stream(),
      },
    ]
    for (const stream of streams) {
      assert.deepEqual(await dataOf(stream), ['a'])
    }
  })

  test('events are of the MessageEvent that is global now: test environments replace it', async t => {
    const dataAndClass = async () => {
      const stream = new Blob(['id: 7\ndata: a\n\n']).stream()
      const event = await watch(EventSource.fromReadableStream(stream)).message()
      return [event.data, event.lastEventId, event.constructor]
    }
    const original = globalThis.MessageEvent
    t.after(() => {
      globalThis.MessageEvent = original
    })
    assert.deepEqual(await dataAndClass(), ['a', '7', original])
    globalThis.MessageEvent = class OtherMessageEvent extends original {}
    assert.deepEqual(await dataAndClass(), ['a', '7', globalThis.MessageEvent])
  })

  test('closing a source before it reads cancels its stream', async () => {
    const cancelled = new Promise(resolve => {
      EventSource.fromReadableStream(new ReadableStream({ cancel: resolve })).close()
    })
    await cancelled
  })

  test('all that an asynchronous handler awaits comes before the next event', async () => {
    const source = EventSource.fromReadableStream(new Blob(['data: 1\n\ndata: 2\n\ndata: 3\n\n']).stream())
    const order = []
    source.onmessage = async ({ data }) => {
      order.push(`${data} begins`)
      for (let i = 0; i < 20; i++) await undefined
      order.push(`${data} ends`)
    }
    await watch(source).error()
    assert.deepEqual(
      order,
      [1, 2, 3].flatMap(n => [`${n} begins`, `${n} ends`]),
    )
  })

  test('its name is EventSource in a minified bundle too', async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: "export { EventSource } from 'postsource'",
        resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      },
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
    })
    const bundle = await import(
      `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
    )
    assert.equal(bundle.EventSource.name, 'EventSource')
    assert.equal(String(bundle.EventSource.prototype), '[object EventSource]')
  })

  test('readEvents ends with a byte stream that closes while a read is pending', async () => {
    for (const wrap of [body => body, body => new Response(body, { headers: eventStream })]) {
      let pulls = 0
      const body = new ReadableStream({
        type: 'bytes',
        pull(controller) {
          if (++pulls === 1) controller.enqueue(new TextEncoder().encode('data: a\n\n'))
          else controller.close()
        },
      })
      assert.deepEqual(await dataOf(wrap(body)), ['a'])
    }
  })

  test('chunks are views of bytes, of any kind and any realm', async () => {
    const otherRealm = runInNewContext('text => Uint8Array.from(text, char => char.charCodeAt(0))')
    const views = [
      otherRealm,
      Buffer.from,
      text => new DataView(otherRealm(`--${text}--`).buffer, 2, text.length),
      text => new Uint16Array(new Uint8Array(Buffer.from(text)).buffer),
    ]
    for (const view of views) {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(view('data: a\n'))
          controller.enqueue(view('data: b\n\n\n'))
          controller.close()
        },
      })
      assert.deepEqual(await dataOf(body), ['a\nb'])
    }
  })

  test('readEvents of a stream that is locked throws a TypeError', async () => {
    const locked = new ReadableStream()
    locked.getReader()
    await assert.rejects(readEvents(locked).next(), TypeError)
  })

  for (const [name, failure, expected] of [
    ['that gives text is an invalid-request', undefined, { name: 'StreamError', code: 'invalid-request' }],
    ['that fails is a network error', new TypeError('terminated'), { name: 'StreamError', code: 'network' }],
    [
      'whose request was aborted is the AbortError',
      new DOMException('', 'AbortError'),
      { name: 'AbortError' },
    ],
  ]) {
    test(`what the readers throw for a body ${name}`, async () => {
      const body = () =>
        new ReadableStream({ start: c => (failure ? c.error(failure) : c.enqueue('data: a\n\n')) })
      const parts = new Response(null, { headers: { 'content-type': 'multipart/mixed; boundary=a' } })
      Object.defineProperty(parts, 'body', { value: body() })
      await assert.rejects(readEvents(body()).next(), expected)
      await assert.rejects(
        readEventBatches(body(), () => {}),
        expected,
      )
      await assert.rejects(readParts(parts).next(), expected)
    })
  }

  test('the readers say what to do with a promise of a response, and with nothing', () => {
    for (const read of [readEvents, readResults, readParts]) {
      assert.throws(() => read(Promise.resolve()), { name: 'TypeError', message: /await fetch/ })
      assert.throws(() => read(undefined), { name: 'TypeError', message: /Response/ })
    }
  })

  test('a signal aborted beforehand cancels the stream', async () => {
    let cancelled = false
    const stream = new ReadableStream({
      cancel() {
        cancelled = true
      },
    })
    const reason = new Error('too late')
    await assert.rejects(readEvents(stream, { signal: AbortSignal.abort(reason) }).next(), reason)
    assert.ok(cancelled)
  })

  test('a closed source leaves nothing that would keep the process alive', () => {
    const script = `
      import { createServer } from 'node:http'
      import { EventSource } from 'postsource'
      const server = createServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('retry: 60000\\ndata: a\\n\\n')
        if (++server.count === 2) response.end()
      }).listen(0, '127.0.0.1', () => {
        server.count = 0
        const controller = new AbortController()
        const url = 'http://127.0.0.1:' + server.address().port
        const first = new EventSource(url)
        first.onmessage = () => {
          first.close()
          const second = new EventSource(url, { signal: controller.signal })
          second.onerror = () => {          // now it waits for a minute
            controller.abort()
            server.close()
            server.closeAllConnections()
          }
        }
      })`
    const { status, signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 10_000,
      encoding: 'utf8',
    })
    assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' })
  })
})

test('an id of any length is sent as it is', async () => {
  const lastEventId = 'é'.repeat(200_000)
  const sent = await new Promise((resolve, reject) => {
    const fetch = async (_url, { headers }) => {
      resolve(Buffer.from(headers['last-event-id'], 'latin1').toString())
      return new Response(null, { status: 204 })
    }
    new EventSource('http://h/', { fetch, lastEventId, retry: () => null }).onerror = ({ error }) =>
      reject(error)
  })
  assert.ok(sent === lastEventId)
})
