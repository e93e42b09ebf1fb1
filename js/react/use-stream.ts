/** What the hooks have in common: a store for as long as it is the same stream, and the latest options. */

import { useInsertionEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { Client } from '../graphql/client.ts'
import type { StreamState, StreamStore } from '../store/stream-store.ts'

/** A stream's state, and what can be done to it. */
export interface Stream<State> extends StreamState<State> {
  /** Closes the stream and opens it anew, with no data. */
  restart: () => void
  /** Closes the stream; the data stay. */
  stop: () => void
}

/** The store for a key and a client, made anew when either changes, and its state. */
export function useStream<State>(
  key: string,
  client: Client | undefined,
  make: () => StreamStore<State>,
): Stream<State> {
  // as state, which Fast Refresh keeps; it forgets what is memoized
  const [kept, keep] = useState(() => ({ key, client, store: make() }))
  let current = kept
  if (kept.key !== key || kept.client !== client) {
    current = { key, client, store: make() }
    keep(current)
  }
  const { store } = current
  const state = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getServerSnapshot)
  return { ...state, restart: store.restart, stop: store.stop }
}

/** The value of the last render that was shown. */
export function useLatest<T>(value: T): { current: T } {
  const latest = useRef(value)
  // before anything that is run by what is shown, and before whatever comes meanwhile
  useInsertionEffect(() => {
    latest.current = value
  })
  return latest
}
