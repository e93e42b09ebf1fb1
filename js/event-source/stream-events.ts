/** The events of an address as an async iterator, over as many connections as it takes. */

import { StreamError } from '../stream/errors.ts'
import { leavable } from '../stream/leavable.ts'
import type { ConnectionObserver } from '../stream/sharing.ts'
import type { EventSourceOptions, StreamEvent } from '../stream/types.ts'
import { type OptionNames, warnOfUnknownOptions } from '../stream/unknown-options.ts'
import { onAbort } from '../stream/wait.ts'
import { parseAddress } from './address.ts'
import { eventSourceOptionNames, openConnection } from './connection.ts'

declare const process: { env: { NODE_ENV?: string } }

function optionNames(): OptionNames<StreamEventsOptions> {
  const { onEvent, ...names } = eventSourceOptionNames()
  return { ...names, until: true }
}

/** The options of {@link streamEvents}; all are optional. */
export interface StreamEventsOptions extends Omit<EventSourceOptions, 'onEvent'> {
  /**
   * The event that ends the stream: its data, such as `'[DONE]'`, or a function that returns true for it. The iterator
   * ends in its place, and the connection is closed. To receive that event too, leave the loop instead. If the stream ends
   * for good without that event, the iterator rejects with a StreamError `ended`.
   */
  until?: (string | ((event: StreamEvent) => boolean | Promise<boolean>)) | undefined
}

/**
 * Requests an event stream and iterates over its events of all names. It connects at the first `next()`, and reconnects as
 * an EventSource with the same options does. The network is read only as fast as the loop runs.
 *
 * ```ts
 * for await (const { data } of streamEvents('/chat', { json: { prompt }, until: '[DONE]' })) append(JSON.parse(data))
 * ```
 *
 * The iterator ends by `until`, by a 204, and when the server ends the stream and the policy, `maxRetries` or the method
 * allow no other attempt. Leaving the loop closes the connection.
 *
 * `next()` rejects with the StreamError that closes the stream, with the reason of `signal` when it aborts, with what
 * `until` throws, and with what an EventSource with these arguments throws.
 *
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function streamEvents(
  url: string | URL,
  options: StreamEventsOptions = {},
): AsyncGenerator<StreamEvent, void, undefined> {
  const leaving = new AbortController()
  return leavable(eventsOf(url, options, leaving), leaving, () => {})
}

async function* eventsOf(
  url: string | URL,
  { until, signal, ...options }: StreamEventsOptions,
  leaving: AbortController,
): AsyncGenerator<StreamEvent, void, undefined> {
  const isLast = typeof until === 'function' ? until : ({ data }: StreamEvent) => data === until
  const letGo = onAbort(signal, () => leaving.abort())
  const batches = new Batches(leaving.signal)
  try {
    if (process.env.NODE_ENV !== 'production') warnOfUnknownOptions('streamEvents()', options, optionNames())
  } catch {
    // no `process`
  }
  try {
    signal?.throwIfAborted()
    const connection = openConnection(parseAddress(url), { ...options, signal: leaving.signal }, batches)
    for (let events = await batches.next(); events !== undefined; events = await batches.next()) {
      for (const event of events) {
        if (leaving.signal.aborted) break
        const matched = isLast(event)
        const isOver = typeof matched === 'object' ? await matched : matched
        if (leaving.signal.aborted) break
        if (isOver) return
        connection.lastEventId = event.lastEventId
        yield event
      }
    }
    signal?.throwIfAborted()
    const { end } = batches
    if (end && isEnd(end)) {
      if (until === undefined || end.status === 204) return
      throw new StreamError(end.code, `no event matched until: ${end.message}`, end)
    }
    if (end) throw end
  } finally {
    letGo()
    leaving.abort()
  }
}

/** Whether the server ended the stream. [spec] 204 tells a client to stop reconnecting. */
export function isEnd({ code, incomplete, status }: StreamError): boolean {
  return (code === 'ended' && !incomplete) || status === 204
}

/** The batches of a connection, one at a time. The connection waits until the next one is requested. */
class Batches implements ConnectionObserver {
  /** The error that closed the connection. */
  end: StreamError | undefined
  readonly #left: AbortSignal
  #batch: StreamEvent[] | undefined
  #arrived = () => {}
  #taken = () => {}

  /** Aborting `left` closes the connection and resolves a pending `next`. */
  constructor(left: AbortSignal) {
    this.#left = left
    onAbort(left, () => {
      this.#taken()
      this.#arrived()
    })
  }

  /** The next batch, or undefined if the connection is closed. */
  async next(): Promise<StreamEvent[] | undefined> {
    this.#batch = undefined
    await new Promise<void>(resolve => {
      this.#arrived = resolve
      this.#taken()
      if (this.end || this.#left.aborted) resolve()
    })
    return this.#batch
  }

  onOpen(): void {}

  onEvents(events: StreamEvent[]): void | Promise<void> {
    if (events.length === 0) return
    this.#batch = events
    this.#arrived()
    return new Promise(resolve => {
      this.#taken = resolve
    })
  }

  onEnd(error: StreamError, willReconnectIn: number | null): void {
    if (willReconnectIn !== null) return
    this.end = error
    this.#arrived()
  }
}
