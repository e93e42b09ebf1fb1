/** The settings of Apollo Client reach the request: both major versions, against graphql-yoga. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { ApolloServer, HeaderMap } from '@apollo/server'
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream'
import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations'
import { createClient } from 'postsource/graphql'
import { serve } from '../../interop/servers/serve.mjs'
import { startYoga } from '../../interop/servers/yoga.mjs'
import { recordRequests } from './recorded-requests.mjs'
import { apolloVersions, loadApollo } from './versions.mjs'

const count = 'subscription Count($to: Int!) { counter(to: $to) }'

const sha256 = text => createHash('sha256').update(text).digest('hex')

/** The requests that the server received. */
const requests = []

async function collect(observable) {
  const values = []
  return new Promise(resolve => {
    observable.subscribe({
      next: value => values.push(value),
      error: error => resolve({ values, error }),
      complete: () => resolve({ values }),
    })
  })
}

for (const [version, packageName] of Object.entries(apolloVersions)) {
  describe(`Apollo Client ${version}`, () => {
    let apollo
    let server
    const required = {}
    before(async () => {
      apollo = await loadApollo(packageName)
      server = await startYoga({ plugins: [useDeferStream(), recordRequests(requests, required)] })
    })
    after(() => server.close())

    /** An Apollo Client whose chain ends in the adapter, with links before it. */
    function connect({ links = [], url = server.url, own, ...options } = {}) {
      requests.length = 0
      const client = createClient({ url, ...options })
      return new apollo.ApolloClient({
        ...own,
        cache: new apollo.InMemoryCache(),
        link: apollo.from([...links, new apollo.PostsourceLink(client)]),
        defaultOptions: { query: { fetchPolicy: 'no-cache' } },
      })
    }

    const operations = {
      subscription: (client, context) =>
        collect(client.subscribe({ query: apollo.gql(count), variables: { to: 2 }, context })),
      query: (client, context) => client.query({ query: apollo.gql('{ hello }'), context }),
      mutation: (client, context) => client.mutate({ mutation: apollo.gql('mutation { bump }'), context }),
    }

    for (const [kind, run] of Object.entries(operations)) {
      test(`${kind}: the headers of setContext are sent, over those of the client`, async () => {
        const auth = apollo.setContext((_, { headers }) => ({
          headers: { ...headers, authorization: 'Bearer 1' },
        }))
        await run(connect({ links: [auth], headers: { authorization: 'Bearer 0', 'x-own': 'client' } }))
        const { headers } = requests.at(-1)
        assert.deepEqual([headers.get('authorization'), headers.get('x-own')], ['Bearer 1', 'client'])
      })

      test(`${kind}: the headers of the operation's own context are sent`, async () => {
        await run(connect(), { headers: { 'x-tenant': 't1' } })
        assert.equal(requests.at(-1).headers.get('x-tenant'), 't1')
      })

      test(`${kind}: the function headers({ operation }) sees the context`, async () => {
        const headers = ({ operation }) => ({ 'x-tenant': operation.context.tenant })
        await run(connect({ headers }), { tenant: 't2' })
        assert.equal(requests.at(-1).headers.get('x-tenant'), 't2')
      })

      test(`${kind}: the name and version of the application are sent, as HttpLink sends them`, async () => {
        const awareness = { name: 'shop', version: '1' }
        const own = version === '3' ? awareness : { clientAwareness: awareness }
        const client = connect({ own })
        await run(client)
        await run(client, { clientAwareness: { version: '2' } })
        assert.deepEqual(
          requests.map(({ headers }) => [
            headers.get('apollographql-client-name'),
            headers.get('apollographql-client-version'),
          ]),
          [
            ['shop', '1'],
            // in Apollo Client 3 the option is stronger than the context
            ['shop', version === '3' ? '1' : '2'],
          ],
        )
      })

      test(`${kind}: the uri of the context is asked`, async () => {
        await run(connect({ url: 'http://127.0.0.1:9/none' }), { uri: `${server.url}?shard=2` })
        assert.equal(new URL(requests.at(-1).url).search, '?shard=2')
      })

      test(`${kind}: credentials and fetchOptions reach fetch`, async () => {
        let init
        const fetch = (url, given) => {
          init = given
          return globalThis.fetch(url, given)
        }
        await run(connect({ fetch }), {
          credentials: 'include',
          fetchOptions: { referrerPolicy: 'no-referrer', priority: 'low', headers: { 'x-fetch': 'yes' } },
        })
        assert.deepEqual(
          [init.credentials, init.referrerPolicy, init.priority, init.headers['x-fetch']],
          ['include', 'no-referrer', 'low', 'yes'],
        )
      })

      test(`${kind}: a signal that is aborted already sends nothing and is an error`, async () => {
        const outcome = await Promise.resolve(
          run(connect(), { fetchOptions: { signal: AbortSignal.abort() } }),
        ).catch(error => ({ error }))
        assert.deepEqual([requests.length, Boolean(outcome.error ?? outcome.values)], [0, true])
      })

      test(`${kind}: the response is in the context, for links before`, async () => {
        let seen
        const afterware = new apollo.ApolloLink((operation, forward) =>
          tapped(forward(operation), () => {
            seen ??= operation.getContext().response?.headers.get('content-type')
          }),
        )
        await run(connect({ links: [afterware] }))
        assert.match(seen, /event-stream|json|multipart/)
      })
    }

    test('variables that the document does not declare are not sent', async () => {
      const query = apollo.gql('query ($name: String!) { hello(name: $name) }')
      await connect().query({ query, variables: { name: 'Ada', other: 1 } })
      assert.deepEqual(requests.at(-1).params.variables, { name: 'Ada' })
    })

    test('a query is sent by GET where fetchOptions say so', async () => {
      await operations.query(connect(), { fetchOptions: { method: 'GET' } })
      assert.equal(requests.at(-1).method, 'GET')
    })

    test('aborting the signal stops a subscription on the server', async () => {
      const stopping = new AbortController()
      const client = connect()
      const values = []
      await new Promise(resolve =>
        client
          .subscribe({
            query: apollo.gql(count),
            variables: { to: 100_000 },
            context: { fetchOptions: { signal: stopping.signal } },
          })
          .subscribe({
            next(value) {
              values.push(value)
              stopping.abort()
            },
            error: resolve,
            complete: resolve,
          }),
      )
      await server.api.untilLive(0, 'counter')
    })

    test('a refusal is a ServerError with the status and the body', async () => {
      required.token = 'Bearer 7'
      let seen
      const watch = apollo.onError(({ networkError, error }) => {
        seen = networkError ?? error
      })
      await operations.query(connect({ links: [watch] })).catch(() => {})
      required.token = undefined
      assert.deepEqual([seen.name, seen.statusCode], ['ServerError', 401])
      assert.match(seen.bodyText, /who are you/)
      assert.equal(seen.result.errors[0].message, 'who are you?')
      assert.equal(seen.response.status, 401)
    })

    describe('a JSON answer with this status is the error that HttpLink makes of it', () => {
      // the client answers a 401 with fresh headers, and takes no result from a server that fails, whatever its type
      const isRefused = (status, type) =>
        version !== '3' && [401, 500].includes(status) && type.includes('graphql')
      const bodies = {
        'GraphQL errors': { errors: [{ message: 'no' }] },
        'GraphQL errors and data': { data: { hello: null }, errors: [{ message: 'no', path: ['hello'] }] },
      }
      /** What ErrorLink sees, and what the caller gets. */
      async function outcomeOf(link) {
        const seen = []
        const watch = apollo.onError(({ networkError, error }) => {
          seen.push(networkError ?? error)
        })
        const client = new apollo.ApolloClient({
          cache: new apollo.InMemoryCache(),
          link: apollo.from([watch, link]),
        })
        const error = await client.query({ query: apollo.gql('{ hello }') }).then(
          () => undefined,
          error => error.networkError ?? error,
        )
        return [...seen, error].map(({ name, statusCode, result } = {}) => ({ name, statusCode, result }))
      }
      for (const status of [200, 400, 401, 403, 404, 409, 422, 500]) {
        for (const type of ['application/json', 'application/graphql-response+json']) {
          for (const [what, body] of Object.entries(bodies)) {
            test(`${status} ${type} ${what}`, async () => {
              const fetch = async () =>
                new Response(JSON.stringify(body), { status, headers: { 'content-type': type } })
              const url = 'http://localhost/graphql'
              const like = async () => {
                const response = await fetch()
                if (isRefused(status, type)) response.headers.set('content-type', 'application/json')
                return response
              }
              const expected = await outcomeOf(new apollo.HttpLink({ uri: url, fetch: like }))
              const actual = await outcomeOf(new apollo.PostsourceLink(createClient({ url, fetch })))
              // Apollo Client 4 has the body as text only
              const shown = version === '3' ? actual : actual.map(rest => ({ ...rest, result: undefined }))
              assert.deepEqual(shown, expected)
            })
          }
        }
      }
    })

    test('the recipe that refreshes a token on 401 and forwards again', async () => {
      required.token = 'Bearer 2'
      let token = 'Bearer 1'
      const auth = apollo.setContext((_, { headers }) => ({ headers: { ...headers, authorization: token } }))
      const refresh = apollo.onError(({ networkError, error, operation, forward }) => {
        if ((networkError ?? error)?.statusCode !== 401) return undefined
        token = 'Bearer 2'
        return forward(operation)
      })
      const { data } = await operations.query(connect({ links: [refresh, auth] }))
      required.token = undefined
      assert.ok(data.hello)
      assert.deepEqual(
        requests.map(({ headers }) => headers.get('authorization')),
        ['Bearer 1', 'Bearer 2'],
      )
    })

    test('RetryLink sees each failure of a query, because the client itself does not retry', async () => {
      required.token = 'none'
      const seen = []
      const retry = new apollo.RetryLink({
        delay: { initial: 1 },
        attempts: (attempt, _operation, error) => {
          seen.push(error.statusCode)
          return attempt < 3
        },
      })
      await operations.query(connect({ links: [retry] })).catch(() => {})
      required.token = undefined
      assert.deepEqual([seen, requests.length], [[401, 401, 401], 3])
    })

    test('automatic persisted queries of Apollo Server: the hash first, the text once it is asked for', async () => {
      const apq = await startApolloServer()
      try {
        const link = apollo.createPersistedQueryLink({ sha256 })
        const client = connect({ url: apq.url, links: [link] })
        for (let i = 0; i < 2; i++) assert.equal((await operations.query(client)).data.hello, 'Hello!')
        assert.deepEqual(
          apq.bodies.map(({ query }) => Boolean(query)),
          [false, true, false],
        )
      } finally {
        await apq.close()
      }
    })

    test('a safelist takes the hash alone', async () => {
      const text = apollo.gql('{ hello }')
      const safe = await startYoga({
        plugins: [
          useDeferStream(),
          recordRequests(requests),
          usePersistedOperations({
            getPersistedOperation: hash => (hash === 'h-1' ? '{ hello }' : null),
          }),
        ],
      })
      try {
        const link = apollo.createPersistedQueryLink({ generateHash: () => 'h-1' })
        const client = connect({ url: safe.url, links: [link] })
        assert.ok((await client.query({ query: text })).data.hello)
        assert.deepEqual(
          requests.map(({ params }) => params.query),
          [undefined],
        )
      } finally {
        await safe.close()
      }
    })
  })
}

/** Calls `tap` before each value of an observable of either version is handed on. */
function tapped(observable, tap) {
  return new observable.constructor(sink =>
    observable.subscribe({
      next(value) {
        tap()
        sink.next(value)
      },
      error: error => sink.error(error),
      complete: () => sink.complete(),
    }),
  )
}

/** Apollo Server 5, which keeps the queries that it was sent together with their hash. `bodies` are the requests' own. */
async function startApolloServer() {
  const apollo = new ApolloServer({
    typeDefs: 'type Query { hello: String! }',
    resolvers: { Query: { hello: () => 'Hello!' } },
  })
  await apollo.start()
  const bodies = []
  const server = await serve(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const body = JSON.parse(text)
    bodies.push(body)
    const headers = new HeaderMap(Object.entries(request.headers))
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: request.method, headers, body, search: '' },
      context: async () => ({}),
    })
    response.writeHead(answer.status ?? 200, Object.fromEntries(answer.headers))
    response.end(answer.body.string)
  })
  return {
    url: server.url,
    bodies,
    async close() {
      await apollo.stop()
      await server.close()
    },
  }
}
