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

/** What a function that is asked at every connection attempt is told. */
export interface Attempt {
  /** Which attempt this is, from 1. */
  readonly attempt: number
  /** The id to resume from; empty if there is none. */
  readonly lastEventId: string
  /**
   * The response that began the stream, for its headers; undefined before there was one. A response to a request that
   * resumed the stream from an id is not that.
   */
  readonly response: Response | undefined
  /** What ended the attempt before; undefined at the first one. */
  readonly error: StreamError | undefined
}

/** A value, or a function that is asked for it at every connection attempt. */
export type PerAttempt<T> = T | ((attempt: Attempt) => T | Promise<T>)

/** What a {@link RetryPolicy} is told about the attempt that has just ended. */
export interface RetryCause {
  /** Why it ended. */
  readonly error: StreamError
  /** Whether the cause is one to connect again after: a network error, the end of the stream, a timeout. */
  readonly retryable: boolean
  /** The last `retry` field of the server, in milliseconds; undefined if it has sent none. */
  readonly reconnectionTime: number | undefined
  /** What the `Retry-After` of a refused request asks for, in milliseconds; undefined if there is none. */
  readonly retryAfter: number | undefined
  /** The request that another attempt would send. */
  readonly request: {
    /** Its method, upper case. */
    readonly method: string
    /** The id that it would send as `Last-Event-ID`; empty if there is none. */
    readonly lastEventId: string
  }
  /**
   * Whether that request may be sent by itself: its method is idempotent, the option `idempotent` says so, or nothing
   * has been sent yet.
   */
  readonly idempotent: boolean
  /** How many events this attempt delivered. */
  readonly received: number
  /** How long the stream was alive: milliseconds from the head of the response to the last byte; undefined without one. */
  readonly aliveMs?: number | undefined
}

/** What an attempt itself knows of its end. */
export type AttemptEnd = Omit<RetryCause, 'retryAfter'>

/**
 * Decides what follows the end of an attempt: the delay in milliseconds before the next one, or null (or anything
 * that is no delay) to stop; or a promise of that. It is not asked about a request that may not be sent again by itself,
 * see {@link RequestOptions.idempotent}: only after a 401, once, because that refuses a request before it is carried out.
 * `attempt` counts from 1 and starts over after a stream that was alive for a while, see
 * {@link EventSourceOptions.healthyAfter}. What it throws, or rejects with, is reported and closes the source.
 */
export type RetryPolicy = (attempt: number, cause: RetryCause) => number | null | Promise<number | null>

/**
 * How a request is made: the `RequestInit` fields of `fetch`, some of them also as functions, which are asked at every
 * attempt. What such a function throws is reported as a listener's error is, and is the `cause` of an `invalid-request`.
 */
export interface RequestOptions
  extends Omit<RequestInit, 'body' | 'headers' | 'method' | 'signal' | 'window'> {
  /** Where to send the request instead; a relative address is resolved against that of the source. */
  url?: PerAttempt<string | URL | undefined>
  /** The HTTP method; GET by default, POST with `json`. */
  method?: PerAttempt<string>
  /**
   * Headers to send. They replace our own of the same name, but for `Last-Event-ID`: one that is given is where the
   * stream starts. Once the stream has begun, only its own ids are sent, and none after the server has reset the id, or
   * with `resumeById: false`.
   */
  headers?: PerAttempt<HeadersInit | undefined>
  /**
   * A value to send as JSON, with its content type, in place of `body`. The method is then POST by default.
   * https://www.rfc-editor.org/rfc/rfc8259
   */
  json?: PerAttempt<object | string | number | boolean | null | undefined>
  /** The request's body. A `ReadableStream` can be sent once: give a function that makes one. */
  body?: PerAttempt<BodyInit | null | undefined>
  /**
   * Whether the request may be sent again by itself when the connection is lost. By default only where the method is
   * idempotent (GET, HEAD, OPTIONS, PUT, DELETE, QUERY): whether a POST was carried out before its answer broke off,
   * nobody can know. Set it for a POST that may be repeated.
   * https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
   */
  idempotent?: boolean
  /** Aborting it closes the stream for good and in silence. */
  signal?: AbortSignal
  /** What to use for `fetch`; the global one by default. What it throws, or rejects with, counts as a network error. */
  fetch?: typeof fetch
}

/** The options of {@link EventSource}; all are optional, and the native ones mean what they always meant. */
export interface EventSourceOptions extends RequestOptions, WatchdogOptions {
  /** Send credentials to other origins as well (`credentials: 'include'`). */
  withCredentials?: boolean
  /** When to connect again; {@link standardRetry} by default. */
  retry?: RetryPolicy
  /** How many times in a row to connect again before giving up; `Infinity` by default. */
  maxRetries?: number
  /**
   * For how many milliseconds a stream must have been alive, from the head of the response to its last byte, for the
   * counting of attempts to start over; 5,000 by default. Connections that greet and die use up attempts.
   */
  healthyAfter?: number
  /** The last event id to resume from with the first request. */
  lastEventId?: string
  /** The largest message accepted, in bytes; 16 MiB by default. A larger one closes the source. */
  maxMessageBytes?: number
  /**
   * Whether the server resumes from its ids, as the standard means them: true by default. Where they are the keys of
   * records, set it to false: they are not sent then.
   */
  resumeById?: boolean
  /** Called with every event, whatever its name, before its listeners are. */
  onEvent?: (event: StreamEvent) => void
  /** Told when a connection has opened anew and what was sent in between is lost: there was no id to resume from. */
  onGap?: () => void
}
