/** The `open` and `error` events of a source, with more details than the platform's. */

import type { StreamError } from '../stream/errors.ts'

/** An `open` event with the status and the headers of the response. */
export class StreamOpenEvent extends Event {
  /** The status of the response. */
  readonly status: number
  /** The headers of the response. */
  readonly headers: Headers

  constructor(type: string, { status, headers }: { status: number; headers: Headers }) {
    super(type)
    this.status = status
    this.headers = headers
  }
}

/**
 * An `error` event with its cause. An event of the server that is named `error` is a `MessageEvent` instead.
 */
export class StreamErrorEvent extends Event {
  /** The error that ended the attempt. */
  readonly error: StreamError
  /** Milliseconds until the next attempt; null if the source is closed for good. */
  readonly willReconnectIn: number | null
  /** The status of the response, if there was one: `error.status`, by its name in the package eventsource. */
  readonly code: number | undefined
  /** The message of the error. */
  readonly message: string

  constructor(
    type: string,
    { error, willReconnectIn }: { error: StreamError; willReconnectIn: number | null },
  ) {
    super(type)
    this.error = error
    this.willReconnectIn = willReconnectIn
    ;({ status: this.code, message: this.message } = error)
  }
}

/** What `onopen` is given: a {@link StreamOpenEvent}, or a MessageEvent that the server has named `open`. */
export type SourceOpenEvent = Event & Partial<Pick<StreamOpenEvent, 'status' | 'headers'>>

/** What `onerror` is given: a {@link StreamErrorEvent}, or a MessageEvent that the server has named `error`. */
export type SourceErrorEvent = Event &
  Partial<Pick<StreamErrorEvent, 'error' | 'willReconnectIn' | 'code' | 'message'>>

/** The events that every source has, by name. */
export interface EventSourceEventMap {
  open: SourceOpenEvent
  message: MessageEvent
  error: SourceErrorEvent
}
