/** The common part of the hooks: one store for one stream, and the latest options. */

import { useInsertionEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { Client } from '../graphql/client.ts'
import type { Flush, StreamState, StreamStore } from '../store/stream-store.ts'
import type { StreamError } from '../stream/errors.ts'

/** The options that the hooks have in common. Functions are always those of the latest render. */
export interface StreamOptions {
  /**
   * Whether to open the stream; true by default. While it is false, `status` is `idle` and the data are the initial ones. To
   * pause a stream and keep its data, call `stop()`, and later `reconnect()`.
   */
  enabled?: boolean | undefined
  /** When to render: at most once per animation frame (`frame`, the default), or for every message (`sync`). */
  flush?: Flush | undefined
  /** Called when the stream has failed for good, with what is then in `error`. */
  onError?: ((error: StreamError) => void) | undefined
  /** Called when the server has ended the stream and it is not opened again. */
  onComplete?: (() => void) | undefined
}

/** The options that reduce a stream to data of your own, which begin with `initialData`. */
export interface WithInitialData<State, Message> {
  /** What `data` is before the first message. Later values change nothing. */
  initialData: State
  /**
   * Makes the next `data` from the data so far and a message. It is called once for every message, not while rendering. If
   * it throws, the stream has failed: `error` is an `invalid-request`, and its `cause` is what was thrown.
   */
  reduce: (data: NoInfer<State>, message: Message) => NoInfer<State>
}

/** The options that reduce a stream to data of your own, which are undefined before the first message. */
export interface WithoutInitialData<State, Message> {
  initialData?: undefined | undefined
  /** See {@link WithInitialData.reduce}. */
  reduce: (data: State | undefined, message: Message) => State
}

/** The state of a stream, and the ways to control it. */
export interface Stream<Data> extends StreamState<Data> {
  /** Closes the stream and opens it again at once. Keeps the data. */
  reconnect: () => void
  /** Closes the stream and opens it again from its beginning, with the initial data. */
  reset: () => void
  /** Closes the stream and keeps its data. */
  stop: () => void
}

/** The state of the store for a key and a client. A new store is made when either changes. */
export function useStream<Data, Position>(
  key: string,
  client: Client | undefined,
  make: () => StreamStore<Data, Position>,
): Stream<Data> {
  // in state, because Fast Refresh keeps state and discards memoized values
  const [kept, keep] = useState(() => ({ key, client, store: make() }))
  let current = kept
  if (kept.key !== key || kept.client !== client) {
    current = { key, client, store: make() }
    keep(current)
  }
  const { store } = current
  const state = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getServerSnapshot)
  return { ...state, reconnect: store.reconnect, reset: store.reset, stop: store.stop }
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
