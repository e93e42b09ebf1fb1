/** Single connection mode: what an operation is told, when it is sent again, and what is noticed of the connection. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClient } from 'postsource/graphql'

const sse = { 'content-type': 'text/event-stream' }
const subscription = { query: 'subscription { n }' }
const event = (name, data) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

/**
 * A server of the protocol. `operate(id, connection, body)` is called for each operation, and answers with the status;
 * `reserve(connection)` is asked for the status of each reservation, `connection` counting from 1.
 */
function serve({ operate = () => 202, reserve = () => 201 } = {}) {
  const requests = []
  const streams = []
  const encoder = new TextEncoder()
  const fetch = async (_url, { method, headers, body, signal }) => {
    requests.push({ method, body: body ? JSON.parse(body) : undefined, headers })
    if (method === 'PUT') return new Response('token', { status: reserve(streams.length + 1) })
    if (method === 'DELETE') return new Response(null)
    if (method === 'POST') {
      const { extensions } = JSON.parse(body)
      const status = operate(extensions.operationId, streams.length, JSON.parse(body))
      if (status instanceof Error) throw status
      return new Response(null, { status })
    }
    const stream = new ReadableStream({
      start(controller) {
        streams.push({
          send: text => controller.enqueue(encoder.encode(text)),
          end: () => controller.close(),
        })
        signal.addEventListener('abort', () => controller.error(signal.reason))
      },
    })
    return new Response(stream, { headers: sse })
  }
  return {
    requests,
    fetch,
    send: text => streams.at(-1).send(text),
    payload: (id, payload) => streams.at(-1).send(event('next', { id, payload })),
    next: (id, n) => streams.at(-1).send(event('next', { id, payload: { data: { n } } })),
    complete: id => streams.at(-1).send(event('complete', { id })),
    comment: () => streams.at(-1).send(':\n\n'),
    drop: () => streams.at(-1).end(),
    count: method => requests.filter(request => request.method === method).length,
  }
}

/** Sends a result on each connection, the number of it; drops the first and completes the operation on the second. */
function serveOnceEach() {
  const server = serve({
    operate(id, connection) {
      setTimeout(() => {
        server.next(id, connection)
        if (connection === 1) server.drop()
        else server.complete(id)
      })
      return 202
    },
  })
  return server
}

/** Runs an operation to its end: its results, what it was told, and how it has failed. */
function run(client, operation = subscription) {
  return new Promise(resolve => {
    const outcome = { results: [], told: [] }
    const tell =
      name =>
      (...given) =>
        outcome.told.push([name, ...given])
    client.subscribe(
      operation,
      {
        next: ({ data }) => outcome.results.push(data.n),
        error: error => resolve({ ...outcome, error }),
        complete: () => resolve(outcome),
      },
      {
        connecting: tell('connecting'),
        connected: tell('connected'),
        ended: ({ code }, delay) => outcome.told.push(['ended', code, delay]),
        gap: tell('gap'),
        message: ({ event }) => outcome.told.push([event]),
      },
    )
  })
}

const clientOf = (server, options) =>
  createClient({
    url: 'http://h/',
    singleConnection: true,
    fetch: server.fetch,
    retry: () => 0,
    ...options,
  })

test("an operation's listeners receive its connection's state and its own messages", async () => {
  const server = serveOnceEach()
  const { results, told } = await run(clientOf(server))
  assert.deepEqual(results, [1, 2])
  assert.deepEqual(told, [
    ['connecting', false],
    ['connected', false],
    ['next'],
    ['ended', 'ended', 0],
    ['connecting', true],
    ['connected', true],
    ['gap'],
    ['next'],
    ['complete'],
  ])
})

test('an operation that joins a connection is told so, and does not receive the messages of others', async () => {
  const server = serve()
  const client = clientOf(server)
  const first = run(client)
  await new Promise(resolve => setTimeout(resolve, 20))
  const second = run(client)
  await new Promise(resolve => setTimeout(resolve, 20))
  server.next('1', 1)
  server.complete('1')
  server.complete('2')
  assert.deepEqual((await first).told, [['connecting', false], ['connected', false], ['next'], ['complete']])
  assert.deepEqual((await second).told, [['connecting', false], ['connected', false], ['complete']])
  assert.equal(server.count('PUT'), 1)
})

