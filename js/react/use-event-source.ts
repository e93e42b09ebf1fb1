/** The hook for event streams. */

import { parseAddress } from '../event-source/address.ts'
import { CLOSED, openConnection as connect, eventSourceOptionNames } from '../event-source/connection.ts'
import { isEnd } from '../event-source/stream-events.ts'
import { stableText } from '../store/operation-key.ts'
import { StreamStore, type TakeChange } from '../store/stream-store.ts'
import { checkNumber } from '../stream/limits.ts'
import { callSafely } from '../stream/report-error.ts'
import type { EventSourceOptions, StreamEvent } from '../stream/types.ts'
import { type OptionNames, warnOfUnknownOptions } from '../stream/unknown-options.ts'
import { onAbort } from '../stream/wait.ts'
import {
  type Stream,
  type StreamOptions,
  useLatest,
  useStream,
  type WithInitialData,
  type WithoutInitialData,
} from './use-stream.ts'

declare const process: { env: { NODE_ENV?: string } }

/** The options of {@link useEventSource}, in addition to those of the EventSource. Functions are always the latest. */
export interface UseEventSourceOptions extends EventSourceOptions, StreamOptions {
  /** The names of the events that `data` is made of; `message` by default, `*` for all. */
  events?: readonly string[] | '*' | undefined
  /** How many events `data` holds without `reduce`: 100 by default. With 0 only `lastEvent` is kept. */
  limit?: number | undefined
  /** Called with every event, whatever its name, after `data` has changed. */
  onEvent?: ((event: StreamEvent) => void) | undefined
  /** Called when the server has answered with an event stream, at each connection. */
  onOpen?: ((response: Pick<Response, 'status' | 'headers'>) => void) | undefined
}

/** What {@link useEventSource} returns. */
export interface EventSourceStream<Data> extends Stream<Data> {
  /** The last event that has changed `data`. */
  lastEvent: StreamEvent | undefined
}

/** The address of a stream; nothing is opened without one. */
type Address = string | URL | null | undefined | false

/** The options as they are used, whatever the types of the data. */
interface AnyOptions extends UseEventSourceOptions {
  initialData?: unknown
  reduce?: ((data: unknown, event: StreamEvent) => unknown) | undefined
}

/** The data of a stream, and the last event that has changed them. */
interface Reduced {
  data: unknown
  lastEvent: StreamEvent | undefined
}

/** A function, because bundlers keep a constant that spreads another one. */
const optionNames = (): OptionNames<AnyOptions> => ({
  ...eventSourceOptionNames(),
  enabled: true,
  events: true,
  flush: true,
  initialData: true,
  limit: true,
  onComplete: true,
  onError: true,
  onOpen: true,
  reduce: true,
})

const messages: readonly string[] = ['message']
/** The same list every time, so that effects that depend on it do not run again. */
const noEvents: readonly StreamEvent[] = []

