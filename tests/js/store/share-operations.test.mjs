/** Shared streams, with the client and graphql-sse's handler on a real server. No user gets another user's results. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import { createHandler } from 'graphql-sse/lib/use/http'
import { createClient } from 'postsource/graphql'
import { shareOperations } from '../../../dist/store/share-operations.js'

const operation = { query: 'subscription { user }' }
let server
let url
let sockets
let requests

before(async () => {
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { user: { type: GraphQLString } } }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        user: {
          type: GraphQLString,
          async *subscribe(_source, _args, { user }) {
            yield { user }
            await new Promise(() => {})
          },
        },
      },
    }),
  })
  const handle = createHandler({
    schema,
    context: ({ raw, url }) => ({
      user: raw.headers.authorization ?? new URL(url, 'http://h').searchParams.get('token') ?? 'nobody',
    }),
  })
  server = createServer((request, response) => {
    requests++
    sockets.add(request.socket)
    handle(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${server.address().port}/`
})
beforeEach(() => {
  requests = 0
  sockets = new Set()
})
after(() => {
  server.closeAllConnections()
  server.close()
})

/** Subscribes and takes the results one after the other. */
function read(client, given = operation) {
  const results = []
  let wake = () => {}
  const subscription = {
    stop: client.subscribe(given, {
      next: ({ data }) => {
        results.push(data.user)
        wake()
      },
      error: error => {
        results.push(error)
        wake()
      },
      complete: () => {},
    }),
    async take() {
      while (results.length === 0) await new Promise(resolve => (wake = resolve))
      return results.shift()
    },
  }
  return subscription
}

async function sharing(options, use) {
  const client = createClient({ url, protocol: 'sse', ...options })
  try {
    await use(shareOperations(client))
  } finally {
    client.dispose()
  }
}

test('the same headers share a stream, and the last result comes at once', () =>
  sharing({ headers: () => ({ authorization: 'Ada' }) }, async client => {
    assert.equal(await read(client).take(), 'Ada')
    assert.equal(await read(client).take(), 'Ada')
    assert.equal(requests, 1)
  }))

for (const [name, optionsOf] of [
  ['headers', session => ({ headers: () => ({ authorization: session.user }) })],
  ['asynchronous headers', session => ({ headers: async () => ({ authorization: session.user }) })],
  ['a Headers object', session => ({ headers: () => new Headers({ authorization: session.user }) })],
  ['an address', session => ({ url: () => `${url}?token=${session.user}` })],
]) {
  test(`${name} of another user: a stream and results of their own`, () => {
    const session = { user: 'Ada' }
    return sharing(optionsOf(session), async client => {
      const ada = read(client)
      assert.equal(await ada.take(), 'Ada')
      session.user = 'Bob'
      const bob = read(client)
      assert.equal(await bob.take(), 'Bob')
      assert.equal(await read(client).take(), 'Bob')
      assert.equal(requests, 2)
    })
  })
}

test('operations with different headers do not share a stream', () =>
  sharing({}, async client => {
    const of = user => ({ ...operation, request: { headers: { authorization: user } } })
    assert.equal(await read(client, of('Ada')).take(), 'Ada')
    assert.equal(await read(client, of('Bob')).take(), 'Bob')
    assert.equal(await read(client, of('Ada')).take(), 'Ada')
    assert.equal(requests, 2)
  }))

test('a client of another library shares by the operation alone', () =>
  sharing({}, async client => {
    const other = shareOperations({ ...client })
    assert.equal(await read(other).take(), 'nobody')
    assert.equal(await read(other).take(), 'nobody')
    assert.equal(requests, 1)
  }))

test('a stream that has reconnected with other headers takes no more subscribers', () => {
  const session = { user: 'Ada' }
  return sharing(
    { headers: () => ({ authorization: session.user }), retry: () => 0, maxRetries: 100 },
    async client => {
      const stale = read(client)
      assert.equal(await stale.take(), 'Ada')
      session.user = 'Bob'
      for (const socket of sockets) socket.destroy()
      assert.equal(await stale.take(), 'Bob')
      session.user = 'Ada'
      assert.equal(await read(client).take(), 'Ada')
      assert.equal(requests, 3)
    },
  )
})

for (const headers of [{}, () => ({})]) {
  test(`the signal of a subscriber stops that one alone: headers ${typeof headers}`, () =>
    sharing({ headers }, async client => {
      const leaving = new AbortController()
      const [first, second] = [read(client, { ...operation, signal: leaving.signal }), read(client)]
      assert.deepEqual([await first.take(), await second.take()], ['nobody', 'nobody'])
      leaving.abort()
      assert.equal(await read(client).take(), 'nobody')
      assert.equal(requests, 1)
      second.stop()
      const gone = read(client, { ...operation, signal: AbortSignal.abort() })
      gone.stop()
      assert.equal(requests, 1)
    }))
}

test('an operation that may not be sent again shares no stream with one that may', () =>
  sharing({}, async client => {
    for (const idempotent of [true, false])
      assert.equal(await read(client, { ...operation, idempotent }).take(), 'nobody')
    assert.equal(requests, 2)
  }))

test('an operation that wants payloads shares no stream with one that wants results', () =>
  sharing({}, async client => {
    for (const incremental of ['raw', 'merge'])
      assert.equal(await read(client, { ...operation, incremental }).take(), 'nobody')
    assert.equal(requests, 2)
  }))

test('a subscriber that leaves before the headers are known sends nothing', async () => {
  let tell
  let calls = 0
  const headers = () => {
    calls++
    return new Promise(resolve => (tell = resolve))
  }
  await sharing({ headers }, async client => {
    read(client).stop()
    tell({})
    await new Promise(setImmediate)
    assert.equal(calls, 1)
  })
})

test('each subscriber gets the exception of the headers function', () =>
  sharing(
    {
      headers() {
        throw new Error('no token')
      },
    },
    async client => {
      const readers = [read(client), read(client)]
      for (const reader of readers) assert.match(String(await reader.take()), /no token/)
      assert.equal(requests, 0)
    },
  ))
