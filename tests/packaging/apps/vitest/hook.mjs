import { renderHook, waitFor } from '@testing-library/react'
import { createClient } from 'postsource/graphql'
import { PostsourceProvider, useEventSource, useSubscription } from 'postsource/react'
import { createElement } from 'react'
import { graphqlUrl, hookUrl } from './scenario.mjs'

/** Both hooks, in a document that is not a browser's. */
export async function hook() {
  const source = renderHook(() => useEventSource(hookUrl))
  await waitFor(() => same(source.result.current.lastEvent?.data, 'hooked'))
  source.unmount()

  const client = createClient({ url: graphqlUrl })
  const wrapper = ({ children }) => createElement(PostsourceProvider, { client }, children)
  const counts = renderHook(() => useSubscription({ query: 'subscription { count }' }), { wrapper })
  await waitFor(() => same(counts.result.current.data?.count, 3))
  counts.unmount()
}

function same(actual, expected) {
  if (actual !== expected) throw new Error(`${actual} in place of ${expected}`)
}
