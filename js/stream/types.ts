/** The public types that more than one entry point shares. */

import type { StreamError } from './errors.ts'
import type { WatchdogOptions } from './watchdog.ts'

/** One event of an event stream, as the standard dispatches it. */
export interface StreamEvent {
  /** The event's name: the `event` field, or `message` where the block had none. */
  readonly type: string
  /** The `data` lines, joined by a line feed. */
  readonly data: string
  /** The last event id in force when the event was dispatched; empty if there was none yet. */
  readonly lastEventId: string
}

/** A value, or a function that is asked for it at every connection attempt. */
export type PerAttempt<T> = T | (() => T | Promise<T>)

/** What a {@link RetryPolicy} is told about the attempt that has just ended. */
export interface RetryCause {
  /** Why it ended. */
  readonly error: StreamError
  /** Whether the cause is one to connect again after: a network error, the end of the stream, a timeout. */
  readonly retryable: boolean
  /** The reconnection time in milliseconds: the last `retry` field of the server, or the default. */
  readonly reconnectionTime: number
  /** The id that the next attempt would send as `Last-Event-ID`; empty if there is none. */
  readonly lastEventId: string
  /** The request's method, upper case. */
  readonly method: string
  /**
   * Whether the request may be sent again by itself: its method is idempotent, the option `idempotent` says so, or
   * nothing of it has been sent.
   */
  readonly idempotent: boolean
  /** How many events this attempt delivered. */
  readonly received: number
}

/**
 * Decides what follows the end of an attempt: the delay in milliseconds before the next one, or null (or anything
 * that is no delay) to stop. It is not asked about a request that may not be sent again by itself, see
 * {@link RequestOptions.idempotent}: only after a 401, once, because that refuses a request before it is carried out.
 * `attempt` counts from 1 and starts over once an attempt has delivered an event.
 */
export type RetryPolicy = (attempt: number, cause: RetryCause) => number | null

/** How a request is made: the `RequestInit` fields of `fetch`, some of them also as functions. */
export interface RequestOptions
  extends Omit<RequestInit, 'body' | 'headers' | 'method' | 'signal' | 'window'> {
  /** The HTTP method; GET by default. */
  method?: string
  /** Headers to send, or a function that is asked at every attempt. They replace our own of the same name. */
  headers?: PerAttempt<HeadersInit>
  /** The request's body, or a function that is asked at every attempt. */
  body?: PerAttempt<BodyInit | null>
  /**
   * Whether the request may be sent again by itself when the connection is lost. By default only where the method is
   * idempotent (GET, HEAD, OPTIONS, PUT, DELETE, QUERY): whether a POST was carried out before its answer broke off,
   * nobody can know. Set it for a POST that may be repeated.
   * https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
   */
  idempotent?: boolean
  /** Aborting it closes the stream for good and in silence. */
  signal?: AbortSignal
  /** What to use for `fetch`; the global one by default. */
  fetch?: typeof fetch
}

/** The options of {@link EventSource}; all are optional, and the native ones mean what they always meant. */
export interface EventSourceOptions extends RequestOptions, WatchdogOptions {
  /** Send credentials to other origins as well (`credentials: 'include'`). */
  withCredentials?: boolean
  /** When to connect again; {@link standardRetry} by default. */
  retry?: RetryPolicy
  /** The last event id to resume from with the first request. */
  lastEventId?: string
  /** The largest message accepted, in bytes; 16 MiB by default. A larger one closes the source. */
  maxMessageBytes?: number
  /**
   * What the server's ids are: cursors from which it resumes, as the standard means them, or the `keys` of records,
   * which resume nothing and are not sent.
   */
  ids?: 'cursors' | 'keys'
  /** Told when a connection has opened anew and what was sent in between is lost: there was no id to resume from. */
  onGap?: () => void
}
