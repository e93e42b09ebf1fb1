const { ApolloClient, gql, InMemoryCache } = require('@apollo/client/core')
const { EventSource } = require('postsource')
const { PostsourceLink } = require('postsource/apollo')
const { createClient } = require('postsource/graphql')
const { graphqlUrl, scenario } = require('./scenario.cjs')

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

scenario({ EventSource, createClient }, { apollo })