test('an operation resumes from its last result, and no gap is reported', async () => {
  const server = serveOnceEach()
  const operation = { ...subscription, resume: ({ data }) => ({ after: data.n }) }
  const { told } = await run(clientOf(server), operation)
  assert.ok(!told.some(([name]) => name === 'gap'))
  const posted = server.requests.filter(({ method }) => method === 'POST').map(({ body }) => body.variables)
  assert.deepEqual(posted, [undefined, { after: 1 }])
})

test('a mutation that the server may have received is not sent twice', async () => {
  const mutation = { query: 'mutation { pay }' }
  const lost = [
    () => new TypeError('the connection broke off'),
    server => {
      setTimeout(() => server.drop())
      return 202
    },
  ]
  for (const lose of lost) {
    const server = serve({ operate: () => lose(server) })
    const { error } = await run(clientOf(server), mutation)
    assert.match(error.code, /network|ended/)
    assert.equal(server.count('POST'), 1)
  }
  // before it was sent, nothing is lost by trying again
  const unreachable = serve({
    reserve: () => (unreachable.count('PUT') === 1 ? 503 : 201),
    operate(id) {
      setTimeout(() => unreachable.complete(id))
      return 202
    },
  })
  assert.equal((await run(clientOf(unreachable), mutation)).error, undefined)
  assert.equal(unreachable.count('POST'), 1)
})

for (const query of ['{ n }', 'mutation { n }']) {
  test(`${query} is complete with its result, and not sent again when the stream dies before complete`, async () => {
    const server = serve({
      operate(id) {
        setTimeout(() => {
          server.next(id, 1)
          server.drop()
        })
        return 202
      },
    })
    const { results, error, told } = await run(clientOf(server), { query })
    assert.equal(error, undefined)
    assert.deepEqual(results, [1])
    assert.equal(server.count('POST'), 1)
    assert.equal(server.count('DELETE'), 0)
    assert.ok(!told.some(([name]) => name === 'ended'))
  })
}

test('a query with a result is complete, although its request is not answered', async () => {
  const server = serve()
  const fetch = async (url, init) => {
    if (init.method !== 'POST') return server.fetch(url, init)
    await server.fetch(url, init)
    const { operationId } = JSON.parse(init.body).extensions
    server.next(operationId, 1)
    return new Promise(() => {})
  }
  const { results, error } = await run(clientOf({ fetch }), { query: '{ n }' })
  assert.deepEqual([results, error], [[1], undefined])
  assert.equal(server.count('POST'), 1)
})

test('a query has one result, although its server sends two at once', async () => {
  const server = serve({
    operate(id) {
      const next = n => event('next', { id, payload: { data: { n } } })
      setTimeout(() => server.send(next(1) + next(2) + event('complete', { id })))
      return 202
    },
  })
  assert.deepEqual((await run(clientOf(server), { query: '{ n }' })).results, [1])
})

test('a query is incomplete if its server completes it without what it announced', async () => {
  const server = serve({
    operate(id) {
      setTimeout(() => {
        server.payload(id, { data: { n: 1 }, hasNext: true })
        server.complete(id)
      })
      return 202
    },
  })
  const { error } = await run(clientOf(server), { query: '{ n }' })
  assert.deepEqual([error.code, error.incomplete], ['malformed', true])
  assert.equal(server.count('POST'), 1)
})

test('a query is sent again if its stream dies before everything announced has arrived', async () => {
  const server = serve({
    operate(id, connection) {
      const payload = { data: { n: connection }, hasNext: true }
      setTimeout(() => {
        server.payload(id, payload)
        if (connection === 1) server.drop()
        else server.payload(id, { hasNext: false })
      })
      return 202
    },
  })
  const { results, error } = await run(clientOf(server), { query: '{ n }' })
  assert.equal(error, undefined)
  assert.deepEqual(results, [1, 2])
})

