/** The GraphQL client's own rules, with a fetch that the test answers: no server, no clock. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClient, readParts, StreamError, wundergraphRequest } from 'postsource/graphql'
import { retryAfterMs } from '../../../dist/stream/reconnect.js'

const sse = { 'content-type': 'text/event-stream' }
const json = { 'content-type': 'application/json' }
const subscription = { query: 'subscription { n }' }
const next = n => `event: next\ndata: {"data":{"n":${n}}}\n\n`
const complete = 'event: complete\n\n'
const at = () => new Promise(resolve => setTimeout(resolve))

/** A fetch that gives these answers, one after the other, and notes what it was asked. */
function answers(...list) {
  const asked = []
  const fetch = async (url, init) => {
    asked.push({
      url,
      method: init.method,
      headers: init.headers,
      body: init.body,
      signal: init.signal,
    })
    const answer = list[Math.min(asked.length, list.length) - 1]
    if (answer instanceof Error) throw answer
    return typeof answer === 'function' ? answer(init) : answer.clone()
  }
  return { asked, fetch }
}

function run(options, operation = subscription, sink = {}) {
  return new Promise(resolve => {
    const results = []
    const client = createClient({ url: 'http://h/graphql', retry: async () => 0, ...options })
    client.subscribe(operation, {
      next: result => results.push(result),
      error: error => resolve({ results, error }),
      complete: () => resolve({ results }),
      ...sink,
    })
  })
}

describe('requests', () => {
  const answer = new Response('{"data":{}}', { headers: json })

  test('POST: a JSON body without empty members', async () => {
    const { asked, fetch } = answers(answer)
    await run(
      { fetch, headers: { 'X-A': '1' } },
      { query: '', extensions: { persistedQuery: { version: 1 } } },
    )
    assert.equal(asked[0].body, '{"extensions":{"persistedQuery":{"version":1}}}')
    assert.equal(asked[0].headers['content-type'], 'application/json')
    assert.equal(asked[0].headers['x-a'], '1')
  })

  test('GET: parameters in the address, after its own', async () => {
    const { asked, fetch } = answers(answer)
    await run(
      { fetch, url: 'http://h/g?a=1#f', method: 'GET' },
      { query: '', variables: { x: '&' }, extensions: { persistedQuery: { sha256Hash: 'h' } } },
    )
    const url = new URL(asked[0].url)
    assert.equal(asked[0].method, 'GET')
    assert.equal(asked[0].body, null)
    assert.deepEqual(Object.fromEntries(url.searchParams), {
      a: '1',
      variables: '{"x":"&"}',
      extensions: '{"persistedQuery":{"sha256Hash":"h"}}',
    })
  })

  test('WunderGraph: the operation in the path', async () => {
    const { asked, fetch } = answers(answer)
    const buildRequest = wundergraphRequest({ jsonPatch: true, live: true, once: true })
    await run(
      { fetch, url: 'http://h/', buildRequest },
      { query: '', operationName: 'users/by id', variables: { a: 1 } },
    )
    assert.equal(
      asked[0].url,
      'http://h/operations/users/by%20id?wg_variables=%7B%22a%22%3A1%7D&wg_sse=true&wg_json_patch=true&wg_live=true&wg_subscribe_once=true',
    )
    const { error } = await run({ fetch, buildRequest }, { query: '' })
    assert.equal(error.code, 'invalid-request')
  })

  test('a list is a JSON Patch only if the request asked for one', async () => {
    const { fetch } = answers(new Response('data: [{"op":"remove","path":"/a"}]\n\n', { headers: sse }))
    assert.equal((await run({ fetch, maxRetries: 0 })).error.code, 'malformed')
  })

  test('an exception of a function of the options is the error, and is not retried', async () => {
    const { asked, fetch } = answers(answer)
    const failure = new Error('no token')
    for (const options of [
      { headers: () => Promise.reject(failure) },
      { url: () => Promise.reject(failure) },
    ]) {
      assert.equal((await run({ fetch, ...options })).error, failure)
    }
    assert.equal(asked.length, 0)
  })

  test('an invalid header is refused before anything is sent', async () => {
    const { asked, fetch } = answers(answer)
    assert.equal((await run({ fetch, headers: { 'x-a': 'a\nb' } })).error.code, 'invalid-request')
    assert.equal(asked.length, 0)
  })
})

