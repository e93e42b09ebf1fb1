/** The client against the servers that people run, as they are, in Node. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { traceStream } from 'postsource/devtools'
import { createClient, readParts, readResults } from 'postsource/graphql'
import { outcome, within } from './outcome.mjs'
import { startGraphqlSse } from './servers/graphql-sse.mjs'
import { startPostGraphile } from './servers/postgraphile.mjs'
import { startYoga } from './servers/yoga.mjs'

const count = (to, more = '') => ({ query: `subscription { counter(to: ${to}${more}) }` })
const numbers = to => Array.from({ length: to }, (_, i) => ({ data: { counter: i + 1 } }))
const accepts = server => server.requests.map(({ headers }) => headers.accept)

/** Waits for what a server does when it has noticed. */
async function until(what, condition) {
  await within(
    3000,
    what,
    (async () => {
      while (!condition()) await new Promise(resolve => setTimeout(resolve, 10))
    })(),
  )
}

/** Over HTTP/1 an operation ends with its connection; in single connection mode the server is told. */
function noticed(server, isSingle) {
  // graphql-sse's handler goes on counting an operation that was stopped within its results
  return isSingle
    ? until('the server being told', () => server.requests.at(-1).method === 'DELETE')
    : until('the server noticing', () => server.api.live('counter') === 0)
}

/** What every server of the schema must give, by whatever way. */
function subscriptions(name, options) {
  const refusal = options.refusal ?? /nothing|Int cannot represent|Syntax Error/
  const isSingle = options.client?.singleConnection === true
  const start = async (more = {}) => {
    const { server, url } = await options()
    return { server, client: createClient({ url, maxRetries: 0, ...more, ...options.client }), url }
  }

  test(`${name}: results, then complete`, async () => {
    const { client } = await start()
    assert.deepEqual(await outcome(client, count(5)), { results: numbers(5), end: 'complete' })
  })

  if (!isSingle) {
    test(`${name}: the inspector finds nothing`, async () => {
      const { url } = await options()
      for (const { query } of [count(5), { query: '{ hello }' }]) {
        const trace = traceStream(url, { query, reconnect: false, ...options.follow })
        await within(5000, 'the end', trace.ended)
        assert.ok(trace.messages.some(({ kind }) => kind === 'result'))
        assert.deepEqual(
          trace.messages.flatMap(({ findings }) => findings),
          [],
        )
      }
    })
  }

  test(`${name}: variables, operationName, characters of every length`, async () => {
    const { client } = await start()
    const query =
      'query A { hello } query B($name: String!, $length: Int!) { hello(name: $name) text(length: $length) }'
    const operation = { query, operationName: 'B', variables: { name: '日本 😀', length: 70_000 } }
    assert.deepEqual(await outcome(client, operation), {
      results: [{ data: { hello: 'Hello, 日本 😀!', text: 'é'.repeat(70_000) } }],
      end: 'complete',
    })
  })

  test(`${name}: a query that cannot be executed`, async () => {
    const { client } = await start()
    for (const query of ['{ nothing }', 'subscription { counter(to: "x") }']) {
      const { results, end } = await outcome(client, { query })
      assert.equal(end, 'complete')
      assert.equal(results.length, 1)
      assert.match(results[0].errors[0].message, refusal)
    }
  })

  test(`${name}: a query that does not parse`, async () => {
    const { client } = await start()
    const { results, end, error } = await outcome(client, { query: '{' })
    if (error) return assert.equal(error.status, options.statusOfBadSyntax)
    assert.equal(end, 'complete')
    assert.match(results[0].errors[0].message, refusal)
  })

  test(`${name}: a resolver's error is a result, and the stream goes on`, async () => {
    const { client } = await start()
    const { results, end } = await outcome(client, { query: 'subscription { resolverFails(at: 2, to: 3) }' })
    assert.equal(end, 'complete')
    assert.equal(results.length, 3)
    assert.match(results[1].errors[0].message, /the resolver failed/)
  })

  test(`${name}: unsubscribing stops the operation on the server, in silence`, async () => {
    const { server, client } = await start()
    const calls = []
    await new Promise(resolve => {
      const stop = client.subscribe(count(100_000), {
        next({ data }) {
          calls.push(data.counter)
          if (data.counter < 3) return
          stop()
          resolve()
        },
        error: error => calls.push(error),
        complete: () => calls.push('complete'),
      })
    })
    await noticed(server, isSingle)
    assert.deepEqual(calls, [1, 2, 3])
  })

  test(`${name}: leaving the loop stops the operation on the server`, async () => {
    const { server, client } = await start()
    const seen = []
    for await (const { data } of client.iterate(count(100_000))) {
      seen.push(data.counter)
      if (seen.length === 3) break
    }
    await noticed(server, isSingle)
    assert.deepEqual(seen, [1, 2, 3])
  })

  test(`${name}: dispose completes what runs and lets go of the server`, async () => {
    const { server, client } = await start()
    const idle = outcome(client, { query: 'subscription { idle }' })
    await until('the subscription', () => server.api.live('idle') === 1)
    client.dispose()
    assert.deepEqual(await idle, { results: [], end: 'complete' })
    await until('the server noticing', () => server.api.live('idle') === 0)
    assert.equal((await outcome(client, count(1))).end, 'invalid-request')
  })

  test(`${name}: many at once`, async () => {
    const { client } = await start()
    const all = await Promise.all(Array.from({ length: 30 }, (_, i) => outcome(client, count(i + 1))))
    for (const [i, { results }] of all.entries()) assert.deepEqual(results, numbers(i + 1))
  })
}