describe('a response to the request itself is read like one of a separate connection', () => {
  const types = {
    sse: 'text/event-stream',
    multipart: 'multipart/mixed; boundary=b',
    json: 'application/json',
  }
  const next = payload => `event: next\ndata: ${JSON.stringify(payload)}\n\n`
  const part = payload => `--b\r\n\r\n${JSON.stringify(payload)}\r\n`
  const one = { data: { n: 1 } }
  const more = { ...one, hasNext: true }
  const rows = [
    ['json', JSON.stringify(one), undefined],
    ['json', JSON.stringify(more), 'malformed'],
    ['json', '{"data":', 'malformed'],
    ['sse', `${next(one)}event: complete\n\n`, undefined],
    ['sse', next(more), 'ended'],
    ['multipart', `${part(one)}--b--`, undefined],
    ['multipart', part(more), 'ended'],
  ]
  for (const [protocol, body, code] of rows) {
    test(`${protocol}: ${JSON.stringify(body)} is ${code ?? 'complete'}`, async () => {
      const server = serve()
      const fetch = async (url, init) =>
        init.method === 'POST'
          ? new Response(body, { headers: { 'content-type': types[protocol] } })
          : server.fetch(url, init)
      const { error } = await run(clientOf({ fetch }, { maxRetries: 0 }), { query: '{ n }' })
      assert.equal(error?.code, code)
    })
  }

  test('a query is complete with its result, although the response stays open', async () => {
    const server = serve()
    const open = new ReadableStream({
      start: controller => controller.enqueue(new TextEncoder().encode(next(one))),
    })
    const fetch = async (url, init) =>
      init.method === 'POST' ? new Response(open, { headers: sse }) : server.fetch(url, init)
    const { results, error } = await run(clientOf({ fetch }), { query: '{ n }' })
    assert.deepEqual([results, error], [[1], undefined])
  })

  test('a subscription whose response breaks off is sent again', async () => {
    const server = serve()
    let asked = 0
    const fetch = async (url, init) => {
      if (init.method !== 'POST') return server.fetch(url, init)
      return new Response(next(one) + (++asked === 1 ? '' : 'event: complete\n\n'), { headers: sse })
    }
    const { results, error } = await run(clientOf({ fetch }))
    assert.equal(error, undefined)
    assert.deepEqual(results, [1, 1])
  })
})

test('a 401 is answered once with fresh headers', async () => {
  let token = 0
  const headers = () => ({ authorization: `Bearer ${++token}` })
  const server = serve({
    reserve: () => (token === 1 ? 401 : 201),
    operate(id) {
      setTimeout(() => server.complete(id))
      return 202
    },
  })
  assert.equal((await run(clientOf(server, { headers }))).error, undefined)
  const refusing = serve({ reserve: () => 401 })
  const { error } = await run(clientOf(refusing, { headers }))
  assert.equal(error.status, 401)
  assert.equal(refusing.count('PUT'), 2)
})

test('the headers function is told of the 401 of an operation, and of that of a reservation', async () => {
  for (const refuses of ['POST', 'PUT']) {
    const told = []
    const headers = ({ attempt, error }) => {
      told.push([attempt, error?.status])
      return {}
    }
    let asked = 0
    const refused = (method, status) => (method === refuses && ++asked === 1 ? 401 : status)
    const server = serve({
      reserve: () => refused('PUT', 201),
      operate(id) {
        const status = refused('POST', 202)
        if (status === 202) setTimeout(() => server.complete(id))
        return status
      },
    })
    assert.equal((await run(clientOf(server, { headers }))).error, undefined)
    // the reservation, the stream, the operation; what was refused, and what follows, is asked for again
    const [first, second] = [
      [1, undefined],
      [2, 401],
    ]
    assert.deepEqual(
      told,
      refuses === 'PUT' ? [first, second, second, second] : [first, first, first, second],
    )
  }
})

test('a silent connection is given up; comments keep it alive', async () => {
  const server = serve()
  const outcome = run(clientOf(server, { idleTimeout: 1000, maxRetries: 0 }))
  const begin = performance.now()
  for (let i = 0; i < 12; i++) {
    await new Promise(resolve => setTimeout(resolve, 100))
    server.comment()
  }
  const { error } = await outcome
  assert.equal(error.code, 'idle-timeout')
  assert.ok(performance.now() - begin > 2000, 'it has waited from the last comment on')
})

