/** What an application configures in urql reaches the request: its major versions, against graphql-yoga. */

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream'
import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations'
import { createClient } from 'postsource/graphql'
import { forwardSubscription } from 'postsource/urql'
import { startYoga } from '../../interop/servers/yoga.mjs'
import { recordRequests } from './recorded-requests.mjs'
import { loadUrql, urqlVersions } from './versions.mjs'

const count = 'subscription Count($to: Int!) { counter(to: $to) }'

for (const [version, packageName] of Object.entries(urqlVersions)) {
  describe(`urql ${version}`, () => {
    const requests = []
    const required = {}
    let urql
    let server
    before(async () => {
      urql = await loadUrql(packageName)
      server = await startYoga({ plugins: [useDeferStream(), recordRequests(requests, required)] })
    })
    after(() => server.close())
    beforeEach(() => {
      requests.length = 0
    })

    /** A urql client whose only transport is the adapter, with exchanges before it. */
    function connect({ exchanges = [], url = server.url, ...options } = {}, more = {}) {
      const transport = urql.subscriptionExchange({
        forwardSubscription: forwardSubscription(createClient({ url, ...options })),
        enableAllOperations: true,
      })
      return new urql.Client({ url, preferGetMethod: false, exchanges: [...exchanges, transport], ...more })
    }

    const first = source =>
      new Promise(resolve => {
        const subscription = source.subscribe(result => {
          queueMicrotask(() => subscription.unsubscribe())
          resolve(result)
        })
      })

    const operations = {
      subscription: (client, context) => first(client.subscription(count, { to: 2 }, context)),
      query: (client, context) => client.query('{ hello }', {}, context).toPromise(),
      mutation: (client, context) => client.mutation('mutation { bump }', {}, context).toPromise(),
    }

    for (const [kind, run] of Object.entries(operations)) {
      test(`${kind}: the fetchOptions of the client are sent`, async () => {
        const { error } = await run(connect({}, { fetchOptions: { headers: { 'x-tenant': 't1' } } }))
        assert.equal(error, undefined)
        assert.equal(requests.at(-1).headers.get('x-tenant'), 't1')
      })

      test(`${kind}: fetchOptions may be a function, and of the operation's context`, async () => {
        await run(connect(), { fetchOptions: () => ({ headers: { 'x-tenant': 't2' } }) })
        assert.equal(requests.at(-1).headers.get('x-tenant'), 't2')
      })

      test(`${kind}: the fetch of the context is called`, async () => {
        let called = 0
        const own = (...given) => {
          called++
          return fetch(...given)
        }
        await run(connect({}, { fetch: own }))
        assert.ok(called > 0)
      })

      test(`${kind}: the url of urql's client, or of the context, is asked where the client says so`, async () => {
        const client = connect(
          { url: ({ operation }) => operation.context.url },
          { url: `${server.url}?own=1` },
        )
        await run(client)
        await run(client, { url: `${server.url}?own=2` })
        assert.deepEqual(
          requests.map(({ url }) => new URL(url).search),
          ['?own=1', '?own=2'],
        )
      })

      test(`${kind}: the function headers(operation) sees the context`, async () => {
        await run(connect({ headers: ({ operation }) => ({ 'x-tenant': operation.context.tenant }) }), {
          tenant: 't3',
        })
        assert.equal(requests.at(-1).headers.get('x-tenant'), 't3')
      })

      test(`${kind}: authExchange adds its headers, and refreshes the token after a 401`, async () => {
        let token = 'Bearer 1'
        required.token = 'Bearer 2'
        const auth = urql.authExchange(async utilities => ({
          addAuthToOperation: operation => utilities.appendHeaders(operation, { authorization: token }),
          didAuthError: ({ networkError }) => networkError?.status === 401,
          async refreshAuth() {
            token = 'Bearer 2'
          },
        }))
        const { data, error } = await run(connect({ exchanges: [auth], maxRetries: 0 }))
        required.token = undefined
        assert.equal(error, undefined)
        assert.ok(data)
        assert.equal(requests.at(-1).headers.get('authorization'), 'Bearer 2')
      })
    }

    test('persistedExchange: a safelist takes the hash alone', async () => {
      const hashes = []
      const safe = await startYoga({
        plugins: [
          useDeferStream(),
          recordRequests(requests),
          usePersistedOperations({
            getPersistedOperation(hash) {
              hashes.push(hash)
              return '{ hello }'
            },
          }),
        ],
      })
      try {
        const persisted = urql.persistedExchange({ preferGetForPersistedQueries: false })
        const { data } = await operations.query(connect({ exchanges: [persisted], url: safe.url }))
        assert.ok(data.hello)
        assert.deepEqual(
          requests.map(({ params }) => params.query),
          [undefined],
        )
        assert.match(hashes[0], /^[0-9a-f]{64}$/)
      } finally {
        await safe.close()
      }
    })
  })
}
