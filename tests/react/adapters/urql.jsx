import { forwardSubscription } from 'postsource/urql'
import { Client, Provider, subscriptionExchange, useQuery, useSubscription } from 'urql'

/** All errors are CombinedErrors. */
const shown = ({ data, error }) => ({
  data: error ? undefined : data,
  error: error && { graphql: error.graphQLErrors, network: error.networkError },
})

export function urql(client, documents, Show) {
  const value = new Client({
    url: '/nowhere',
    preferGetMethod: false,
    exchanges: [
      subscriptionExchange({ forwardSubscription: forwardSubscription(client), enableAllOperations: true }),
    ],
  })
  return {
    Provider: ({ children }) => <Provider value={value}>{children}</Provider>,
    use: (name, variables = {}) => shown(useSubscription({ query: documents[name], variables })[0]),
    Report: () => <Show {...shown(useQuery({ query: documents.report })[0])} />,
  }
}