test('a reservation without a response is given up', async () => {
  const fetch = (_url, { signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const { error } = await run(clientOf({ fetch }, { connectTimeout: 30, maxRetries: 0 }))
  assert.equal(error.code, 'connect-timeout')
})

test('an id that another operation uses is refused', async () => {
  const server = serve()
  const client = clientOf(server, { generateID: () => 'same' })
  const first = run(client)
  while (server.count('POST') === 0) await new Promise(resolve => setImmediate(resolve))
  const { error } = await run(client)
  assert.equal(error.code, 'invalid-request')
  assert.match(error.message, /generateID returned "same"/)
  server.next('same', 1)
  server.complete('same')
  assert.deepEqual((await first).results, [1])
})

test('an operation that is not read does not hold up others', async () => {
  const server = serve()
  const client = clientOf(server, { maxBufferedResults: 1 })
  const unread = client.iterate(subscription)
  const read = run(client)
  while (server.count('POST') < 2) await new Promise(resolve => setImmediate(resolve))
  for (let i = 0; i < 3; i++) server.next('1', i)
  server.next('2', 7)
  server.complete('2')
  assert.deepEqual((await read).results, [7])
  for (let i = 0; i < 3; i++) assert.equal((await unread.next()).value.data.n, i)
  await unread.return()
})

test('dispose ends a pending reservation and a pending stream', async () => {
  for (const pending of ['PUT', 'GET', 'POST']) {
    const signals = []
    const server = serve()
    const fetch = (url, init) => {
      if (init.method !== pending) return server.fetch(url, init)
      signals.push(init.signal)
      return new Promise((_, reject) =>
        init.signal.addEventListener('abort', () => reject(init.signal.reason)),
      )
    }
    const client = clientOf({ fetch })
    const outcome = run(client)
    while (signals.length === 0) await new Promise(resolve => setImmediate(resolve))
    client.dispose()
    assert.equal((await outcome).error, undefined)
    assert.ok(signals[0].aborted, pending)
  }
})

test('an unused connection is kept for ever if lazyCloseTimeout is Infinity', async () => {
  const server = serve({
    operate(id) {
      setTimeout(() => server.complete(id))
      return 202
    },
  })
  const client = clientOf(server, { lazyCloseTimeout: Number.POSITIVE_INFINITY })
  await run(client)
  // longer than a timer of Infinity, which fires at once
  await new Promise(resolve => setTimeout(resolve, 20))
  await run(client)
  assert.equal(server.count('PUT'), 1)
  client.dispose()
})

describe('a server that has lost the stream answers an operation with 404', () => {
  const lostOnce = more =>
    serve({
      operate(id, connection) {
        if (connection === 1) return 404
        setTimeout(() => {
          server.next(id, connection)
          server.complete(id)
        })
        return 202
      },
      ...more,
    })
  let server

  for (const query of ['subscription { n }', 'mutation { n }', 'query { n }']) {
    test(`it is sent again over a new connection, because nothing was executed: ${query}`, async () => {
      server = lostOnce()
      const { results, error } = await run(clientOf(server), { query })
      assert.deepEqual([results, error], [[2], undefined])
      assert.equal(server.count('PUT'), 2)
    })
  }

  test('the other operations of the connection end with it: a mutation is not sent again', async () => {
    let accepted = 0
    server = serve({
      operate(id, connection) {
        if (connection === 1) return accepted++ === 0 ? 202 : 404
        setTimeout(() => server.complete(id))
        return 202
      },
    })
    const client = clientOf(server)
    const mutation = run(client, { query: 'mutation { n }' })
    while (server.count('POST') < 1) await new Promise(resolve => setImmediate(resolve))
    const subscription = run(client)
    assert.match((await mutation).error.message, /lost the stream.*may have been carried out/)
    assert.equal((await subscription).error, undefined)
  })

  test('its attempts are limited, and the refusal is the error', async () => {
    server = serve({ operate: () => 404 })
    const { error } = await run(clientOf(server, { maxRetries: 2 }))
    assert.deepEqual([error.code, error.status, server.count('POST')], ['ended', 404, 3])
  })
})
