/** What is asked, in which order, and what a refusal is. Every row of the tables is a server. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClient } from 'postsource/graphql'

const eventStream = 'text/event-stream'
const multipart = 'multipart/mixed;subscriptionSpec=1.0, application/json;q=0.9'
const withBoundary = 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0, application/json;q=0.9'
const json = 'application/json'
const result =
  'multipart/mixed;incrementalSpec=v0.2,multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9'

const subscription = { query: 'subscription { n }' }
const query = { query: '{ n }' }
const mutation = { query: 'mutation { n }' }
const persisted = { query: '', extensions: { persistedQuery: { version: 1 } } }

const respond = (status, type, body) => () =>
  new Response(body, { status, headers: type ? { 'content-type': type } : {} })
const events = respond(200, eventStream, 'event: next\ndata: {"data":{"n":1}}\n\nevent: complete\n\n')
const parts = respond(200, 'multipart/mixed; boundary=b', '--b\r\n\r\n{"payload":{"data":{"n":1}}}\r\n--b--')
const document = respond(200, json, '{"data":{"n":1}}')
const refuse = status => respond(status, 'text/plain', 'no')
const errors = (error, status = 200) => respond(status, json, JSON.stringify({ errors: [error] }))

/** A client of a server that answers as its table says, header by header, and what it was asked. */
function clientOf(server, options) {
  const asked = []
  const fetch = async (_url, { headers }) => {
    const accept = headers.accept
    asked.push(accept)
    return (server[accept] ?? server.otherwise)()
  }
  return { client: createClient({ url: 'http://h/graphql', fetch, maxRetries: 0, ...options }), asked }
}

function run({ client, asked }, operation) {
  const results = []
  const from = asked.length
  return new Promise(resolve => {
    const end = error => resolve({ results, error, asked: asked.slice(from) })
    client.subscribe(operation, { next: result => results.push(result), error: end, complete: end })
  })
}

const one = [{ data: { n: 1 } }]

describe('which requests each server gets', () => {
  const harper = { [eventStream]: events, otherwise: refuse(404) }
  const asyncGraphql = {
    [withBoundary]: parts,
    [result]: document,
    otherwise: errors({ message: 'Subscriptions are not supported on this transport.' }),
  }
  const spring = {
    [result]: document,
    otherwise: respond(
      200,
      eventStream,
      'event:next\ndata:{"errors":[{"message":"SSE handler supports only subscriptions"}]}\n\nevent:complete\ndata:\n\n',
    ),
  }
  const cosmo = {
    [result]: parts,
    otherwise: respond(
      200,
      eventStream,
      'event: next\ndata: {"errors":[{"message":"no @defer","extensions":{"code":"DEFER_BAD_HEADER"}}]}\n\n',
    ),
  }
  const apolloRouter = {
    [multipart]: parts,
    [result]: document,
    otherwise: errors({ message: 'no', extensions: { code: 'SUBSCRIPTION_BAD_HEADER' } }, 406),
  }
  const postGraphile = { [json]: parts, [result]: document, otherwise: refuse(406) }
  const strawberry = {
    [multipart]: parts,
    [result]: document,
    otherwise: respond(
      200,
      json,
      '{"data":null,"errors":[{"message":"Cannot return null","locations":[{"line":1,"column":1}],"path":["n"]}]}',
    ),
  }
  const gqlgen = { [multipart]: parts, [result]: parts, otherwise: document }
  const rows = [
    ['graphql-sse and Harper, which refuse every list', harper, subscription, [eventStream]],
    ['graphql-sse and Harper', harper, query, [result, eventStream]],
    ['graphql-sse and Harper', harper, mutation, [result, eventStream]],
    ['graphql-sse and Harper', harper, persisted, [result, eventStream]],
    [
      'a server of event streams that says 405',
      { [eventStream]: events, otherwise: refuse(405) },
      mutation,
      [result, eventStream],
    ],
    [
      'a server of event streams that says 406',
      { [eventStream]: events, otherwise: refuse(406) },
      mutation,
      [result, eventStream],
    ],
    [
      'a server of event streams that says 415',
      { [eventStream]: events, otherwise: refuse(415) },
      mutation,
      [result, eventStream],
    ],
    [
      'async-graphql, which wants a boundary',
      asyncGraphql,
      subscription,
      [eventStream, multipart, withBoundary],
    ],
    ['async-graphql', asyncGraphql, mutation, [result]],
    ['Spring, which executes what it then refuses', spring, query, [result]],
    ['Spring', spring, mutation, [result]],
    ['Cosmo, which refuses @defer by a result in an event stream', cosmo, query, [result]],
    ['Cosmo', cosmo, mutation, [result]],
    ['Apollo Router', apolloRouter, subscription, [eventStream, multipart]],
    ['Apollo Router', apolloRouter, query, [result]],
    ['PostGraphile', postGraphile, subscription, [eventStream, multipart, json]],
    ['PostGraphile', postGraphile, mutation, [result]],
    [
      'gqlgen without its SSE transport, which gives the first result as JSON',
      gqlgen,
      subscription,
      [eventStream, multipart],
    ],
    [
      'Strawberry of multipart alone, which executes the subscription like a query',
      strawberry,
      subscription,
      [eventStream, multipart],
    ],
    [
      'a server that answers a subscription with JSON, whatever is asked',
      { otherwise: document },
      subscription,
      [eventStream, multipart, withBoundary],
    ],
    ['a server of persisted operations', { otherwise: document }, persisted, [result]],
  ]
  for (const [name, server, operation, expected] of rows) {
    test(`${name}: ${operation.query || 'persisted'}`, async () => {
      const connected = clientOf(server)
      const { results, error, asked } = await run(connected, operation)
      assert.equal(error, undefined)
      assert.deepEqual(results, one)
      assert.deepEqual(asked, expected)
      const again = await run(connected, operation)
      assert.deepEqual(again.results, one)
      assert.equal(again.asked.length, 1, 'what worked is asked first the next time')
    })
    test(`${name}: ${operation.query || 'persisted'}, twenty at once`, async () => {
      const connected = clientOf(server)
      const all = await Promise.all(Array.from({ length: 20 }, () => run(connected, operation)))
      for (const { results, error } of all)
        assert.deepEqual({ results, error }, { results: one, error: undefined })
    })
  }
})

