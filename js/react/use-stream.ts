/** What the hooks have in common: one store for one stream, and the latest options. */

import { useInsertionEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { Client } from '../graphql/client.ts'
import type { StreamState, StreamStore } from '../store/stream-store.ts'

/** The state of a stream, and the ways to control it. */
export interface Stream<State> extends StreamState<State> {
  /** Closes the stream and opens it again, without data. */
  restart: () => void
  /** Closes the stream and keeps its data. */
  stop: () => void
}

/** The state of the store for a key and a client. A new store is made when either changes. */
export function useStream<State>(
  key: string,
  client: Client | undefined,
  make: () => StreamStore<State>,
): Stream<State> {
  // in state, because Fast Refresh keeps state and discards memoized values
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

/** A reference to the value of the last committed render. */
export function useLatest<T>(value: T): { current: T } {
  const latest = useRef(value)
  // insertion effects run before the other effects of the commit, and before messages that arrive after it
  useInsertionEffect(() => {
    latest.current = value
  })
  return latest
}
