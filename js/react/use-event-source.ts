/** The hook for event streams. */

import { EventSource } from '../event-source/event-source.ts'
import { stableText } from '../store/operation-key.ts'
import { type Flush, StreamStore, type TakeChange } from '../store/stream-store.ts'
import type { EventSourceOptions, StreamEvent } from '../stream/types.ts'
import { type Stream, useLatest, useStream } from './use-stream.ts'

/** The options of {@link useEventSource}, in addition to those of the EventSource. Functions are always the latest. */
export interface UseEventSourceOptions<State> extends EventSourceOptions {
  /** The names of the events to receive; `message` by default. */
  types?: readonly string[]
  /** Opens no stream; false by default. */
  skip?: boolean
  /**
   * Makes the next `data` from the data so far and an event. It is called once for every event, not while rendering. By
   * default `data` is the list of the last events.
   */
  reduce?: (state: State | undefined, event: StreamEvent) => State
  /** How many events `data` holds without `reduce`: 100 by default. With 0 only `lastEvent` is kept. */
  limit?: number
  /** When to render: at most once per animation frame (`frame`, the default), or for every event (`sync`). */
  flush?: Flush
}

/** The data of a stream, and the last event that has changed them. */
interface Folded<State> {
  state: State | undefined
  lastEvent: StreamEvent
}

const messages: readonly string[] = ['message']
/** The same list every time, so that effects that depend on it do not run again. */
const noEvents: readonly StreamEvent[] = []

/**
 * Reads an event stream while the component is mounted. It opens the stream again when `url`, `method`, `body` (a text or
 * URLSearchParams), `types` or `skip` has changed by value; changes of other options do not restart it.
 *
 * Returns the state of the stream, `restart` and `stop`, and:
 *
 * - `lastEvent`: the last event that has changed `data`;
 * - `events`: the last events, where there is no `reduce`; otherwise an empty list.
 *
 * `status` is `closed` when the server has ended the stream and the retry policy does not reconnect, and `failed`, with the
 * {@link StreamError} in `error`, when it has failed for good.
 */
export function useEventSource<State = readonly StreamEvent[]>(
  url: string | URL,
  options: UseEventSourceOptions<State> = {},
): Stream<State> & { lastEvent: StreamEvent | undefined; events: readonly StreamEvent[] } {
  const { types = messages, skip = false, method, body } = options
  const latest = useLatest(options)
  const { data, ...stream } = useStream(
    stableText([skip, String(url), method, typeof body === 'function' ? null : String(body), types]),
    undefined,
    () =>
      new StreamStore<Folded<State>>(
        skip ? undefined : change => readSource(url, latest, change),
        () => latest.current.flush ?? 'frame',
      ),
  )
  const events = options.reduce ? noEvents : ((data?.state as readonly StreamEvent[] | undefined) ?? noEvents)
  return { ...stream, data: data?.state, lastEvent: data?.lastEvent, events }
}

/** Opens a source and applies its events to the state, as the latest options say. Returns a function that closes it. */
function readSource<State>(
  url: string | URL,
  latest: { current: UseEventSourceOptions<State> },
  change: TakeChange<Folded<State>>,
): () => void {
  const { types = messages, signal } = latest.current
  const source = new EventSource(url, sourceOptions(latest))
  change({ status: 'connecting', attempt: true })
  source.addEventListener('open', () => change({ status: 'open', error: undefined }))
  source.addEventListener('error', ({ error, willReconnectIn }) => {
    if (error === undefined) return // the server has sent an event that is named `error`
    if (willReconnectIn !== null) change({ status: 'reconnecting', error, attempt: true })
    else if (error.code === 'ended' && !error.incomplete) change({ status: 'closed' })
    else change({ status: 'failed', error })
  })
  const take = (message: MessageEvent) => {
    if (!('lastEventId' in message)) return // an `error` or `open` of the source itself
    const { type, data, lastEventId } = message
    change({ data: folded => fold(folded, { type, data, lastEventId }, latest.current) })
  }
  for (const type of types) source.addEventListener(type, take)
  const aborted = () => change({ status: 'closed' })
  signal?.addEventListener('abort', aborted)
  if (signal?.aborted) aborted()
  return () => {
    signal?.removeEventListener('abort', aborted)
    source.close()
  }
}

/** The options of the source. Each function calls the one of the latest render. */
function sourceOptions<State>(latest: { current: UseEventSourceOptions<State> }): EventSourceOptions {
  const { types, skip, reduce, limit, flush, ...options } = latest.current
  const callLatest =
    (name: string) =>
    (...given: unknown[]) => {
      const value = latest.current[name as keyof EventSourceOptions] as unknown
      return typeof value === 'function' ? value(...given) : value // what was a function may be a value by now
    }
  const entries = Object.entries(options).map(([name, value]) => [
    name,
    typeof value === 'function' ? callLatest(name) : value,
  ])
  return Object.fromEntries(entries)
}

/** Adds an event to the data. Without `reduce` these are the list of the last events. */
function fold<State>(
  folded: Folded<State> | undefined,
  event: StreamEvent,
  { reduce, limit = 100 }: UseEventSourceOptions<State>,
): Folded<State> {
  const state = reduce
    ? reduce(folded?.state, event)
    : (lastOf([...((folded?.state as StreamEvent[] | undefined) ?? []), event], limit) as State)
  return folded && Object.is(state, folded.state) ? folded : { state, lastEvent: event }
}

const lastOf = <T>(list: T[], limit: number): T[] => list.slice(Math.max(0, list.length - limit))