describe('a mutation is sent again only if nothing can have been executed', () => {
  test('a 406 with GraphQL errors, which Apollo Server sends after execution, is the result', async () => {
    const server = { otherwise: errors({ message: 'not acceptable' }, 406) }
    for (const operation of [mutation, persisted]) {
      const { asked, results } = await run(clientOf(server), operation)
      assert.deepEqual(asked, [result])
      assert.equal(results[0].errors[0].message, 'not acceptable')
    }
    assert.deepEqual((await run(clientOf(server), query)).asked, [result, eventStream])
  })
  for (const status of [400, 401, 403, 408, 409, 422, 425, 429, 500, 502, 503, 504]) {
    test(`${status}`, async () => {
      const { asked } = await run(clientOf({ otherwise: refuse(status) }, { maxRetries: 5 }), mutation)
      assert.deepEqual(asked, [result])
    })
  }
})

describe('errors of a subscription', () => {
  const rows = [
    ['with a location', { message: 'Cannot query field "x"', locations: [{ line: 1, column: 1 }] }, 200, 1],
    [
      'of a field that does not exist',
      { message: 'Cannot query field "x"', locations: [{}], extensions: null },
      200,
      1,
    ],
    ['with a path', { message: 'Your subscription has expired', path: ['n'] }, 200, 1],
    [
      'with a code of the application',
      { message: 'stream', extensions: { code: 'PAYMENT_REQUIRED' } },
      200,
      1,
    ],
    ['about the request', { message: 'Your subscription has expired' }, 403, 1],
    ['about the request, with 400', { message: 'who knows' }, 400, 3],
    ['that say nothing of their place', { message: 'who knows' }, 200, 3],
    [
      'that name the header',
      { message: 'x', locations: [], extensions: { code: 'SUBSCRIPTION_BAD_HEADER' } },
      200,
      3,
    ],
  ]
  for (const [name, error, status, expected] of rows) {
    test(`${name}: ${expected === 1 ? 'are the result' : 'may be a refusal, once'}`, async () => {
      const connected = clientOf({ otherwise: errors(error, status) })
      const { asked, results } = await run(connected, subscription)
      assert.deepEqual(results, [{ errors: [error] }])
      assert.equal(asked.length, expected)
      const again = await run(connected, subscription)
      assert.deepEqual(again.results, [{ errors: [error] }])
      assert.equal(again.asked.length, 1)
    })
  }

  test('of a document that is refused with data of null: are the result', async () => {
    const answer = {
      data: null,
      errors: [{ message: 'Cannot query field "x"', locations: [{ line: 1, column: 1 }] }],
    }
    const { asked, results } = await run(
      clientOf({ otherwise: respond(200, json, JSON.stringify(answer)) }),
      subscription,
    )
    assert.deepEqual(results, [answer])
    assert.deepEqual(asked, [eventStream])
  })

  test('an operation that waits for a refusal then asks for what another has found', async () => {
    const refusals = []
    const server = {
      [eventStream]: () => new Promise(resolve => refusals.push(resolve)),
      [multipart]: refuse(406),
      [withBoundary]: refuse(406),
      [json]: parts,
    }
    const connected = clientOf(server)
    const [first, second] = [run(connected, subscription), run(connected, subscription)]
    while (refusals.length < 2) await new Promise(setImmediate)
    refusals[0](refuse(406)())
    assert.deepEqual((await first).results, one)
    connected.asked.length = 0
    refusals[1](refuse(406)())
    assert.deepEqual((await second).results, one)
    assert.deepEqual(connected.asked, [json])
  })

  test('a failed search does not prevent a later one from succeeding', async () => {
    const server = { otherwise: errors({ message: 'expired' }) }
    const connected = clientOf(server)
    await run(connected, subscription)
    server.otherwise = errors({ message: 'not on this transport' })
    server[multipart] = parts
    assert.deepEqual((await run(connected, subscription)).results, one)
    assert.deepEqual((await run(connected, subscription)).asked, [multipart])
  })
})

