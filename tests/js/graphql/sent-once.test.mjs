/** An operation that may not be repeated is sent once, and the answer to it is its result. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ApolloLink } from '@apollo/client/core/index.js'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { GraphQLError, GraphQLInt, GraphQLObjectType, GraphQLSchema, parse } from 'graphql'
import { createYoga } from 'graphql-yoga'
import { PostsourceLink } from 'postsource/apollo'
import { createClient, graphqlRequest } from 'postsource/graphql'
import { createExecuteFunction } from 'postsource/relay'
import { forwardSubscription } from 'postsource/urql'
import { serve } from '../../interop/servers/serve.mjs'

const eventStream = 'text/event-stream'
const json = 'application/json'

/** Runs an operation. Resolves with its results, its error, and the `Accept` headers that were sent. */
function run(url, operation, { fetch = globalThis.fetch, ...options } = {}) {
  const results = []
  const asked = []
  const client = createClient({
    url,
    maxRetries: 0,
    fetch(address, init) {
      asked.push(init.headers.accept)
      return fetch(address, init)
    },
    ...options,
  })
  return new Promise(resolve => {
    const end = error => resolve({ results, error, asked })
    client.subscribe(operation, { next: result => results.push(result), error: end, complete: () => end() })
  })
}

const statuses = [404, 405, 406, 415]
const mutation = { query: 'mutation ($status: Int!) { pay(status: $status) }' }

/** A server whose resolvers set the status of the response, by their errors and by its context. */
function makeSchema(calls) {
  const args = { status: { type: GraphQLInt } }
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { n: { type: GraphQLInt } } }),
    mutation: new GraphQLObjectType({
      name: 'Mutation',
      fields: {
        pay: {
          type: GraphQLInt,
          args,
          resolve(_, { status }) {
            calls.push(status)
            throw new GraphQLError('no such account', { extensions: { http: { status } } })
          },
        },
      },
    }),
  })
}

async function startYoga(calls) {
  return serve(createYoga({ schema: makeSchema(calls), logging: false, maskedErrors: false }))
}

async function startApollo(calls) {
  const server = new ApolloServer({
    schema: makeSchema(calls),
    includeStacktraceInErrorResponses: false,
    // Apollo Server takes the status of an error that has no data beside it, and otherwise that of a plugin
    plugins: [
      {
        async requestDidStart() {
          return {
            async willSendResponse({ response, errors }) {
              response.http.status = errors?.[0]?.extensions?.http?.status ?? response.http.status
            },
          }
        },
      },
    ],
  })
  const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } })
  return { url, close: () => server.stop() }
}

for (const [name, start] of Object.entries({ 'graphql-yoga': startYoga, 'Apollo Server': startApollo })) {
  describe(`${name}: a status set by a resolver does not refuse the Accept header`, () => {
    const calls = []
    let server
    before(async () => {
      server = await start(calls)
    })
    after(() => server.close())

    for (const status of statuses) {
      for (const kind of ['mutation', 'unknown']) {
        test(`${status}, ${kind}`, async () => {
          calls.length = 0
          let answered
          const { results, error, asked } = await run(
            server.url,
            { ...mutation, kind, variables: { status } },
            {
              on: {
                response: response => {
                  answered = response.status
                },
              },
            },
          )
          assert.equal(answered, status)
          assert.deepEqual(calls, [status])
          assert.equal(error, undefined)
          assert.equal(asked.length, 1)
          assert.equal(results.length, 1)
          assert.equal(results[0].errors[0].message, 'no such account')
          assert.equal(results[0].data.pay, null)
        })
      }
    }
  })
}

