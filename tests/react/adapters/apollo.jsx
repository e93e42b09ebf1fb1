import { ApolloClient, gql, InMemoryCache } from '@apollo/client/core'
import { Defer20220824Handler } from '@apollo/client/incremental'
import { ApolloProvider, useQuery, useSubscription } from '@apollo/client/react'
import { PostsourceLink } from 'postsource/apollo'

/**
 * Version 3 has an ApolloError that holds all kinds, where useSubscription counts what a link fails with as a protocol
 * error; version 4 has an error of its own for those of GraphQL alone.
 */
function describe(error) {
  if (error === undefined) return undefined
  const graphql = error.name === 'CombinedGraphQLErrors' ? error.errors : (error.graphQLErrors ?? [])
  return { graphql, network: graphql.length > 0 ? undefined : (error.protocolErrors?.[0] ?? error) }
}

export function apollo(client, documents, Show) {
  const value = new ApolloClient({
    link: new PostsourceLink(client),
    cache: new InMemoryCache(),
    incrementalHandler: new Defer20220824Handler(),
  })
  globalThis.apolloVersion = value.version
  return {
    Provider: ({ children }) => <ApolloProvider client={value}>{children}</ApolloProvider>,
    use(name, variables) {
      const { data, error } = useSubscription(gql(documents[name]), { variables })
      return { data, error: describe(error) }
    },
    Report() {
      const { data, error } = useQuery(gql(documents.report))
      return <Show data={data} error={describe(error)} />
    },
  }
}