describe('retries', () => {
  const good = new Response(next(1) + complete, { headers: sse })
  const broken = new Response(next(1), { headers: sse })

  for (const status of [408, 425, 429, 500, 503]) {
    test(`a ${status} is retried`, async () => {
      const { asked, fetch } = answers(new Response('', { status }), good)
      assert.equal((await run({ fetch })).results.length, 1)
      assert.equal(asked.length, 2)
    })
  }

  test('a relative address is retried with a fetch of the user', async () => {
    const { asked, fetch } = answers(new TypeError('down'), good)
    assert.equal((await run({ fetch, url: '/graphql' })).results.length, 1)
    assert.equal(asked.length, 2)
  })

  for (const status of [401, 403, 501]) {
    test(`a ${status} is not retried`, async () => {
      const { asked, fetch } = answers(new Response('', { status }), good)
      assert.equal((await run({ fetch })).error.status, status)
      assert.equal(asked.length, 1)
    })
  }

  test('a network error and a broken stream are retried up to maxRetries times in a row', async () => {
    const down = new TypeError('down')
    const fails = () => answers(down, broken, down, broken, down, down, down)
    const { asked, fetch } = fails()
    const { results, error } = await run({ fetch, maxRetries: 2 })
    assert.equal(error.code, 'network')
    assert.deepEqual([asked.length, results.length], [3, 1])
    const patient = fails()
    const { results: more } = await run({ fetch: patient.fetch, maxRetries: 2, healthyAfter: 0 })
    assert.deepEqual([patient.asked.length, more.length], [6, 2])
  })

  test('a mutation is not sent twice', async () => {
    const cut = new Response('event: next\ndata: {"data"', { headers: sse })
    for (const answer of [cut, new TypeError('down')]) {
      const { asked, fetch } = answers(answer)
      assert.ok((await run({ fetch }, { query: 'mutation { n }' })).error)
      assert.equal(asked.length, 1)
    }
  })

  test('a transport error is retried if the server reloads its schema', async () => {
    const multipart = code =>
      new Response(
        `--b\r\n\r\n{"payload":null,"errors":[{"message":"x","extensions":{"code":"${code}"}}]}\r\n--b--`,
        {
          headers: { 'content-type': 'multipart/mixed; boundary=b' },
        },
      )
    const reload = answers(multipart('SUBSCRIPTION_SCHEMA_RELOAD'), good)
    assert.equal((await run({ fetch: reload.fetch })).results.length, 1)
    const other = answers(multipart('OTHER'), good)
    const { error } = await run({ fetch: other.fetch })
    assert.equal(error.code, 'transport')
    assert.equal(error.errors[0].extensions.code, 'OTHER')
  })

  test('the rules can be replaced', async () => {
    const never = answers(broken, good)
    assert.equal((await run({ fetch: never.fetch, isRetryable: () => false })).error.code, 'ended')
    const ends = answers(broken, good)
    assert.deepEqual(await run({ fetch: ends.fetch, isComplete: ({ results }) => results === 1 }), {
      results: [{ data: { n: 1 } }],
    })
    const waits = []
    const delays = answers(new TypeError('down'), new TypeError('down'), good)
    await run({ fetch: delays.fetch, retry: attempt => waits.push(attempt) && 0 })
    assert.deepEqual(waits, [1, 2])
  })

  test('the next attempt uses the last event id and the reconnection time of the previous stream', async () => {
    const causes = []
    const { asked, fetch } = answers(new Response(`retry: 7\nid: é1\n${next(1)}`, { headers: sse }), good)
    await run({ fetch, retry: (_attempt, cause) => causes.push(cause) && 0 })
    assert.equal(causes[0].reconnectionTime, 7)
    assert.equal(Buffer.from(asked[1].headers['last-event-id'], 'latin1').toString(), 'é1')
  })

  test('Retry-After: seconds, or a date', () => {
    const error = value =>
      new StreamError('http-status', '', { headers: new Headers({ 'retry-after': value }) })
    assert.equal(retryAfterMs(error('3')), 3000)
    assert.equal(retryAfterMs(error('Thu, 01 Jan 1970 00:00:10 GMT'), 4000), 6000)
    assert.equal(retryAfterMs(error('Thu, 01 Jan 1970 00:00:10 GMT'), 40_000), 0)
    assert.equal(retryAfterMs(error('soon')), undefined)
  })
})

