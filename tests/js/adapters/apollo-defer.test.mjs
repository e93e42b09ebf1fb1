/** `@defer` in Apollo Client 4: the states of a query, beside those of its own HttpLink, in both forms of incremental delivery. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental'
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream'
import { PostsourceLink } from 'postsource/apollo'
import { createClient } from 'postsource/graphql'
import { startApollo } from '../../interop/servers/apollo.mjs'
import { startYoga } from '../../interop/servers/yoga.mjs'

/** The states of a query until it is neither loading nor streaming. */
function statesOf(link, incrementalHandler) {
  const client = new ApolloClient({ cache: new InMemoryCache(), link, incrementalHandler })
  const query = gql('{ me { id ... @defer { bio } } }')
  const states = []
  return new Promise(resolve => {
    client.watchQuery({ query }).subscribe(({ data, dataState, loading, networkStatus, error, partial }) => {
      states.push({ data, dataState, loading, networkStatus, partial, error: error?.message })
      if (!loading) resolve(states)
    })
  })
}

for (const [form, makeHandler, start] of [
  ['of 2022-08-24', () => new Defer20220824Handler(), () => startYoga({ plugins: [useDeferStream()] })],
  ['of graphql 17', () => new GraphQL17Alpha9Handler(), () => startApollo({ graphql: 'graphql-17-alpha-9' })],
]) {
  describe(`the form ${form}`, () => {
    let server
    before(async () => {
      server = await start()
    })
    after(() => server.close())

    test('has the states that HttpLink gives', async () => {
      const expected = await statesOf(new HttpLink({ uri: server.url }), makeHandler())
      const link = new PostsourceLink(createClient({ url: server.url }))
      assert.deepEqual(await statesOf(link, makeHandler()), expected)
      assert.deepEqual(
        expected.map(({ dataState }) => dataState),
        ['empty', 'streaming', 'complete'],
      )
    })
  })
}
