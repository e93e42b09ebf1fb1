import { ApolloClient, InMemoryCache } from '@apollo/client'
import { Defer20220824Handler } from '@apollo/client/incremental'
import { PostsourceLink } from 'postsource/apollo'
import { createClient } from 'postsource/graphql'

/** Requests every operation. Put your token into `headers`: it is called for every attempt. */
const graphql = createClient({
  url: '/graphql',
  headers: async () => ({}),
})

export const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: new PostsourceLink(graphql),
  incrementalHandler: new Defer20220824Handler(), // the form of @defer that GraphQL Yoga 5 sends
})
