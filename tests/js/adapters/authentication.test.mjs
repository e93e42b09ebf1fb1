/**
 * The recipes for authentication in the documentation of Apollo Client and urql, run with the adapter as the transport, for each
 * kind of operation.
 *
 * - https://www.apollographql.com/docs/react/networking/authentication
 * - https://www.apollographql.com/docs/react/networking/advanced-http-networking
 * - https://www.apollographql.com/docs/react/data/error-handling
 * - https://nearform.com/open-source/urql/docs/advanced/authentication/
 */

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream'
import { GraphQLError } from 'graphql'
import { createClient } from 'postsource/graphql'
import { forwardSubscription } from 'postsource/urql'
import { startYoga } from '../../interop/servers/yoga.mjs'
import { recordRequests } from './recorded-requests.mjs'
import { apolloVersions, loadApollo, loadUrql, urqlVersions } from './versions.mjs'

const documents = {
  query: '{ hello }',
  mutation: 'mutation { bump }',
  subscription: 'subscription { counter(to: 2) }',
}
const kinds = Object.keys(documents)

const requests = []
/** `token`: a request with another is refused with 401. `code`: it is instead answered with an error of this code. */
const required = {}
let server
before(async () => {
  const isRefused = ({ args: { contextValue } }) =>
    required.code && contextValue.request.headers.get('authorization') !== required.asked
  const refuse = given => {
    const error = new GraphQLError('who are you?', { extensions: { code: required.code } })
    if (isRefused(given)) given.setResultAndStopExecution({ errors: [error] })
  }
  const plugin = { onExecute: refuse, onSubscribe: refuse }
  server = await startYoga({ plugins: [useDeferStream(), recordRequests(requests, required), plugin] })
})
after(() => server.close())
beforeEach(() => {
  requests.length = 0
  for (const name of Object.keys(required)) delete required[name]
})

const tokens = () => requests.map(({ headers }) => headers.get('authorization'))

/** The first result, or the error, of whatever a library calls an observable. */
const first = observable =>
  new Promise((resolve, reject) => {
    const subscription = observable.subscribe({
      next(result) {
        queueMicrotask(() => subscription.unsubscribe())
        resolve(result)
      },
      error: reject,
    })
  })

for (const [version, packageName] of Object.entries(apolloVersions)) {
  describe(`Apollo Client ${version}`, () => {
    let apollo
    before(async () => {
      apollo = await loadApollo(packageName)
    })

    function connect(links, options) {
      const client = createClient({ url: server.url, ...options })
      return new apollo.ApolloClient({
        cache: new apollo.InMemoryCache(),
        link: apollo.from([...links, new apollo.PostsourceLink(client)]),
      })
    }
    const run = (client, kind) => {
      const document = apollo.gql(documents[kind])
      if (kind === 'query') return client.query({ query: document, fetchPolicy: 'network-only' })
      if (kind === 'mutation') return client.mutate({ mutation: document })
      return first(client.subscribe({ query: document }))
    }

    const stored = { token: undefined }
    const authLink = () =>
      apollo.setContext((_, { headers }) => ({
        headers: { ...headers, authorization: stored.token ? `Bearer ${stored.token}` : '' },
      }))

    for (const kind of kinds) {
      test(`${kind}: cookies of another origin, by credentials`, async () => {
        const seen = []
        const note = (url, init) => {
          seen.push(init.credentials)
          return fetch(url, init)
        }
        for (const credentials of ['same-origin', 'include'])
          await run(connect([], { credentials, fetch: note }), kind)
        assert.deepEqual(seen, ['same-origin', 'include'])
      })

      test(`${kind}: the header is made anew for each operation, and is empty before the sign-in`, async () => {
        const client = connect([authLink()])
        for (stored.token of [undefined, '1', '2']) await run(client, kind)
        assert.deepEqual(tokens(), ['', 'Bearer 1', 'Bearer 2'])
      })

      test(`${kind}: a middleware that sets the context, and one after it`, async () => {
        const middleware = (name, value) =>
          new apollo.ApolloLink((operation, forward) => {
            operation.setContext(({ headers = {} }) => ({ headers: { ...headers, [name]: value } }))
            return forward(operation)
          })
        await run(
          connect([middleware('authorization', 'Bearer 1'), middleware('recent-activity', 'now')]),
          kind,
        )
        const { headers } = requests.at(-1)
        assert.deepEqual([headers.get('authorization'), headers.get('recent-activity')], ['Bearer 1', 'now'])
      })

      test(`${kind}: an afterware that signs out after a 401`, async () => {
        required.token = 'Bearer 1'
        let signedOut = 0
        const signOut = apollo.onError(({ networkError, error }) => {
          if ((networkError ?? error)?.statusCode === 401) signedOut++
        })
        const outcome = await run(connect([signOut]), kind).catch(error => ({ error }))
        assert.ok(outcome.error)
        assert.equal(signedOut, 1)
      })

      test(`${kind}: UNAUTHENTICATED sets another header and forwards again`, async () => {
        Object.assign(required, { code: 'UNAUTHENTICATED', asked: 'Bearer 2' })
        stored.token = '1'
        const retry = apollo.onError(({ graphQLErrors, error, operation, forward }) => {
          for (const { extensions } of graphQLErrors ?? error?.errors ?? [])
            if (extensions?.code === 'UNAUTHENTICATED') {
              const { headers } = operation.getContext()
              operation.setContext({ headers: { ...headers, authorization: 'Bearer 2' } })
              return forward(operation)
            }
          return undefined
        })
        const { data } = await run(connect([authLink(), retry]), kind)
        assert.ok(data)
        assert.deepEqual(tokens(), ['Bearer 1', 'Bearer 2'])
      })

      test(`${kind}: a refresh that takes time, and then forwards again`, async () => {
        required.token = 'Bearer 2'
        stored.token = '1'
        const retry = apollo.onError(({ networkError, error, operation, forward }) => {
          if ((networkError ?? error)?.statusCode !== 401) return undefined
          const { constructor: Observable } = forward(operation)
          return new Observable(sink => {
            Promise.resolve('2').then(token => {
              stored.token = token
              const { headers } = operation.getContext()
              operation.setContext({ headers: { ...headers, authorization: `Bearer ${token}` } })
              forward(operation).subscribe(sink)
            })
          })
        })
        const { data } = await run(connect([authLink(), retry]), kind)
        assert.ok(data)
        assert.equal(tokens().at(-1), 'Bearer 2')
      })
    }

    test('resetStore after a sign-out asks again, without the token', async () => {
      stored.token = '1'
      const client = connect([authLink()])
      const watched = client.watchQuery({ query: apollo.gql(documents.query) })
      const subscription = watched.subscribe(() => {})
      await client.query({ query: apollo.gql(documents.query) })
      stored.token = undefined
      await client.resetStore()
      subscription.unsubscribe()
      assert.equal(tokens().at(-1), '')
    })
  })
}