test('all requests refused: the first error, whose message lists all requests', async () => {
  const { error } = await run(clientOf({ [eventStream]: refuse(404), otherwise: refuse(406) }), subscription)
  assert.equal(error.status, 404)
  assert.equal(error.body, 'no')
  assert.match(
    error.message,
    /text\/event-stream \(404\), then multipart.* \(406\), then application\/json \(406\)/,
  )
})

test('queries and subscriptions of an address are remembered separately', async () => {
  const connected = clientOf({ [multipart]: parts, [result]: document, otherwise: refuse(406) })
  await run(connected, subscription)
  assert.deepEqual((await run(connected, query)).asked, [result])
  assert.deepEqual((await run(connected, subscription)).asked, [multipart])
})

test('protocol and accept determine the request; the response is read by its type', async () => {
  for (const [options, accept] of [
    [{ protocol: 'sse' }, eventStream],
    [{ protocol: 'multipart' }, multipart],
    [{ accept: 'x/y' }, 'x/y'],
  ]) {
    for (const answer of [events, parts, document]) {
      const { results, asked } = await run(clientOf({ otherwise: answer }, options), subscription)
      assert.deepEqual(results, one)
      assert.deepEqual(asked, [accept])
    }
    const refused = await run(clientOf({ otherwise: refuse(406) }, options), subscription)
    assert.equal(refused.error.status, 406)
    assert.equal(refused.asked.length, 1)
  }
})

describe('a response without a usable content type', () => {
  const bodies = {
    JSON: '{"data":{"n":1}}',
    'an event stream': 'event: next\ndata: {"data":{"n":1}}',
    'a multipart body':
      '\r\n--graphql\r\nContent-Type: application/json\r\n\r\n{"payload":{"data":{"n":1}}}\r\n',
  }
  for (const [name, body] of Object.entries(bodies)) {
    for (const type of [undefined, 'text/plain; charset=utf-8']) {
      test(`${name}, ${type ?? 'without a type'}: is read as its first bytes say, and its end is the end`, async () => {
        const bytes = new TextEncoder().encode(body)
        const answer = () => {
          const response = new Response(new Blob([bytes]).stream())
          if (type) response.headers.set('content-type', type)
          return response
        }
        const { results, error } = await run(clientOf({ otherwise: answer }), subscription)
        assert.equal(error, undefined)
        assert.deepEqual(results, one)
      })
    }
  }
  test('any other response is an error that quotes its beginning', async () => {
    for (const body of ['OK', '<html>\n', '']) {
      const { error } = await run(clientOf({ otherwise: respond(200, 'text/plain', body) }), query)
      assert.equal(error.code, 'content-type')
      assert.equal(error.body, body)
    }
  })
})

test('the protocols of a hundred addresses are remembered, and the least recent one is forgotten', async () => {
  const asked = []
  const fetch = async (url, { headers: { accept } }) => {
    asked.push(url)
    if (!accept.startsWith('text/event-stream')) return new Response('', { status: 406 })
    const stream = 'event: next\ndata: {"data":{"n":1}}\n\nevent: complete\ndata:\n\n'
    return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
  }
  const client = createClient({ url: 'http://h/', fetch, maxRetries: 0 })
  /** How many requests a query to the address takes. */
  const requestsTo = async url => {
    asked.length = 0
    for await (const _ of client.iterate({ query: '{ n }', request: { url } }));
    return asked.length
  }
  assert.equal(await requestsTo('http://h/first'), 2)
  assert.equal(await requestsTo('http://h/first'), 1)
  for (let other = 1; other < 100; other++) await requestsTo(`http://h/${other}`)
  assert.equal(await requestsTo('http://h/first'), 1)
  for (let other = 100; other < 200; other++) await requestsTo(`http://h/${other}`)
  assert.equal(await requestsTo('http://h/first'), 2)
})
