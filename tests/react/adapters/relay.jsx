import { createNetwork } from 'postsource/relay'
import { Suspense, useMemo, useState } from 'react'
import { RelayEnvironmentProvider, useFragment, useLazyLoadQuery, useSubscription } from 'react-relay'
import relay from 'relay-runtime'
import { artifacts, summary } from './relay-artifacts.js'

const { Environment, RecordSource, Store } = relay

/** Where a result has errors and no data Relay throws an error that holds the result. */
const describe = error => ({
  graphql: error.source?.errors ?? [],
  network: error.source ? undefined : error,
})

export function relayRuntime(client, documents, Show) {
  const environment = new Environment({
    network: createNetwork(client),
    store: new Store(new RecordSource()),
  })
  const requests = artifacts(documents)

  function Summary({ report }) {
    const data = useFragment(summary, report)
    return <Show data={{ report: { title: report.title, ...data } }} />
  }

  function Report() {
    const { report } = useLazyLoadQuery(requests.report, {})
    const first = <Show data={{ report: { title: report.title } }} />
    return (
      <Suspense fallback={first}>
        <Summary report={report} />
      </Suspense>
    )
  }

  return {
    Provider: ({ children }) => (
      <RelayEnvironmentProvider environment={environment}>
        <Suspense fallback={null}>{children}</Suspense>
      </RelayEnvironmentProvider>
    ),
    use(name, variables = {}) {
      const key = JSON.stringify([name, variables]) // stands for both
      const [shown, setShown] = useState({ key })
      const config = useMemo(
        () => ({
          subscription: requests[name],
          variables,
          onNext: data => setShown({ key, data }),
          onError: error => setShown({ key, error: describe(error) }),
        }),
        [key],
      )
      useSubscription(config)
      return shown.key === key ? shown : {}
    },
    Report,
  }
}