for (const [version, packageName] of Object.entries(urqlVersions)) {
  describe(`urql ${version}`, () => {
    let urql
    before(async () => {
      urql = await loadUrql(packageName)
    })

    function connect(auth, more = []) {
      const client = createClient({ url: server.url, maxRetries: 0 })
      const transport = urql.subscriptionExchange({
        forwardSubscription: forwardSubscription(client),
        enableAllOperations: true,
      })
      const exchanges = [...more, urql.authExchange(auth), transport]
      return new urql.Client({ url: server.url, preferGetMethod: false, exchanges })
    }
    const run = (client, kind) => {
      if (kind === 'subscription')
        return new Promise(resolve => {
          const subscription = client.subscription(documents[kind], {}).subscribe(result => {
            queueMicrotask(() => subscription.unsubscribe())
            resolve(result)
          })
        })
      return client[kind](documents[kind], {}, { requestPolicy: 'network-only' }).toPromise()
    }

    /** The recipe, whose storage is `stored`; `more` replaces parts of it. */
    const recipe = (stored, more) => async utilities => {
      let token = await Promise.resolve(stored.token)
      return {
        addAuthToOperation: operation =>
          token ? utilities.appendHeaders(operation, { Authorization: `Bearer ${token}` }) : operation,
        didAuthError: ({ graphQLErrors }) =>
          graphQLErrors.some(({ extensions }) => extensions?.code === 'FORBIDDEN'),
        async refreshAuth() {
          token = '2'
        },
        ...more?.(utilities, next => {
          token = next
        }),
      }
    }

    for (const kind of kinds) {
      test(`${kind}: the token of the storage is sent with each operation`, async () => {
        const client = connect(recipe({ token: '1' }))
        for (let i = 0; i < 2; i++) assert.ok((await run(client, kind)).data)
        assert.deepEqual(tokens(), ['Bearer 1', 'Bearer 1'])
      })

      test(`${kind}: an error of the code FORBIDDEN refreshes, and the operation is sent again`, async () => {
        Object.assign(required, { code: 'FORBIDDEN', asked: 'Bearer 2' })
        const { data, error } = await run(connect(recipe({ token: '1' })), kind)
        assert.equal(error, undefined)
        assert.ok(data)
        assert.deepEqual(tokens(), ['Bearer 1', 'Bearer 2'])
      })

      test(`${kind}: willAuthError refreshes before anything is sent`, async () => {
        const willAuthError = () => tokens().length === 0
        const { data } = await run(connect(recipe({ token: '1' }, () => ({ willAuthError }))), kind)
        assert.ok(data)
        assert.deepEqual(tokens(), ['Bearer 2'])
      })

      test(`${kind}: the refresh may be a mutation of its own`, async () => {
        Object.assign(required, { code: 'FORBIDDEN', asked: 'Bearer 2' })
        const refresh = (utilities, set) => ({
          async refreshAuth() {
            required.asked = 'Bearer 1'
            const { data } = await utilities.mutate(documents.mutation, {})
            assert.ok(data)
            required.asked = 'Bearer 2'
            set('2')
          },
        })
        const { data } = await run(connect(recipe({ token: '1' }, refresh)), kind)
        assert.ok(data)
        assert.deepEqual(tokens(), ['Bearer 1', 'Bearer 1', 'Bearer 2'])
      })

      test(`${kind}: an error that no refresh mends reaches the exchange that signs out`, async () => {
        Object.assign(required, { code: 'FORBIDDEN', asked: 'Bearer 3' })
        const seen = []
        const signOut = urql.mapExchange({
          onError: error => seen.push(error.graphQLErrors[0].extensions.code),
        })
        const { error } = await run(connect(recipe({ token: '1' }), [signOut]), kind)
        assert.ok(error)
        assert.deepEqual(seen, ['FORBIDDEN'])
      })
    }
  })
}
