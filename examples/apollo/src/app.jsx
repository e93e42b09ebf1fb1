import { gql } from '@apollo/client'
import { useQuery, useSubscription } from '@apollo/client/react'

const report = gql`
  query Report {
    report {
      title
      ... @defer {
        summary
      }
    }
  }
`

const price = gql`
  subscription Price {
    price
  }
`

export function App() {
  const { data, error } = useQuery(report)
  const live = useSubscription(price)
  if (error) return <p role="alert">{error.message}</p>
  return (
    <>
      <h1>{data?.report?.title ?? '…'}</h1>
      <p>{data?.report?.summary ?? 'The summary is on its way.'}</p>
      <output>{live.error?.message ?? live.data?.price}</output>
    </>
  )
}