/**
 * Reads an event stream while the component is mounted, over as many connections as that takes. The stream begins anew,
 * without the old data, when `url`, `method`, `json`, `body` (a text or URLSearchParams), `events` or `enabled` changes by
 * value. Other options do not restart it, so that inline functions and objects may be given. Without a `url` (null,
 * undefined or false) nothing is opened.
 *
 * ```tsx
 * const { data: rows, status } = useEventSource('/rows', {
 *   initialData: [] as Row[],
 *   reduce: (rows, { data }) => [...rows, JSON.parse(data)],
 * })
 * ```
 *
 * `data` is what `reduce` makes of the events; without `reduce` it is the list of the last `limit` events. `status` is
 * `closed` when the server has ended the stream and the retry policy does not reconnect, and `failed` when the stream has
 * failed for good, with the reason in `error`. `reconnect` and a component that is shown again continue after the last
 * event id.
 *
 * The hook never suspends: a stream has no end to wait for, and its data are there from the beginning. Load a snapshot with
 * `use` or another library where the first rendering has to have data, and give it as `initialData`.
 *
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function useEventSource(
  url: Address,
  options?: UseEventSourceOptions & { initialData?: readonly StreamEvent[]; reduce?: undefined },
): EventSourceStream<readonly StreamEvent[]>
export function useEventSource<State>(
  url: Address,
  options: UseEventSourceOptions & WithoutInitialData<State, StreamEvent>,
): EventSourceStream<State | undefined>
// the last overload is the one that the compiler explains its errors by
export function useEventSource<State>(
  url: Address,
  options: UseEventSourceOptions & WithInitialData<State, StreamEvent>,
): EventSourceStream<State>
export function useEventSource(url: Address, options: AnyOptions = {}): EventSourceStream<unknown> {
  const { enabled = true, events = messages, method, json, body, limit = 0 } = options
  checkNumber('limit', limit)
  const latest = useLatest(options)
  const address = enabled && url ? String(url) : undefined
  const content = typeof body === 'function' ? undefined : body && String(body)
  const { data: reduced, ...stream } = useStream(
    stableText([address, method, json, content, events]),
    undefined,
    () => {
      try {
        if (process.env.NODE_ENV !== 'production')
          warnOfUnknownOptions('useEventSource()', options, optionNames())
      } catch {
        // no `process`
      }
      const { reduce, initialData = reduce ? undefined : noEvents } = options
      const initial: Reduced = { data: initialData, lastEvent: undefined }
      return new StreamStore(
        initial,
        address === undefined
          ? undefined
          : (change, position?: string) => openConnection(address, latest, change, position),
        {
          flush: () => latest.current.flush,
          onError: error => latest.current.onError?.(error),
        },
      )
    },
  )
  return { ...stream, ...reduced }
}

/** Connects and applies what comes to the state, as the latest options say. Returns a function that closes the connection. */
function openConnection(
  url: string,
  latest: { current: AnyOptions },
  change: TakeChange<Reduced>,
  position: string | undefined,
): () => string | undefined {
  const { signal, events: names = messages } = latest.current
  const options = { ...connectionOptions(latest), ...(position && { lastEventId: position }) }
  let isFirst = true
  const connection = connect(parseAddress(url), options, {
    onAttempt() {
      change({ status: isFirst ? 'connecting' : 'reconnecting', attempt: true })
      isFirst = false
    },
    onOpen(response) {
      if (change({ status: 'open', error: undefined })) callSafely(latest.current.onOpen, response)
    },
    onEvents(events) {
      for (const event of events) {
        if (connection.readyState === CLOSED) return
        connection.lastEventId = event.lastEventId
        const isWanted = names === '*' || names.includes(event.type)
        if (isWanted && !change({ data: reduced => reduceEvent(reduced, event, latest.current) })) return
        callSafely(latest.current.onEvent, event)
      }
    },
    onEnd(error, delay) {
      if (delay !== null) change({ status: 'reconnecting', error, retryAt: Date.now() + delay })
      else if (!isEnd(error)) change({ status: 'failed', error })
      else if (change({ status: 'closed', error: undefined })) callSafely(latest.current.onComplete)
    },
  })
  const closed = () => change({ status: 'closed' })
  const letGo = onAbort(signal, closed)
  if (signal?.aborted) closed()
  return () => {
    letGo()
    connection.close()
    return connection.lastEventId
  }
}

/** The options of the connection. Each function calls the one of the latest render. */
function connectionOptions(latest: { current: AnyOptions }): EventSourceOptions {
  const {
    enabled,
    events,
    initialData,
    reduce,
    limit,
    flush,
    onOpen,
    onEvent,
    onError,
    onComplete,
    ...options
  } = latest.current
  const callLatest =
    (name: string) =>
    (...given: unknown[]) => {
      const value = latest.current[name as keyof EventSourceOptions] as unknown
      return typeof value === 'function' ? value(...given) : value // the latest render may have passed a value instead
    }
  const entries = Object.entries(options).map(([name, value]) => [
    name,
    typeof value === 'function' ? callLatest(name) : value,
  ])
  return Object.fromEntries(entries)
}

/** Adds an event to the data. Without `reduce` these are the list of the last events. */
function reduceEvent(reduced: Reduced, event: StreamEvent, { reduce, limit = 100 }: AnyOptions): Reduced {
  const data = reduce
    ? reduce(reduced.data, event)
    : lastOf([...(reduced.data as readonly StreamEvent[]), event], limit)
  return Object.is(data, reduced.data) ? reduced : { data, lastEvent: event }
}

const lastOf = <T>(list: T[], limit: number): T[] => list.slice(Math.max(0, list.length - limit))
