/** streamEvents over real HTTP: what it yields, when it ends, how it fails, and that no connection stays open. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { EventSource, resumeByGet, StreamError, streamEvents } from 'postsource'
import { startServer } from '../../browser/server.mjs'

let server
before(async () => {
  server = await startServer()
})
after(() => server.close())

let paths = 0
/** A path of its own. `answer` is called for each request to it. */
function serve(answer) {
  const path = `/stream-events/${++paths}`
  const closed = new Promise(resolve => {
    server.on(path, exchange => {
      exchange.closed.then(resolve)
      return answer(exchange)
    })
  })
  return { url: server.origin + path, closed, requests: () => server.requestsTo(path) }
}

/** Answers the attempts with these streams, one after the other. The last one stays open. */
const streams =
  (...texts) =>
  async exchange => {
    await exchange.stream(texts[exchange.number - 1])
    if (exchange.number < texts.length) exchange.end()
  }

const stream = text => async exchange => (await exchange.stream(text)).end()

const soon = { retry: (_attempt, { retryable }) => (retryable ? 0 : null) }

/** The data of all events, and what the iterator has thrown. */
async function read(events) {
  const data = []
  try {
    for await (const event of events) data.push(event.data)
    return { data }
  } catch (error) {
    return { data, error }
  }
}

describe('what it yields', () => {
  test('every event, whatever its name, over several connections', async () => {
    const { url, requests } = serve(
      streams('id: 1\nevent: a\ndata: x\n\n', 'id: 2\ndata: y\n\nevent: done\ndata:\n\n'),
    )
    const events = []
    for await (const event of streamEvents(url, { ...soon, until: ({ type }) => type === 'done' }))
      events.push(event)
    assert.deepEqual(events, [
      { type: 'a', data: 'x', lastEventId: '1' },
      { type: 'message', data: 'y', lastEventId: '2' },
    ])
    assert.equal(requests()[1].headers['last-event-id'], '1')
  })

  test('the answer to a POST of JSON, which is sent once', async () => {
    const { url, requests } = serve(stream('data: a\n\ndata: b\n\n'))
    const { data, error } = await read(streamEvents(url, { json: { prompt: 'é' } }))
    assert.deepEqual([data, error], [['a', 'b'], undefined])
    const [{ method, headers, body }, ...more] = requests()
    assert.deepEqual([method, headers['content-type'], body], ['POST', 'application/json', '{"prompt":"é"}'])
    assert.equal(more.length, 0)
  })

  test('no more than the loop asks for: the connection waits', async () => {
    const { url } = serve(streams('data: 1\n\ndata: 2\n\n'))
    const events = streamEvents(url)
    const ids = [await events.next(), await events.next()].map(({ value }) => value.data)
    assert.deepEqual(ids, ['1', '2'])
    await events.return()
  })

  test('all that a POST begins and a GET resumes', async () => {
    const { url, requests } = serve(streams('id: 1\ndata: a\n\n', 'data: b\n\ndata: end\n\n'))
    const options = resumeByGet({ ...soon, json: { call: 1 } })
    assert.deepEqual(await read(streamEvents(url, { ...options, until: 'end' })), { data: ['a', 'b'] })
    assert.deepEqual(
      requests().map(({ method, body }) => [method, body]),
      [
        ['POST', '{"call":1}'],
        ['GET', ''],
      ],
    )
  })
})

describe('when it ends', () => {
  test('in place of the event whose data are `until`; the connection is closed', async () => {
    const { url, closed } = serve(streams('data: a\n\ndata: [DONE]\n\ndata: b\n\n'))
    assert.deepEqual(await read(streamEvents(url, { until: '[DONE]' })), { data: ['a'] })
    await closed
  })

  test('when the loop is left; the connection is closed', async () => {
    const { url, closed } = serve(streams('data: a\n\ndata: b\n\n'))
    for await (const _ of streamEvents(url)) break
    await closed
  })

  test('by return() while it waits for an event', async () => {
    const { url, closed } = serve(streams(': hello\n\n'))
    const events = streamEvents(url)
    const next = events.next()
    while (server.requestsTo(new URL(url).pathname).length === 0) await new Promise(setImmediate)
    await events.return()
    assert.deepEqual(await next, { done: true, value: undefined })
    await closed
  })

  test('without a request when it is left before it was begun', async () => {
    const { url, requests } = serve(stream(''))
    const events = streamEvents(url)
    await events.return()
    assert.deepEqual(await events.next(), { done: true, value: undefined })
    assert.equal(requests().length, 0)
  })

  test('in place of the event that an asynchronous `until` resolves with true for', async () => {
    const { url } = serve(streams('data: a\n\ndata: b\n\ndata: c\n\n'))
    assert.deepEqual(await read(streamEvents(url, { until: async ({ data }) => data === 'b' })), {
      data: ['a'],
    })
  })

  test('with a 204, whatever `until` waits for', async () => {
    const { url } = serve(exchange => exchange.head(204).end())
    assert.deepEqual(await read(streamEvents(url, { until: '[DONE]' })), { data: [] })
  })

  test('with a 204, and after maxRetries', async () => {
    const gone = serve(exchange => exchange.head(204).end())
    assert.deepEqual(await read(streamEvents(gone.url)), { data: [] })
    const { url, requests } = serve(stream('data: a\n\n'))
    assert.deepEqual(await read(streamEvents(url, { ...soon, maxRetries: 2 })), { data: ['a', 'a', 'a'] })
    assert.equal(requests().length, 3)
  })
})

