/** The public types that more than one entry point shares. */

import type { StreamError } from './errors.ts'
import type { EventSharing } from './sharing.ts'
import type { WatchdogOptions } from './watchdog.ts'

/** One event of an event stream, as the standard dispatches it. */
export interface StreamEvent {
  /** The event's name: the `event` field, or `message` if the block has none. */
  readonly type: string
  /** The `data` lines, joined by a line feed. */
  readonly data: string
  /** The last event id when the event was dispatched; empty if there was none yet. */
  readonly lastEventId: string
}

/** The argument of functions that are called for every connection attempt. */
export interface Attempt {
  /** The number of the attempt, from 1. */
  readonly attempt: number
  /** The id to resume from; empty if there is none. */
  readonly lastEventId: string
  /**
   * The response that began the stream, for its headers; undefined before there was one. A response to a request that
   * resumed the stream from an id is not that.
   */
  readonly response: Response | undefined
  /** The error that ended the previous attempt; undefined for the first one. */
  readonly error: StreamError | undefined
}

/** A value, or a function that is called for it at every connection attempt. */
export type PerAttempt<T> = T | ((attempt: Attempt) => T | Promise<T>)

/** The argument of a {@link RetryPolicy}: the attempt that has just ended, and the next request. */
export interface RetryCause {
  /** The error that ended the attempt. */
  readonly error: StreamError
  /** Whether another attempt may help: after a network error, the end of the stream or a timeout. */
  readonly retryable: boolean
  /** The last `retry` field of the server, in milliseconds; undefined if it has sent none. */
  readonly reconnectionTime: number | undefined
  /** The delay of the `Retry-After` header of a refused request, in milliseconds; undefined if there is none. */
  readonly retryAfter: number | undefined
  /** The request that another attempt would send. */
  readonly request: {
    /** Its method, upper case. */
    readonly method: string
    /** The id that it would send as `Last-Event-ID`; empty if there is none. */
    readonly lastEventId: string
  }
  /**
   * Whether that request may be sent automatically: its method is idempotent, the option `idempotent` says so, or nothing
   * has been sent yet.
   */
  readonly idempotent: boolean
  /** How many events this attempt delivered. */
  readonly received: number
  /** How long the stream was alive: milliseconds from the head of the response to the last byte; undefined without one. */
  readonly aliveMs?: number | undefined
}

/** The end of an attempt, as the attempt itself knows it. */
export type AttemptEnd = Omit<RetryCause, 'retryAfter'>

/**
 * Decides what follows the end of an attempt. Returns the delay in milliseconds before the next attempt, or null (or any
 * other value that is no delay) to stop, or a promise of either. `attempt` counts from 1 and starts over after a stream
 * that was alive for a while, see {@link EventSourceOptions.healthyAfter}. An exception or rejection is reported and
 * closes the source.
 *
 * It is not called for a request that may not be sent again automatically, see {@link RequestOptions.idempotent}, except
 * once after a 401, which refuses a request before it is executed.
 */
export type RetryPolicy = (attempt: number, cause: RetryCause) => number | null | Promise<number | null>

/**
 * How a request is made: the `RequestInit` fields of `fetch`. Some may be functions, which are called for every attempt.
 * An exception of such a function is reported like that of a listener, and is the `cause` of an `invalid-request`.
 */
export interface RequestOptions
  extends Omit<RequestInit, 'body' | 'headers' | 'method' | 'signal' | 'window'> {
  /** The address to send the request to instead. A relative address is resolved against that of the source. */
  url?: PerAttempt<string | URL | undefined> | undefined
  /** The HTTP method; GET by default, POST with `json`. */
  method?: PerAttempt<string> | undefined
  /**
   * Headers to send. They replace our own of the same name, but for `Last-Event-ID`: one that is given is where the
   * stream starts. Once the stream has begun, only its own ids are sent, and none after the server has reset the id, or
   * with `resumeById: false`.
   */
  headers?: PerAttempt<HeadersInit | undefined> | undefined
  /**
   * A value to send as JSON, with its content type, in place of `body`. The method is then POST by default.
   * https://www.rfc-editor.org/rfc/rfc8259
   */
  json?: PerAttempt<object | string | number | boolean | null | undefined> | undefined
  /** The request's body. A `ReadableStream` can be sent only once; pass a function that makes one to allow more attempts. */
  body?: PerAttempt<BodyInit | null | undefined> | undefined
  /**
   * Whether the request may be sent again automatically when the connection is lost. By default only if the method is
   * idempotent (GET, HEAD, OPTIONS, PUT, DELETE, QUERY), because a client cannot know whether a POST was executed before its
   * connection was lost. Set it for a POST that may be repeated.
   * https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
   */
  idempotent?: boolean | undefined
  /** Aborting it closes the stream for good, without an `error` event. */
  signal?: AbortSignal | undefined
  /** What to use for `fetch`; the global one by default. What it throws, or rejects with, counts as a network error. */
  fetch?: typeof fetch | undefined
}

/** The options of {@link EventSource}; all are optional. Those of the native EventSource have their standard meaning. */
export interface EventSourceOptions extends RequestOptions, WatchdogOptions {
  /** Whether to send credentials to other origins (`credentials: 'include'`). False by default. */
  withCredentials?: boolean | undefined
  /** The retry policy; {@link standardRetry} by default. */
  retry?: RetryPolicy | undefined
  /** How many times in a row to connect again before giving up; `Infinity` by default. */
  maxRetries?: number | undefined
  /**
   * How long, in milliseconds, a stream must have been alive, from the head of the response to its last byte, for the count
   * of attempts to start over; 5,000 by default. Shorter connections use up attempts.
   */
  healthyAfter?: number | undefined
  /** The last event id to resume from with the first request. */
  lastEventId?: string | undefined
  /** The largest message accepted, in bytes; 16 MiB by default. A larger one closes the source. */
  maxMessageBytes?: number | undefined
  /**
   * Whether the server resumes from its ids, as the standard means them: true by default. Where they are the keys of
   * records, set it to false: they are not sent then.
   */
  resumeById?: boolean | undefined
  /** Called with every event, whatever its name, before its listeners are. */
  onEvent?: ((event: StreamEvent) => void) | undefined
  /** Called when a connection was made again without an id to resume from, so that events in between may be lost. */
  onGap?: (() => void) | undefined
  /**
   * Shares the stream with the other tabs that ask for the same: what `shareAcrossTabs` of `postsource/tabs` returns. The
   * headers of `open` and of errors are then empty, because they stay in the tab that holds the connection.
   */
  tabs?: EventSharing | undefined
}
