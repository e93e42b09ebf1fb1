/** Apollo Client 3 is CommonJS for Node, with ES modules beside it that only their files' names reach. */
import { ApolloClient, gql, InMemoryCache } from '@apollo/client/core/index.js'
import { EventSource } from 'postsource'
import { PostsourceLink } from 'postsource/apollo'
import { createClient } from 'postsource/graphql'
import { graphqlUrl, scenario } from './scenario.mjs'

async function apollo() {
  const link = new PostsourceLink(createClient({ url: graphqlUrl }))
  const client = new ApolloClient({ link, cache: new InMemoryCache() })
  const counts = []
  await new Promise((resolve, reject) => {
    client.subscribe({ query: gql`subscription { count }` }).subscribe({
      next: ({ data }) => counts.push(data.count),
      error: reject,
      complete: resolve,
    })
  })
  if (counts.join() !== '1,2,3') throw new Error(`Apollo Client was given ${counts}`)
}

await scenario({ EventSource, createClient }, { apollo })
