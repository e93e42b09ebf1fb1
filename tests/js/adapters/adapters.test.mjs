/** The adapters in the real libraries, against graphql-yoga. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ApolloClient, gql, InMemoryCache } from '@apollo/client/core'
import { Defer20220824Handler } from '@apollo/client/incremental'
import { subscriptionExchange, Client as UrqlClient } from '@urql/core'
import { PostsourceLink } from 'postsource/apollo'
import { createClient } from 'postsource/graphql'
import { createExecuteFunction } from 'postsource/relay'
import { forwardSubscription } from 'postsource/urql'
import relay from 'relay-runtime'
import { startYoga } from '../../interop/servers/yoga.mjs'

let server
let client
before(async () => {
  server = await startYoga()
  client = createClient({ url: server.url, maxRetries: 0 })
})
after(() => server.close())

const count = 'subscription Count($to: Int!) { counter(to: $to) }'

/** Subscribes to an observable. Resolves with its values when it is over or has given `enough`. */
function collect(observable, enough = Number.POSITIVE_INFINITY) {
  return new Promise(resolve => {
    const values = []
    const subscription = observable.subscribe({
      next(value) {
        values.push(value)
        if (values.length < enough) return
        queueMicrotask(() => subscription.unsubscribe())
        resolve({ values })
      },
      error: error => resolve({ values, error }),
      complete: () => resolve({ values, complete: true }),
    })
  })
}

describe('Apollo Client', () => {
  const apollo = () =>
    new ApolloClient({
      cache: new InMemoryCache(),
      link: new PostsourceLink(client),
      incrementalHandler: new Defer20220824Handler(),
    })

  test('a subscription', async () => {
    const { values, complete } = await collect(
      apollo().subscribe({ query: gql(count), variables: { to: 3 } }),
    )
    assert.deepEqual(
      values.map(({ data }) => data.counter),
      [1, 2, 3],
    )
    assert.ok(complete)
  })

  test('unsubscribing stops it on the server', async () => {
    await collect(apollo().subscribe({ query: gql(count), variables: { to: 100_000 } }), 2)
    await server.api.untilLive(0, 'counter')
  })

  test('a query with @defer grows', async () => {
    const query = gql('{ me { id ... @defer { bio } } }')
    const seen = []
    await new Promise(resolve => {
      const subscription = apollo()
        .watchQuery({ query })
        .subscribe(({ data }) => {
          if (data?.me) seen.push(data.me.bio)
          if (data?.me?.bio === undefined) return
          subscription.unsubscribe()
          resolve()
        })
    })
    assert.equal(seen.at(-1), 'Ada writes programs.')
  })

  test('GraphQL errors and refusals are errors', async () => {
    const graphql = await collect(apollo().subscribe({ query: gql('subscription { refused }') }))
    assert.match(String(graphql.error ?? graphql.values[0].error), /refused/)
    const nowhere = new PostsourceLink(createClient({ url: `${server.origin}/nowhere`, maxRetries: 0 }))
    const lost = new ApolloClient({ cache: new InMemoryCache(), link: nowhere })
    const { values, error } = await collect(lost.subscribe({ query: gql(count), variables: { to: 1 } }))
    assert.equal((error ?? values[0].error).status, 404)
  })
})

describe('urql', () => {
  const urql = more =>
    new UrqlClient({
      url: server.url,
      preferGetMethod: false,
      exchanges: [subscriptionExchange({ forwardSubscription: forwardSubscription(client), ...more })],
    })

  const results = (source, enough) =>
    new Promise(resolve => {
      const values = []
      const subscription = source.subscribe(result => {
        values.push(result)
        if (!enough(result, values)) return
        queueMicrotask(() => subscription.unsubscribe())
        resolve(values)
      })
    })

  test('a subscription, which ends on the server when it is unsubscribed', async () => {
    const source = urql().subscription(count, { to: 100_000 })
    const values = await results(source, (_, values) => values.length === 3)
    assert.deepEqual(
      values.map(({ data }) => data.counter),
      [1, 2, 3],
    )
    await server.api.untilLive(0, 'counter')
  })

  test('a query with @defer, with all operations enabled', async () => {
    const source = urql({ enableAllOperations: true }).query('{ me { id ... @defer { bio } } }', {})
    const values = await results(source, ({ data }) => data?.me.bio !== undefined)
    assert.equal(values.at(-1).data.me.bio, 'Ada writes programs.')
  })

  test('GraphQL errors are in the result', async () => {
    const [{ error }] = await results(urql().subscription('subscription { refused }', {}), () => true)
    assert.match(error.message, /refused/)
  })

  test('the errors of a result are not those of the next', async () => {
    const all = [{ data: { a: 1 }, errors: [{ message: 'of the first' }] }, { data: { a: 2 } }]
    const events = all.map(result => `event: next\ndata: ${JSON.stringify(result)}\n\n`)
    const headers = { 'content-type': 'text/event-stream' }
    const fetch = async () => new Response(`${events.join('')}event: complete\ndata:\n\n`, { headers })
    const client = createClient({ url: server.url, fetch, maxRetries: 0 })
    const exchange = subscriptionExchange({ forwardSubscription: forwardSubscription(client) })
    const { subscription } = new UrqlClient({
      url: server.url,
      preferGetMethod: false,
      exchanges: [exchange],
    })
    const values = await results(subscription('subscription { a }', {}), (_, { length }) => length === 2)
    assert.deepEqual(
      values.map(({ data, error }) => [data.a, error?.message]),
      [
        [1, '[GraphQL] of the first'],
        [2, undefined],
      ],
    )
  })
})