describe('how it fails', () => {
  for (const [name, answer, options, code, data] of [
    ['a refusal', exchange => exchange.head(500).end('no'), {}, 'http-status', []],
    ['another type', exchange => exchange.head(200, {}).end('no'), {}, 'content-type', []],
    ['an event that is cut', stream('data: a\n\ndata: b'), { method: 'POST' }, 'ended', ['a']],
    ['an end before `until`', stream('data: a\n\n'), { method: 'POST', until: '[DONE]' }, 'ended', ['a']],
    [
      'a connection that breaks off',
      async exchange => (await exchange.stream('data: a\n\n')).reset(),
      { method: 'POST' },
      'network',
      ['a'],
    ],
    ['an object as the body', stream(''), { method: 'POST', body: { a: 1 } }, 'invalid-request', []],
    ['a list as the body', stream(''), { method: 'POST', body: () => [1] }, 'invalid-request', []],
    ['JSON that cannot be written', stream(''), { json: { a: 1n } }, 'invalid-request', []],
  ]) {
    test(`${name}: ${code}`, async () => {
      const { error, data: read_ } = await read(streamEvents(serve(answer).url, options))
      assert.ok(error instanceof StreamError, String(error))
      assert.deepEqual([error.code, read_], [code, data])
    })
  }

  test('and says that `until` did not come', async () => {
    const { error } = await read(
      streamEvents(serve(stream('data: a\n\n')).url, { until: '[DONE]', maxRetries: 0 }),
    )
    assert.equal(error.message, 'no event matched until: the server ended the stream')
  })

  test('and says why Node could not connect', async () => {
    const gone = await startServer()
    gone.close()
    const { error } = await read(streamEvents(gone.origin, { maxRetries: 0 }))
    assert.match(error.message, /ECONNREFUSED/)
  })

  test('and rejects with a StreamError whatever fetch throws', async () => {
    for (const cause of [null, undefined, 'down', { cause: 1 }, new Error('down', { cause: 'cable' })]) {
      const fetch = () => Promise.reject(cause)
      const { error } = await read(streamEvents(serve(stream('')).url, { fetch, maxRetries: 0 }))
      assert.equal(error.code, 'network')
      assert.doesNotMatch(error.message, /\(undefined\)/)
    }
  })

  test('with the reason of its signal', async () => {
    const { url, closed } = serve(streams('data: a\n\n'))
    const controller = new AbortController()
    const events = streamEvents(url, { signal: controller.signal })
    await events.next()
    controller.abort(new Error('enough'))
    assert.equal((await read(events)).error.message, 'enough')
    await closed
    const never = streamEvents(url, { signal: AbortSignal.abort(new Error('before')) })
    assert.equal((await read(never)).error.message, 'before')
    assert.equal(server.requestsTo(new URL(url).pathname).length, 1)
  })

  test('with the reason of its signal that until aborts, without the event', async () => {
    const controller = new AbortController()
    const until = ({ data }) => data === 'b' && controller.abort(new Error('enough'))
    const { url, closed } = serve(streams('data: a\n\ndata: b\n\ndata: c\n\n'))
    const { data, error } = await read(streamEvents(url, { until, signal: controller.signal }))
    assert.deepEqual([data, error.message], [['a'], 'enough'])
    await closed
  })

  test('with what until throws', async () => {
    const until = () => {
      throw new Error('mine')
    }
    const { url, closed } = serve(streams('data: a\n\n'))
    assert.equal((await read(streamEvents(url, { until }))).error.message, 'mine')
    await closed
  })

  test('with what an EventSource with its arguments throws', async () => {
    for (const [given, name] of [
      [['http://'], 'SyntaxError'],
      [['http://h/', { maxRetries: -1 }], 'RangeError'],
      [['http://h/', { method: 'GET', json: {} }], 'TypeError'],
      [['http://h/', { body: 'a', json: {} }], 'TypeError'],
    ]) {
      assert.throws(() => new EventSource(...given), { name })
      assert.equal((await read(streamEvents(...given))).error.name, name)
    }
  })
})

describe('onEvent of an EventSource', () => {
  test('is called with every event, whatever its name, before its listeners', async () => {
    const { url } = serve(streams('id: 1\nevent: a\ndata: x\n\ndata: y\n\nevent: end\ndata:\n\n'))
    const told = []
    await new Promise(resolve => {
      const source = new EventSource(url, { onEvent: event => told.push(event) })
      source.onmessage = ({ data }) => told.push(data)
      source.addEventListener('end', () => resolve(source.close()))
    })
    assert.deepEqual(told, [
      { type: 'a', data: 'x', lastEventId: '1' },
      { type: 'message', data: 'y', lastEventId: '1' },
      'y',
      { type: 'end', data: '', lastEventId: '1' },
    ])
  })

  test('what it throws is reported, and the listeners are called', async () => {
    const { url } = serve(streams('data: x\n\n'))
    const reported = []
    globalThis.reportError = error => reported.push(error.message)
    await new Promise(resolve => {
      const onEvent = () => {
        throw new Error('mine')
      }
      const source = new EventSource(url, { onEvent })
      source.onmessage = () => resolve(source.close())
    })
    delete globalThis.reportError
    assert.deepEqual(reported, ['mine'])
  })
})