describe('graphql-sse', () => {
  let server
  before(async () => {
    server = await startGraphqlSse()
  })
  after(() => server.close())

  // it refuses everything but event streams, which the inspector would note
  const distinct = Object.assign(async () => ({ server, url: server.url }), { follow: { protocol: 'sse' } })
  subscriptions('graphql-sse, distinct connections', distinct)
  const single = Object.assign(async () => ({ server, url: server.url }), {
    client: { singleConnection: true },
  })
  subscriptions('graphql-sse, single connection', single)

  test('graphql-sse: over GET', async () => {
    const client = createClient({ url: server.url, method: 'GET' })
    const { length } = server.requests
    assert.deepEqual(await outcome(client, { ...count(3), variables: { a: 'ä&b' } }), {
      results: numbers(3),
      end: 'complete',
    })
    const [request] = server.requests.slice(length)
    assert.equal(request.method, 'GET')
    assert.match(request.url, /\?query=subscription.*variables=%7B%22a%22%3A%22%C3%A4%26b%22%7D$/)
  })

  test('graphql-sse: an iterator that throws breaks the connection off, which is an error', async () => {
    const client = createClient({ url: server.url, maxRetries: 0 })
    const { results, end } = await outcome(client, { query: 'subscription { iteratorFails(after: 2) }' })
    assert.deepEqual(results, [{ data: { iteratorFails: 1 } }, { data: { iteratorFails: 2 } }])
    assert.ok(['network', 'ended'].includes(end), end)
  })

  test('graphql-sse: attempts are counted, and each asks for headers and address anew', async () => {
    const asked = []
    const ended = []
    const client = createClient({
      url: ({ operation }) => {
        asked.push(operation.query)
        return server.url
      },
      headers: () => ({ 'x-attempt': String(asked.length) }),
      maxRetries: 2,
      retry: async () => 0,
      on: { ended: (error, delay) => ended.push([error.code, delay]) },
    })
    const { length } = server.requests
    const { end } = await outcome(client, { query: 'subscription { iteratorFails(after: 0) }' })
    assert.equal(end, 'network')
    assert.deepEqual(
      server.requests.slice(length).map(({ headers }) => headers['x-attempt']),
      ['1', '2', '3'],
    )
    assert.deepEqual(
      ended.map(([, delay]) => delay),
      [0, 0, null],
    )
  })

  test('graphql-sse, single connection: one stream, and an id of its own for each operation', async () => {
    const { length } = server.requests
    const client = createClient({ url: server.url, singleConnection: true })
    await Promise.all([outcome(client, count(20)), outcome(client, count(20)), outcome(client, count(20))])
    const methods = server.requests.slice(length).map(({ method }) => method)
    assert.deepEqual(methods, ['PUT', 'GET', 'POST', 'POST', 'POST'])
  })

  test('graphql-sse, single connection: a lost stream is opened again, and its operations run on', async () => {
    const { started } = server.api
    const messages = []
    const connections = []
    const client = createClient({
      url: server.url,
      singleConnection: true,
      retry: async () => 0,
      on: {
        connecting: again => connections.push(`connecting ${again}`),
        connected: again => connections.push(`connected ${again}`),
      },
    })
    const both = ['a', 'b'].map(topic =>
      client.subscribe(
        { query: `subscription { messages(topic: "${topic}") }` },
        { next: ({ data }) => messages.push(data.messages), error: assert.fail, complete() {} },
      ),
    )
    await until('both subscriptions', () => server.api.started === started + 2)
    server.reset()
    await until('both again', () => server.api.started === started + 4)
    server.api.publish('a', 'one')
    server.api.publish('b', 'two')
    await until('both messages', () => messages.length === 2)
    for (const stop of both) stop()
    assert.deepEqual(messages.sort(), ['one', 'two'])
    assert.deepEqual(connections, [
      'connecting false',
      'connected false',
      'connecting true',
      'connected true',
    ])
  })

  test('graphql-sse, single connection, not lazy: connects at once and says when it cannot', async () => {
    const { length } = server.requests
    const client = createClient({ url: server.url, singleConnection: true, lazy: false })
    const methods = () => server.requests.slice(length).map(({ method }) => method)
    await until('the stream', () => methods().join().includes('PUT,GET'))
    client.dispose()
    const error = await new Promise(onNonLazyError =>
      createClient({
        url: `${server.url}/nowhere`,
        singleConnection: true,
        lazy: false,
        maxRetries: 0,
        fetch: async () => new Response('', { status: 404 }),
        onNonLazyError,
      }),
    )
    assert.equal(error.status, 404)
  })
})

