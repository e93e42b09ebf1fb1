import { Client, subscriptionExchange } from '@urql/core'
import { forwardSubscription } from 'postsource/urql'
import { useSubscribed } from './use-subscribed.js'

/** All errors are CombinedErrors. */
const describe = error => ({ graphql: error.graphQLErrors, network: error.networkError })

export function urql(client, documents) {
  const value = new Client({
    url: '/nowhere',
    preferGetMethod: false,
    exchanges: [
      subscriptionExchange({ forwardSubscription: forwardSubscription(client), enableAllOperations: true }),
    ],
  })
  const subscribe = source => (onData, onError) =>
    source.subscribe(({ data, error }) => (error ? onError(describe(error)) : onData(data))).unsubscribe
  return {
    use: (name, variables = {}) =>
      useSubscribed(subscribe(value.subscription(documents[name], variables)), name, variables),
    useReport: () => useSubscribed(subscribe(value.query(documents.report, {}))),
  }
}
