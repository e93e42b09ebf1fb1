const { renderHook, waitFor } = require('@testing-library/react')
const { createClient } = require('postsource/graphql')
const { PostsourceProvider, useEventSource, useSubscription } = require('postsource/react')
const { createElement } = require('react')
const { graphqlUrl, hookUrl } = require('./scenario.cjs')

/** Both hooks, in a document that is not a browser's. */
async function hook() {
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

module.exports = { hook }