describe('subscribers', () => {
  /** A response whose body the test writes. */
  function open() {
    let controller
    let pulled = 0
    const cancelled = Promise.withResolvers ? Promise.withResolvers() : deferred()
    const body = new ReadableStream(
      {
        start(opened) {
          controller = opened
        },
        pull() {
          pulled++
        },
        cancel: cancelled.resolve,
      },
      { highWaterMark: 0 },
    )
    return {
      response: new Response(body, { headers: sse }),
      write: text => controller.enqueue(new TextEncoder().encode(text)),
      end: () => controller.close(),
      cancelled: cancelled.promise,
      pulled: () => pulled,
    }
  }
  function deferred() {
    let resolve
    const promise = new Promise(settle => {
      resolve = settle
    })
    return { promise, resolve }
  }

  test('unsubscribing within a chunk: nothing more is called, the request is aborted', async () => {
    const { asked, fetch } = answers(new Response(next(1) + next(2) + complete, { headers: sse }))
    const calls = []
    const stop = createClient({ url: 'http://h/', fetch }).subscribe(subscription, {
      next(result) {
        calls.push(result.data.n)
        stop()
        stop()
      },
      error: () => calls.push('error'),
      complete: () => calls.push('complete'),
    })
    await at()
    await at()
    assert.deepEqual(calls, [1])
    assert.ok(asked[0].signal.aborted)
  })

  test('unsubscribing at once: nothing is sent', async () => {
    const { asked, fetch } = answers(new Response('', { headers: sse }))
    const sink = { next: assert.fail, error: assert.fail, complete: assert.fail }
    createClient({ url: 'http://h/', fetch }).subscribe(subscription, sink)()
    await at()
    await at()
    assert.equal(asked.length, 0)
  })

  test('unsubscribing before the response: nothing is called, and no rejection is unhandled', async () => {
    const calls = []
    const fetch = (_url, { signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const sink = {
      next: () => calls.push('next'),
      error: () => calls.push('error'),
      complete: () => calls.push('complete'),
    }
    const stop = createClient({ url: 'http://h/', fetch }).subscribe(subscription, sink)
    await at()
    stop()
    await at()
    assert.deepEqual(calls, [])
  })

  test('an exception of `next` is the error of the operation', async () => {
    const { asked, fetch } = answers(new Response(next(1), { headers: sse }))
    const failure = new Error('mine')
    const { error } = await run({ fetch }, subscription, {
      next() {
        throw failure
      },
    })
    assert.equal(error, failure)
    assert.equal(asked.length, 1)
  })

  test('results that arrived before an error are delivered first', async () => {
    const { fetch } = answers(new Response(`${next(1)}event: next\ndata: {\n\n`, { headers: sse }))
    const { results, error } = await run({ fetch })
    assert.deepEqual(results, [{ data: { n: 1 } }])
    assert.equal(error.code, 'malformed')
  })

  test('listeners receive connections and all messages, also ignored ones', async () => {
    const { fetch } = answers(
      new TypeError('down'),
      new Response(`event: connected\ndata: hello\n\n${next(1)}${complete}`, { headers: sse }),
    )
    const heard = []
    const on = {
      connecting: again => heard.push(['connecting', again]),
      connected: again => heard.push(['connected', again]),
      message: ({ event, data }) => heard.push([event, data]),
      ended: ({ code }, delay) => heard.push([code, delay]),
    }
    const own = []
    const client = createClient({ url: 'http://h/', fetch, retry: () => 0, on })
    for await (const _ of client.iterate(subscription, { connected: again => own.push(again) }));
    assert.deepEqual(heard, [
      ['connecting', false],
      ['network', 0],
      ['connecting', true],
      ['connected', true],
      ['connected', 'hello'],
      ['next', { data: { n: 1 } }],
      ['complete', ''],
    ])
    assert.deepEqual(own, [true])
  })

  test('an iterator that is not read stops reading from the network', async () => {
    const stream = open()
    const client = createClient({ url: 'http://h/', fetch: async () => stream.response })
    const results = client.iterate(subscription)
    for (let i = 0; i < 150; i++) stream.write(next(i))
    for (let i = 0; i < 200; i++) await at()
    const before = stream.pulled()
    stream.write(next(150))
    for (let i = 0; i < 20; i++) await at()
    assert.equal(stream.pulled(), before)
    for (let i = 0; i <= 150; i++) assert.equal((await results.next()).value.data.n, i)
    await results.return()
    await stream.cancelled
  })

  test('return() ends an iterator at once, also while next() waits', async () => {
    const stream = open()
    const client = createClient({ url: 'http://h/', fetch: async () => stream.response })
    const results = client.iterate(subscription)
    const waiting = results.next()
    await at()
    await results.return()
    assert.deepEqual(await waiting, { done: true, value: undefined })
    await stream.cancelled
  })

  test('options without an address throw at once, and say what is missing', () => {
    for (const options of [undefined, null, {}, 'http://h/graphql', { uri: '/graphql' }, { url: '' }]) {
      const message = /^createClient needs the address of the server: .*createClient\(\{ url: /
      assert.throws(() => createClient(options), { name: 'TypeError', message })
    }
  })

  test('an option with an invalid value throws at once', () => {
    for (const [name, ...values] of [
      ['maxMessageBytes', 0, -1, 1.5, Number.NaN, '1'],
      ['maxHeaderBytes', 0, Number.NaN],
      ['maxBufferedResults', 0, Number.NaN, '1'],
      ['maxRetries', -1, Number.NaN, '5', null],
      ['lazyCloseTimeout', -1, Number.NaN, '5'],
      ['connectTimeout', -1, Number.NaN, 'never'],
      ['idleTimeout', -1, Number.NaN],
      ['healthyAfter', -1, Number.NaN, '5'],
      ['protocol', 'websocket', null, ''],
      ['method', 'PUT', 'get'],
      ['incremental', 'merged', true],
    ]) {
      for (const value of values) {
        assert.throws(() => createClient({ url: '/', [name]: value }), {
          name: 'RangeError',
          message: new RegExp(`^${name} must be`),
        })
      }
    }
    createClient({ url: '/', maxRetries: Infinity, connectTimeout: Infinity, idleTimeout: 2 ** 40 })
  })

  test('a message over the limit names the option', async () => {
    for (const [type, body] of [
      ['text/event-stream', next(1)],
      ['multipart/mixed; boundary=b', '--b\r\n\r\n{"data":{"n":1}}\r\n--b--'],
      ['application/json', '{"data":{"n":1}}'],
    ]) {
      const { fetch } = answers(new Response(body, { headers: { 'content-type': type } }))
      const { error } = await run({ fetch, maxMessageBytes: 8 })
      assert.equal(error.code, 'limit-exceeded')
      assert.match(error.message, /8 bytes; maxMessageBytes sets it/)
    }
  })
})

describe('readParts', () => {
  const multipart = (body, type = 'multipart/mixed; boundary=b') =>
    new Response(body, { headers: { 'content-type': type } })

  async function parts(response) {
    const list = []
    let code
    try {
      for await (const { headers, body, json } of readParts(response))
        list.push([Object.fromEntries(headers), typeof body === 'string' ? body : [...body], json])
    } catch (error) {
      code = error.code
    }
    return { list, code }
  }

  test('JSON, bytes and their headers', async () => {
    const bytes = [0, 255, 13, 10, 45, 45, 120]
    const body = Buffer.concat([
      Buffer.from(
        '--b\r\nContent-Type: application/json\r\nX-A: é\r\n y\r\n\r\n{"a":1}\r\n--b\r\nContent-Type: image/png\r\n\r\n',
      ),
      Buffer.from(bytes),
      Buffer.from('\r\n--b--'),
    ])
    assert.deepEqual(await parts(multipart(body)), {
      list: [
        [{ 'content-type': 'application/json', 'x-a': 'Ã© y' }, '{"a":1}', { a: 1 }],
        [{ 'content-type': 'image/png' }, bytes, undefined],
      ],
      code: undefined,
    })
  })

  test('a broken body, invalid JSON, another content type, a refused request', async () => {
    const head = '--b\r\nContent-Type: application/json\r\n\r\n'
    assert.deepEqual(await parts(multipart(`${head}1 \r\n`)), {
      list: [[{ 'content-type': 'application/json' }, '1', 1]],
      code: 'ended',
    })
    assert.equal((await parts(multipart(`${head}{x}\r\n--b--`))).code, 'malformed')
    assert.equal((await parts(multipart('', 'text/plain'))).code, 'content-type')
    assert.equal((await parts(new Response('', { status: 500 }))).code, 'http-status')
  })
})
