import { createNetwork } from 'postsource/relay'
import relay from 'relay-runtime'
import { artifacts, summary } from './relay-artifacts.js'
import { useSubscribed } from './use-subscribed.js'

const { Environment, fetchQuery, getSingularSelector, RecordSource, requestSubscription, Store } = relay

/** Where a result has errors and no data Relay throws an error that holds the result. */
const describe = error => ({
  graphql: error.source?.errors ?? [],
  network: error.source ? undefined : error,
})

export function relayRuntime(client, documents) {
  const environment = new Environment({
    network: createNetwork(client),
    store: new Store(new RecordSource()),
  })
  const requests = artifacts(documents)
  return {
    use: (name, variables = {}) =>
      useSubscribed(
        (onNext, onError) =>
          requestSubscription(environment, {
            subscription: requests[name],
            variables,
            onNext,
            onError: error => onError(describe(error)),
          }).dispose,
        name,
        variables,
      ),
    useReport: () =>
      useSubscribed((onData, onError) => {
        const { unsubscribe } = fetchQuery(environment, requests.report, {}).subscribe({
          // the deferred fragment is read from the store, as useFragment does
          next({ report }) {
            const { data } = environment.lookup(getSingularSelector(summary, report))
            onData({ report: { ...report, ...data } })
          },
          error: error => onError(describe(error)),
        })
        return unsubscribe
      }),
  }
}
