/** The mock server's GraphQL results, read by the GraphQL client. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClient } from 'postsource/graphql'
import { comment, complete, drop, end, events, mockServer, respond, results, wait } from 'postsource/testing'

const url = 'http://h/graphql'
const subscription = { query: 'subscription { n }' }
const n = value => ({ data: { n: value } })

const clientOf = (server, options) => createClient({ url, fetch: server.fetch, retry: () => 0, ...options })

/** The results of an operation, to its end. */
async function allOf(client, operation = subscription) {
  const all = []
  for await (const result of client.iterate(operation)) all.push(result)
  return all
}

for (const protocol of [undefined, 'sse', 'multipart', 'apollo', 'single connection']) {
  describe(protocol ?? 'as the client asks', () => {
    const singleConnection = protocol === 'single connection'
    const optionsOf = { sse: { protocol }, multipart: { protocol }, apollo: { protocol: 'multipart' } }
    const options = { singleConnection, ...optionsOf[protocol] }

    test('results, one after the other, and their end', async () => {
      const server = mockServer()
      const signs = protocol === 'multipart' ? [] : [comment('alive')]
      server.on(
        '/graphql',
        results([n(1), ...signs, { errors: [{ message: 'no' }] }, n(3), complete()], { protocol }),
      )
      const all = await allOf(clientOf(server, options))
      assert.deepEqual(all, [n(1), { errors: [{ message: 'no' }] }, n(3)])
    })

    test('by hand, and dropped in between', async () => {
      const server = mockServer()
      const route = server.on('/graphql', results([], { protocol }))
      const heard = []
      const client = clientOf(server, options)
      const stop = client.subscribe(subscription, {
        next: ({ data }) => heard.push(data.n),
        error: error => heard.push(error),
        complete: () => heard.push('complete'),
      })
      const streams = () =>
        route.requests.filter(({ method }) => method !== 'PUT' && method !== 'DELETE').length
      const asked = async count => {
        while (streams() < count) await route.nextRequest()
      }
      // in single connection mode an operation is a request behind that for the stream
      await asked(singleConnection ? 2 : 1)
      await route.send(n(1))
      assert.deepEqual(heard, [1])
      await route.send(n(2), drop())
      await asked(singleConnection ? 4 : 2)
      await route.send(n(3))
      assert.deepEqual(heard, [1, 2, 3])
      stop()
    })
  })
}

test('apollo: the transport error that a payload of null stands for', async () => {
  const server = mockServer()
  const errors = [{ message: 'gone', extensions: { code: 'SUBSCRIPTION_CONNECTION_CLOSED' } }]
  server.on('/graphql', results([n(1), { payload: null, errors }, complete()], { protocol: 'apollo' }))
  const failing = allOf(clientOf(server, { protocol: 'multipart', maxRetries: 0 }))
  await assert.rejects(failing, { code: 'transport', errors })
})

test('a query gets JSON; a mutation is answered once; a refusal is one', async () => {
  const server = mockServer()
  server.on(
    '/graphql',
    results([n(1)]),
    results([n(2), n(3)]),
    respond(401, { body: { errors: [{ message: 'who?' }] } }),
  )
  const client = clientOf(server)
  assert.deepEqual(await allOf(client, { query: '{ n }' }), [n(1)])
  assert.deepEqual(await allOf(client, { query: 'mutation { n }' }), [n(2)])
  await assert.rejects(allOf(client, { query: '{ n }' }), { code: 'http-status', status: 401 })
  assert.deepEqual(
    server.requests.map(request => request.json().query),
    ['{ n }', 'mutation { n }', '{ n }'],
  )
})

/** The same result, as the servers of either generation of incremental delivery send it. */
const generations = {
  'path of 2022': [
    { data: { a: 1, b: {} }, hasNext: true },
    { incremental: [{ path: ['b'], data: { c: 2 } }], hasNext: false },
  ],
  'pending of 2023': [
    { data: { a: 1, b: {} }, pending: [{ id: '0', path: ['b'] }], hasNext: true },
    { incremental: [{ id: '0', data: { c: 2 } }], completed: [{ id: '0' }], hasNext: false },
  ],
}
for (const [generation, payloads] of Object.entries(generations)) {
  for (const protocol of [undefined, 'sse', 'multipart']) {
    test(`@defer, ${generation}, ${protocol ?? 'as the client asks'}`, async () => {
      const server = mockServer()
      server.on('/graphql', results([payloads[0], wait(1000), payloads[1], complete()], { protocol }))
      const read = clientOf(server).iterate({ query: '{ a b { ... @defer { c } } }' })
      const first = await read.next()
      assert.deepEqual(first.value.data, { a: 1, b: {} })
      const second = read.next()
      await server.advance(1000)
      assert.deepEqual((await second).value.data, { a: 1, b: { c: 2 } })
      assert.equal((await read.next()).done, true)
    })
  }
}

test('single connection mode: two operations on one stream, each with its own script; one is stopped', async () => {
  const server = mockServer()
  let finished = 0
  const route = server.on(
    '/graphql',
    results(
      function* () {
        yield n(1)
        yield wait(1000)
        finished++
        yield n(2)
        yield complete()
      },
      { protocol: 'single connection' },
    ),
  )
  const client = clientOf(server, { singleConnection: true })
  const heard = []
  const one = allOf(client)
  await new Promise(resolve => {
    const stop = client.subscribe(subscription, {
      next({ data }) {
        heard.push(data.n)
        stop()
        resolve()
      },
      error: assert.fail,
      complete: assert.fail,
    })
  })
  while (route.requests.at(-1).method !== 'DELETE') await route.nextRequest()
  await server.advance(1000)
  assert.deepEqual(await one, [n(1), n(2)])
  assert.deepEqual(heard, [1])
  assert.equal(finished, 1)
  assert.equal(route.requests.filter(({ method }) => method === 'GET').length, 1)
})

test('an operation that is cut is incomplete', async () => {
  const server = mockServer()
  server.on('/graphql', results([n(1), end()]))
  await assert.rejects(allOf(clientOf(server, { maxRetries: 0 })), { code: 'ended' })
  server.on('/graphql', events(['ping', { event: 'next', data: n(5) }, { event: 'complete', data: '' }]))
  assert.deepEqual(await allOf(clientOf(server)), [n(5)])
})
