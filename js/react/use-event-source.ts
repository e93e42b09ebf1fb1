/** An event stream as a hook. */

import { EventSource } from '../event-source/event-source.ts'
import { stableText } from '../store/operation-key.ts'
import { type Flush, StreamStore, type TakeChange } from '../store/stream-store.ts'
import type { EventSourceOptions, StreamEvent } from '../stream/types.ts'
import { type Stream, useLatest, useStream } from './use-stream.ts'

/** The options of {@link useEventSource}, beside those of the EventSource. */
export interface UseEventSourceOptions<State> extends EventSourceOptions {
  /** The names of the events to take; `message` by default. */
  types?: readonly string[]
  /** Open nothing. */
  skip?: boolean
  /** Folds the events into `data`, outside of rendering; the list of the last events by default. */
  reduce?: (state: State | undefined, event: StreamEvent) => State
  /** How many events `data` keeps where nothing else folds them; 100 by default, 0 for none but `lastEvent`. */
  limit?: number
  /** Render at most once a frame (`frame`, the default), or with every event (`sync`). */
  flush?: Flush
}

/** What the events have been folded to, and the last one that has changed it. */
interface Folded<State> {
  state: State | undefined
  lastEvent: StreamEvent
}

const messages: readonly string[] = ['message']
/** Always the same list, so that effects that depend on it rest. */
const noEvents: readonly StreamEvent[] = []

/**
 * Reads an event stream while the component is mounted, and anew when the address, method, body (as far as it is a
 * text or URLSearchParams) or types change by value. `lastEvent` is the last event that has changed `data`; `events` is
 * `data` where nothing folds it. A stream that has ended, and that the retry policy leaves at that, is `closed`.
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

/** Opens a source whose events are folded as the latest options say; returns what closes it. */
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
    if (error === undefined) return // an event of the server's own
    if (willReconnectIn !== null) change({ status: 'reconnecting', error, attempt: true })
    else if (error.code === 'ended') change({ status: 'closed' })
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

/** The options of the source, in which every function calls the latest one. */
function sourceOptions<State>(latest: { current: UseEventSourceOptions<State> }): EventSourceOptions {
  const { types, skip, reduce, limit, flush, ...options } = latest.current
  const callLatest =
    (name: string) =>
    (...given: unknown[]) => {
      const value = latest.current[name as keyof EventSourceOptions] as unknown
      return typeof value === 'function' ? value(...given) : value // headers may be values by now
    }
  const entries = Object.entries(options).map(([name, value]) => [
    name,
    typeof value === 'function' ? callLatest(name) : value,
  ])
  return Object.fromEntries(entries)
}

/** Without `reduce` the state is the list of the last events. */
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
