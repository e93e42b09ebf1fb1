/** The events of a source beside its messages: `open` and `error`, with what the platform's own do not tell. */

import type { StreamError } from '../stream/errors.ts'

/** An `open` event that carries what the server answered. */
export class StreamOpenEvent extends Event {
  readonly status: number
  readonly headers: Headers

  constructor(type: string, { status, headers }: { status: number; headers: Headers }) {
    super(type)
    this.status = status
    this.headers = headers
  }
}

/**
 * An `error` event that says why. A server's own event named `error` is a `MessageEvent` instead, which
 * tells the two apart.
 */
export class StreamErrorEvent extends Event {
  readonly error: StreamError
  /** Milliseconds until the next attempt; null if the source is closed for good. */
  readonly willReconnectIn: number | null

  constructor(
    type: string,
    { error, willReconnectIn }: { error: StreamError; willReconnectIn: number | null },
  ) {
    super(type)
    this.error = error
    this.willReconnectIn = willReconnectIn
  }
}

/** What `onopen` is given: a {@link StreamOpenEvent}, or a MessageEvent that the server has named `open`. */
export type SourceOpenEvent = Event & Partial<Pick<StreamOpenEvent, 'status' | 'headers'>>

/** What `onerror` is given: a {@link StreamErrorEvent}, or a MessageEvent that the server has named `error`. */
export type SourceErrorEvent = Event & Partial<Pick<StreamErrorEvent, 'error' | 'willReconnectIn'>>

/** The events that every source has, by name. */
export interface EventSourceEventMap {
  open: SourceOpenEvent
  message: MessageEvent
  error: SourceErrorEvent
}