describe('graphql-yoga', () => {
  let server
  before(async () => {
    server = await startYoga({ fastHeartbeat: true })
  })
  after(() => server.close())

  subscriptions('yoga, SSE', async () => ({ server, url: server.url }))
  const single = Object.assign(async () => ({ server, url: server.singleConnectionUrl }), {
    client: { singleConnection: true },
    statusOfBadSyntax: 500,
    refusal: /Unable to detect operation AST|Syntax Error/, // the plugin's own words
  })
  subscriptions('yoga, graphql-sse plugin, single connection', single)

  test('yoga: heartbeats while nothing else comes', async () => {
    const client = createClient({ url: server.url, maxRetries: 0 })
    const seen = []
    const stop = client.subscribe(
      { query: 'subscription { messages(topic: "late") }' },
      { next: ({ data }) => seen.push(data.messages), error: assert.fail, complete: assert.fail },
    )
    await until('the subscription', () => server.api.live('messages') === 1)
    await new Promise(resolve => setTimeout(resolve, 700))
    server.api.publish('late', 'after two heartbeats')
    await until('the message', () => seen.length === 1)
    stop()
  })

  test('yoga: 400 with an event stream is read', async () => {
    const body = JSON.stringify({ query: 'query ($n: Int!) { text(length: $n) }', variables: { n: 'x' } })
    const headers = { accept: 'text/event-stream', 'content-type': 'application/json' }
    const response = await fetch(server.url, { method: 'POST', headers, body })
    assert.equal(response.status, 400)
    assert.match(response.headers.get('content-type'), /event-stream/)
    const results = []
    for await (const result of readResults(response)) results.push(result)
    assert.match(results[0].errors[0].message, /Int cannot represent/)
  })

  const deferred = { query: '{ me { id ... @defer { bio(afterMs: 30) } } }' }
  const whole = [
    { data: { me: { id: '1' } }, hasNext: true },
    { data: { me: { id: '1', bio: 'Ada writes programs.' } }, hasNext: false },
  ]
  for (const protocol of ['auto', 'sse', 'multipart']) {
    test(`yoga, ${protocol}: @defer is merged, and no result handed out changes`, async () => {
      const client = createClient({ url: server.url, protocol })
      assert.deepEqual(await outcome(client, deferred), { results: whole, end: 'complete' })
    })

    test(`yoga, ${protocol}: @stream is merged`, async () => {
      const client = createClient({ url: server.url, protocol })
      const { results, end } = await outcome(client, {
        query: '{ numbers(to: 5, everyMs: 10) @stream(initialCount: 1) }',
      })
      assert.equal(end, 'complete')
      assert.deepEqual(results[0].data.numbers, [1])
      assert.deepEqual(results.at(-1).data.numbers, [1, 2, 3, 4, 5])
    })
  }

  test('yoga, multipart: payloads as they come, on request', async () => {
    const client = createClient({ url: server.url, protocol: 'multipart', incremental: 'raw' })
    const { results } = await outcome(client, deferred)
    assert.equal(results.length, 2)
    assert.equal(results[1].incremental[0].data.bio, 'Ada writes programs.')
  })

  test('yoga: readParts gives the parts with their headers', async () => {
    const headers = { accept: 'multipart/mixed', 'content-type': 'application/json' }
    const response = await fetch(server.url, { method: 'POST', headers, body: JSON.stringify(deferred) })
    const parts = []
    for await (const part of readParts(response)) parts.push(part)
    assert.deepEqual(
      parts.map(({ headers, json }) => [headers.get('content-type'), json.hasNext]),
      [
        ['application/json; charset=utf-8', true],
        ['application/json; charset=utf-8', false],
      ],
    )
    assert.equal(parts[0].headers.get('content-length'), String(Buffer.byteLength(parts[0].body)))
  })

  test('yoga, multipart for a subscription: refused, and said so', async () => {
    const client = createClient({ url: server.url, protocol: 'multipart', maxRetries: 0 })
    const { end, error } = await outcome(client, count(1))
    assert.equal(end, 'http-status')
    assert.equal(error.status, 406)
  })
})