describe('Relay', () => {
  const { Environment, Network, Observable, RecordSource, Store } = relay
  const request = text => ({ name: 'Count', text, operationKind: 'subscription', id: null, metadata: {} })
  const environment = () => {
    const subscribe = createExecuteFunction(client)
    return new Environment({
      network: Network.create(subscribe, subscribe),
      store: new Store(new RecordSource()),
    })
  }
  const execute = (text, variables) => environment().getNetwork().execute(request(text), variables, {})

  test('a subscription, which ends on the server when it is disposed', async () => {
    const observable = execute(count, { to: 100_000 })
    assert.ok(observable instanceof Observable)
    const { values } = await collect(observable, 3)
    assert.deepEqual(
      values.map(({ data }) => data.counter),
      [1, 2, 3],
    )
    await server.api.untilLive(0, 'counter')
  })

  /** The results that Relay gets for a multipart response with these payloads. */
  async function told(operationKind, ...payloads) {
    const parts = payloads.map(payload => `\r\n---\r\n\r\n${JSON.stringify(payload)}`)
    const headers = { 'content-type': 'multipart/mixed; boundary="-"' }
    const fetch = async () => new Response(`${parts.join('')}\r\n-----\r\n`, { headers })
    const subscribe = createExecuteFunction(createClient({ url: server.url, fetch, maxRetries: 0 }))
    const { values, complete } = await collect(subscribe({ ...request('{ a }'), operationKind }, {}))
    assert.ok(complete)
    return values.map(({ data, extensions }) => [data, extensions?.is_final ?? false])
  }

  test('a result is final when nothing of it is missing, in every form of incremental delivery', async () => {
    const first = { data: { a: 1 }, hasNext: true }
    const rest = { incremental: [{ data: { b: 2 }, path: [] }] }
    const whole = { a: 1, b: 2 }
    assert.deepEqual(await told('query', first, { ...rest, hasNext: false }), [
      [{ a: 1 }, false],
      [whole, true],
    ])
    assert.deepEqual(await told('query', first, { ...rest, hasNext: true }, { hasNext: false }), [
      [{ a: 1 }, false],
      [whole, false],
      [whole, true],
    ])
    assert.deepEqual(await told('query', { data: whole }), [[whole, true]])
    assert.deepEqual(await told('subscription', { payload: { data: whole } }), [[whole, false]])
  })

  test('it completes', async () => {
    assert.ok((await collect(execute(count, { to: 2 }))).complete)
  })

  test('a persisted query is sent by its id', async () => {
    const asked = []
    const subscribe = createExecuteFunction({ subscribe: operation => void asked.push(operation) })
    subscribe({ name: 'Count', text: null, id: 'abc' }, { to: 1 }).subscribe({ error: assert.fail })
    const [{ query, operationName, variables, extensions }] = asked
    assert.deepEqual([query, operationName, variables], ['', 'Count', { to: 1 }])
    assert.deepEqual(extensions, { persistedQuery: { version: 1, sha256Hash: 'abc' } })
  })

  test('the uploadables of a mutation are sent as files', async () => {
    let body
    const fetch = async (_url, init) => {
      body = init.body
      return Response.json({ data: { upload: 1 } })
    }
    const execute = createExecuteFunction(createClient({ url: server.url, fetch, maxRetries: 0 }))
    const mutation = {
      ...request('mutation ($file: Upload!) { upload(file: $file) }'),
      operationKind: 'mutation',
    }
    await collect(execute(mutation, { file: null }, {}, { file: new Blob(['hello']) }))
    assert.deepEqual(JSON.parse(body.get('map')), { 0: ['variables.file'] })
    assert.equal(await body.get('0').text(), 'hello')
  })

  test('the headers of an operation, and those that its cache config asks for, are sent', async () => {
    const headers = ({ operation }) => ({ 'x-trace': operation.context.cacheConfig.metadata.trace })
    const own = createClient({ url: server.url, headers })
    const subscribe = createExecuteFunction(own, {
      request: ({ name }, { to }) => ({ headers: { 'x-name': `${name} ${to}` } }),
    })
    const config = { metadata: { trace: 't1' } }
    assert.ok((await collect(subscribe(request(count), { to: 2 }, config))).complete)
    const sent = server.requests.at(-1).headers
    assert.deepEqual([sent['x-name'], sent['x-trace']], ['Count 2', 't1'])
  })
})
