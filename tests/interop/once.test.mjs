/** Protocol negotiation executes nothing twice. Real servers count the executions. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createClient } from 'postsource/graphql'
import { outcome } from './outcome.mjs'
import { createSchema } from './schema.mjs'
import { startApollo } from './servers/apollo.mjs'
import { startGraphqlSse } from './servers/graphql-sse.mjs'
import { serve } from './servers/serve.mjs'
import { startYoga } from './servers/yoga.mjs'

/** A client that notes what it sends. */
function noting(url, options) {
  const sent = []
  const fetch = (address, init) => {
    sent.push([init.method, init.headers.accept.split(/[,;]/)[0]])
    return globalThis.fetch(address, init)
  }
  return { sent, client: createClient({ url, fetch, maxRetries: 0, ...options }) }
}

/** Tests for every server. `bumped` tells how often the mutation was executed. */
function executesOnce(name, start, { first = 1 } = {}) {
  describe(name, () => {
    let server
    before(async () => {
      server = await start()
    })
    after(() => server.close())

    for (const options of [{}, { method: 'GET' }, { protocol: 'multipart' }]) {
      // a handler that only serves event streams accepts no multipart
      if (options.protocol && first > 1) continue
      test(`a mutation runs once: ${JSON.stringify(options)}`, async () => {
        const { client, sent } = noting(server.url, options)
        const before = await server.bumped()
        for (const requests of [first, 1]) {
          sent.length = 0
          const { results, end } = await outcome(client, { query: 'mutation { bump }' })
          assert.equal(end, 'complete')
          assert.equal(typeof results[0].data.bump, 'number')
          assert.equal(results.length, 1)
          assert.equal(sent.length, requests, 'what works is remembered')
          assert.ok(sent.every(([method]) => method === 'POST'))
        }
        assert.equal(await server.bumped(), before + 2)
      })

      test(`a query has its result: ${JSON.stringify(options)}`, async () => {
        const { client, sent } = noting(server.url, options)
        const { results, end } = await outcome(client, { query: '{ hello }' })
        assert.deepEqual(
          { results, end },
          { results: [{ data: { hello: 'Hello, world!' } }], end: 'complete' },
        )
        assert.equal(sent.length, first)
        assert.ok(sent.every(([method]) => method === (options.method ?? 'POST')))
      })
    }

    test('a mutation of unknown kind runs once', async () => {
      const { client } = noting(server.url)
      const before = await server.bumped()
      const { end } = await outcome(client, { query: 'mutation { bump }', kind: 'unknown' })
      assert.equal(end, 'complete')
      assert.equal(await server.bumped(), before + 1)
    })
  })
}

/** Apollo Server is asked by a client of the test's own how often it has executed the mutation. */
async function startCountingApollo(options) {
  const server = await startApollo(options)
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ query: '{ bumped }' })
  return {
    ...server,
    bumped: async () =>
      (await (await fetch(server.url, { method: 'POST', headers, body })).json()).data.bumped,
  }
}

/** graphql-yoga 3 ends a query with the bytes, and names no event. */
async function startYoga3() {
  const { createYoga } = await import('graphql-yoga-3')
  const api = createSchema()
  const server = await serve(createYoga({ schema: api.schema, logging: false, cors: false }))
  return { __proto__: server, bumped: () => api.bumped }
}

const counting = start => async () => {
  const server = await start()
  return { __proto__: server, bumped: () => server.api.bumped }
}

executesOnce('Apollo Server 5 with graphql 16', startCountingApollo)
executesOnce('Apollo Server 5 with graphql 17', () => startCountingApollo({ graphql: 'graphql-17-alpha-9' }))
executesOnce('graphql-yoga 5', counting(startYoga))
executesOnce('graphql-yoga 3', startYoga3)
executesOnce('graphql-sse’s handler, which speaks nothing but event streams', counting(startGraphqlSse), {
  first: 2,
})

describe('Apollo Server 5 with graphql 17', () => {
  let server
  before(async () => {
    server = await startCountingApollo({ graphql: 'graphql-17-alpha-9' })
  })
  after(() => server.close())

  test('@defer comes in the current form, asked for once', async () => {
    const { client, sent } = noting(server.url)
    const { results, end } = await outcome(client, { query: '{ me { id ... @defer { bio } } }' })
    assert.equal(end, 'complete')
    assert.deepEqual(results, [
      {
        data: { me: { id: '1' } },
        hasNext: true,
        ...(results[0].pending && { pending: results[0].pending }),
      },
      { ...results[1], data: { me: { id: '1', bio: 'writes programs' } }, hasNext: false },
    ])
    assert.equal(sent.length, 1)
  })

  test('a mutation with @defer runs once', async () => {
    const { client, sent } = noting(server.url)
    const before = await server.bumped()
    const { results } = await outcome(client, { query: 'mutation { bumpInParts { id ... @defer { bio } } }' })
    assert.equal(results.at(-1).data.bumpInParts.bio, 'writes programs')
    assert.equal(sent.length, 1)
    assert.equal(await server.bumped(), before + 1)
  })

  test('an event stream, where that is all that is asked for: executed once, and the refusal is told', async () => {
    const { client } = noting(server.url, { protocol: 'sse' })
    const before = await server.bumped()
    const { results } = await outcome(client, { query: 'mutation { bump }' })
    assert.match(results[0].errors[0].message, /does not accept/)
    assert.equal(await server.bumped(), before + 1)
  })
})

test('graphql-yoga 3 over an event stream: a query is complete with its result, and is sent once', async () => {
  const server = await startYoga3()
  try {
    for (const method of ['POST', 'GET']) {
      const { client, sent } = noting(server.url, { protocol: 'sse', method, maxRetries: 5 })
      assert.deepEqual(await outcome(client, { query: '{ hello }' }), {
        results: [{ data: { hello: 'Hello, world!' } }],
        end: 'complete',
      })
      assert.equal(sent.length, 1)
    }
  } finally {
    await server.close()
  }
})