describe('PostGraphile on PostgreSQL', () => {
  let server
  before(async () => {
    server = await startPostGraphile()
  })
  after(() => server.close())

  const query = 'subscription { noteCreated { id body } }'
  for (const [name, address] of [
    ['grafserv, bare multipart', 'url'],
    ['graphql-sse handler', 'sseUrl'],
  ]) {
    test(`PostGraphile, ${name}: notes as they are inserted`, async () => {
      const client = createClient({ url: server[address], maxRetries: 0 })
      const bodies = []
      const stop = client.subscribe(
        { query },
        { next: ({ data }) => bodies.push(data.noteCreated.body), error: assert.fail, complete: assert.fail },
      )
      // a subscriber that listens already hears all from here on
      let i = 0
      while (bodies.length === 0 && i < 100) {
        await server.createNote(`note ${i++}`)
        await new Promise(resolve => setTimeout(resolve, 30))
      }
      await server.createNote('日本')
      await until('the last note', () => bodies.at(-1) === '日本')
      stop()
      assert.match(bodies[0], /^note \d+$/)
    })
  }

  test('PostGraphile, grafserv: what it wants is found out once', async () => {
    const { length } = server.requests
    const client = createClient({ url: server.url, maxRetries: 0 })
    for (let i = 0; i < 2; i++) {
      const bodies = []
      const stop = client.subscribe(
        { query },
        { next: result => bodies.push(result), error: assert.fail, complete() {} },
      )
      while (bodies.length === 0) {
        await server.createNote('again')
        await new Promise(resolve => setTimeout(resolve, 30))
      }
      stop()
    }
    const multipart = 'multipart/mixed;subscriptionSpec=1.0, application/json;q=0.9'
    assert.deepEqual(accepts(server).slice(length), ['text/event-stream', multipart, multipart])
  })

  test('PostGraphile, grafserv: queries', async () => {
    const client = createClient({ url: server.url, maxRetries: 0 })
    const { results, end } = await outcome(client, { query: '{ __typename }' })
    assert.deepEqual({ results, end }, { results: [{ data: { __typename: 'Query' } }], end: 'complete' })
  })
})
