/** The hooks as they are. Their data are shown as well, since the components of the snippet render nothing. */

import * as hooks from 'postsource/react'
import { show } from './show.js'

export const { PostsourceProvider } = hooks

export function useSubscription(...options) {
  const stream = hooks.useSubscription(...options)
  show('subscription', stream.data ?? null)
  return stream
}

export function useEventSource(...options) {
  const stream = hooks.useEventSource(...options)
  show('events', stream.data ?? null)
  return stream
}