describe('which responses are results, whatever their status', () => {
  const path = ['pay']
  const events = `event: next\ndata: {"data":{"pay":1}}\n\nevent: complete\n\n`
  const parts = '--b\r\n\r\n{"data":{"pay":1}}\r\n--b--'
  const long = `{"errors":[{"message":"${'x'.repeat(70_000)}","path":["pay"]}]}`
  const html = '<html>no</html>'
  const rows = [
    // what the server answers to the first header; whether a mutation and a query are asked again
    ['data', json, '{"data":{"pay":1}}', false, false],
    ['data that an error has made null', json, '{"data":null,"errors":[{"message":"x"}]}', false, false],
    ['the error of a resolver', json, JSON.stringify({ errors: [{ message: 'x', path }] }), false, false],
    ['the same without a type', '', JSON.stringify({ errors: [{ message: 'x', path }] }), false, false],
    ['an event stream', eventStream, events, false, false],
    ['parts', 'multipart/mixed; boundary=b', parts, false, false],
    ['errors without a path', json, '{"errors":[{"message":"x"}]}', true, true],
    ['an error of the framework', json, '{"error":"Not Found","path":"/graphql"}', true, true],
    ['JSON that is no object', json, '"no"', true, true],
    ['nothing, as JSON', json, '', true, true],
    ['a page', 'text/html', html, true, true],
    ['a JSON document that is too long to tell', json, long, false, true],
  ]
  for (const [name, type, body, mutationAgain, queryAgain] of rows) {
    for (const status of [404, 405, 415]) {
      for (const [query, isAgain] of [
        ['mutation { pay }', mutationAgain],
        ['{ pay }', queryAgain],
      ]) {
        test(`${status}, ${name}: ${query}`, async () => {
          const refusal = () => new Response(body, { status, headers: { 'content-type': type } })
          const fetch = async (_url, { headers }) =>
            headers.accept === eventStream
              ? new Response(events, { headers: { 'content-type': eventStream } })
              : refusal()
          const { asked, results, error } = await run('http://h/', { query }, { fetch })
          assert.equal(asked.length, isAgain ? 2 : 1)
          if (body === long && !isAgain) assert.equal(error.status, status)
          else assert.equal(results.length, 1)
        })
      }
    }
  }
})

describe('a persisted operation has the kind that its library gives', () => {
  const extensions = { persistedQuery: { version: 1, sha256Hash: 'abc' } }
  /** How each library runs a persisted operation. */
  const libraries = {
    Relay: (client, operationKind, sink) =>
      createExecuteFunction(client)(
        { name: 'Pay', text: null, id: 'abc', operationKind, metadata: {} },
        {},
      ).subscribe(sink),
    urql: (client, kind, sink) =>
      forwardSubscription(client)({ extensions }, { kind, context: {} }).subscribe(sink),
    'Apollo Client': (client, kind, sink) =>
      ApolloLink.execute(
        new PostsourceLink(client),
        {
          query: parse(`${kind} { pay }`),
          context: { http: { includeQuery: false, includeExtensions: true } },
        },
        { client: undefined },
      ).subscribe(sink),
  }
  /** Loses the connection after each request. Resolves with the methods that were asked with. */
  const lose = (start, kind, options) =>
    new Promise(resolve => {
      const methods = []
      const fetch = async (_url, { method }) => {
        methods.push(method)
        throw new TypeError('the connection was lost')
      }
      const client = createClient({
        url: 'http://h/',
        fetch,
        maxRetries: 2,
        retry: () => 0,
        ...options,
      })
      start(client, kind, { next() {}, complete() {}, error: () => resolve(methods) })
    })

  for (const [name, start] of Object.entries(libraries)) {
    test(`${name}: a mutation is sent once, and by POST`, async () => {
      assert.deepEqual(await lose(start, 'mutation', {}), ['POST'])
      assert.deepEqual(await lose(start, 'mutation', { method: 'GET' }), ['POST'])
    })
    test(`${name}: a subscription is sent again`, async () => {
      assert.deepEqual(await lose(start, 'subscription', {}), ['POST', 'POST', 'POST'])
    })
  }
})

test('a GET carries apollo-require-preflight within its origin only, where it costs no preflight', () => {
  const headersOf = url =>
    graphqlRequest({ query: '{ n }' }, { url, method: 'GET', print: undefined }).headers
  const named = { 'apollo-require-preflight': 'true' }
  assert.deepEqual(headersOf('http://h/graphql'), named, 'where there is no page')
  globalThis.location = new URL('http://h/page')
  try {
    assert.deepEqual(headersOf('/graphql'), named)
    assert.deepEqual(headersOf('http://h/graphql'), named)
    assert.deepEqual(headersOf('http://other/graphql'), {})
  } finally {
    delete globalThis.location
  }
})
