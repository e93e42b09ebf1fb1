/** `postsource/react`: hooks for streams, with no logic of their own. React 18 and 19. */

import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useInsertionEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import { EventSource } from './event-source.ts'
import type { Client } from './graphql-client.ts'
import type { AnyVariables, ExecutionResult, GraphQLErrorLike, Operation } from './graphql-types.ts'
import { operationKey, stableText } from './operation-key.ts'
import { shareOperations } from './share-operations.ts'
import { type Flush, type StreamState, StreamStore } from './stream-store.ts'
import type { EventSourceOptions, StreamEvent } from './types.ts'

export type { Flush, StreamState, StreamStatus } from './stream-store.ts'

const ClientContext = createContext<Client | undefined>(undefined)

/**
 * Gives a client to the hooks below it. With `dedupe` equal operations share one stream, which ends with the last
 * component that wants it; who joins later has the last result at once.
 */
export function PostsourceProvider({
  client,
  dedupe = false,
  children,
}: {
  client: Client
  dedupe?: boolean
  children?: ReactNode
}) {
  const value = useMemo(() => (dedupe ? shareOperations(client) : client), [client, dedupe])
  return createElement(ClientContext.Provider, { value }, children)
}

/** A stream's state, and what can be done to it. */
export interface Stream<State> extends StreamState<State> {
  /** Closes the stream and opens it anew, with no data. */
  restart: () => void
  /** Closes the stream; the data stay. */
  stop: () => void
}

/** The options of {@link useSubscription}. None of them restarts the stream but `client` and `skip`. */
export interface UseSubscriptionOptions<Data, State> {
  /** Instead of the provider's. */
  client?: Client
  /** Open nothing. */
  skip?: boolean
  /** Folds the results into `data`, outside of rendering; the last result's data by default. */
  reduce?: (state: State | undefined, result: ExecutionResult<Data>) => State
  /** Render at most once a frame (`frame`, the default), or with every result (`sync`). */
  flush?: Flush
  onData?: (result: ExecutionResult<Data>) => void
  onError?: (error: unknown) => void
  onComplete?: () => void
}

/**
 * Subscribes while the component is mounted, and anew when the operation changes by value. `error` is what the stream
 * has failed with, or the GraphQL errors of the last result.
 */
export function useSubscription<
  Data = Record<string, unknown>,
  Variables = AnyVariables,
  State = Data | null | undefined,
>(
  operation: Operation<Data, Variables>,
  options: UseSubscriptionOptions<Data, State> = {},
): Stream<State> & { error: unknown } {
  const provided = useContext(ClientContext)
  const client = options.client ?? provided
  if (client === undefined && !options.skip) {
    throw new Error('useSubscription needs a client: wrap it in a PostsourceProvider, or give it one')
  }
  const latest = useLatest(options)
  const asked = useLatest(operation)
  return useStream(
    `${options.skip ? 'skip' : ''}${operationKey(operation as Operation)}`,
    client,
    () =>
      new StreamStore<State>(
        options.skip || client === undefined
          ? undefined
          : change =>
              client.subscribe<Data, Variables>(
                asked.current,
                {
                  next(result) {
                    const { reduce } = latest.current
                    const isWanted = change({
                      data: state => (reduce ? reduce(state, result) : (result.data as State)),
                      error: result.errors as readonly GraphQLErrorLike[] | undefined,
                    })
                    if (isWanted) latest.current.onData?.(result)
                  },
                  error(error) {
                    if (change({ status: 'failed', error })) latest.current.onError?.(error)
                  },
                  complete() {
                    if (change({ status: 'closed' })) latest.current.onComplete?.()
                  },
                },
                {
                  connecting: again =>
                    change({ status: again ? 'reconnecting' : 'connecting', attempt: true }),
                  connected: () => change({ status: 'open', error: undefined }),
                  ended: (error, delay) => delay !== null && change({ status: 'reconnecting', error }),
                },
              ),
        () => latest.current.flush ?? 'frame',
      ),
  )
}

/** The options of {@link useEventSource}, beside those of the EventSource. */
export interface UseEventSourceOptions<State> extends EventSourceOptions {
  /** The names of the events to take; `message` by default. */
  types?: readonly string[]
  /** Open nothing. */
  skip?: boolean
  /** Folds the events into `data`, outside of rendering; the list of the last events by default. */
  reduce?: (state: State | undefined, event: StreamEvent) => State
  /** How many events `data` keeps where nothing else folds them; 100 by default. */
  limit?: number
  /** Render at most once a frame (`frame`, the default), or with every event (`sync`). */
  flush?: Flush
}

/**
 * Reads an event stream while the component is mounted, and anew when the address, method, body or types change by
 * value. `lastEvent` is the last event that was shown; `events` is `data` where nothing folds it.
 */
export function useEventSource<State = readonly StreamEvent[]>(
  url: string | URL,
  options: UseEventSourceOptions<State> = {},
): Stream<State> & { lastEvent: StreamEvent | undefined; events: readonly StreamEvent[] } {
  const { types = ['message'], skip = false, method, body } = options
  const latest = useLatest(options)
  type Folded = { state: State | undefined; lastEvent: StreamEvent }
  const { data, ...stream } = useStream(
    stableText([skip, String(url), method, typeof body === 'string' ? body : null, types]),
    undefined,
    () =>
      new StreamStore<Folded>(
        skip
          ? undefined
          : change => {
              const {
                types: _types,
                skip: _skip,
                reduce: _reduce,
                limit: _limit,
                flush: _flush,
                ...init
              } = latest.current
              const source = new EventSource(url, init)
              change({ status: 'connecting', attempt: true })
              source.addEventListener('open', () => change({ status: 'open', error: undefined }))
              source.addEventListener('error', event => {
                if (!('willReconnectIn' in event)) return
                change({
                  status: event.willReconnectIn === null ? 'failed' : 'reconnecting',
                  error: event.error,
                })
                if (event.willReconnectIn !== null) change({ attempt: true })
              })
              for (const type of types) {
                source.addEventListener(type, (message: MessageEvent) => {
                  if (!('lastEventId' in message)) return // an `error` of the source itself
                  const event = { type, data: message.data, lastEventId: message.lastEventId }
                  const { reduce, limit = 100 } = latest.current
                  change({
                    data: folded => ({
                      state: reduce
                        ? reduce(folded?.state, event)
                        : ([...((folded?.state as StreamEvent[] | undefined) ?? []), event].slice(
                            -limit,
                          ) as State),
                      lastEvent: event,
                    }),
                  })
                })
              }
              return () => source.close()
            },
        () => latest.current.flush ?? 'frame',
      ),
  )
  const events = options.reduce ? [] : ((data?.state as readonly StreamEvent[] | undefined) ?? [])
  return { ...stream, data: data?.state, lastEvent: data?.lastEvent, events }
}

/** The store for a key and a client, made anew when either changes, and its state. */
function useStream<State>(
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
function useLatest<T>(value: T): { current: T } {
  const latest = useRef(value)
  // before anything that is run by what is shown, and before whatever comes meanwhile
  useInsertionEffect(() => {
    latest.current = value
  })
  return latest
}
