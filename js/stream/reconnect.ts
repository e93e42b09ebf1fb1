/** Decides when to reconnect. It neither fetches nor parses; time and randomness are arguments. */

import type { StreamError } from './errors.ts'
import { checkNumber, longestDelayMs } from './limits.ts'
import { isFirst401, isTemporary, mayRepeat, notRepeated } from './repeat.ts'
import type { AttemptEnd, RetryCause, RetryPolicy } from './types.ts'
import { delay, orAborted } from './wait.ts'

/** How long a stream must have been alive, in milliseconds, for the count of attempts to start over. */
const defaultHealthyAfter = 5000

/** The reconnection time in milliseconds until the server sets another. */
export const defaultReconnectionTime = 3000

/** The largest random extension of the reconnection time after failures in a row, as a fraction of it. */
const jitter = 0.25

/**
 * The standard's rule: reconnects after a network error or the end of the stream, after the reconnection time. It never
 * reconnects after any other cause. From the second failure in a row on, it waits up to a quarter longer, by a random
 * amount, so that the clients of a server do not all reconnect at once.
 *
 * [spec] Wait a delay equal to the reconnection time of the event source. Optionally, wait some more. In particular, if
 * the previous attempt failed, then user agents might introduce an exponential backoff delay.
 */
export function standardRetry(attempt: number, cause: RetryCause): number | null {
  if (!cause.retryable) return null
  return (cause.reconnectionTime ?? defaultReconnectionTime) * (attempt > 1 ? 1 + jitter * Math.random() : 1)
}

/** The options of {@link exponentialBackoff}; all are optional. */
export interface BackoffOptions {
  /** The ceiling of the first delay in milliseconds; 1,000 by default. */
  baseMs?: number | undefined
  /** The factor by which the ceiling grows with every attempt; 2 by default. */
  factor?: number | undefined
  /** The largest ceiling in milliseconds; 30,000 by default. */
  capMs?: number | undefined
  /** Returns random numbers from 0 to below 1; `Math.random` by default. */
  random?: (() => number) | undefined
}

/**
 * Exponential backoff with full jitter: a random delay between zero and a ceiling that grows with every attempt, so that
 * clients do not all reconnect at once when a server is back. The delay that the server requests is added: its
 * `Retry-After`, or its `retry` field up to the cap. Gives up (null) after causes that are not retryable.
 *
 * Throws a RangeError for an option that is not a number in its range.
 */
export function exponentialBackoff(
  options: BackoffOptions = {},
): (attempt: number, cause: RetryCause) => number | null {
  const { baseMs = 1000, factor = 2, capMs = 30_000, random = Math.random } = options
  checkNumber('baseMs', baseMs, { unit: 'milliseconds' })
  checkNumber('factor', factor, { min: 1 })
  checkNumber('capMs', capMs, { unit: 'milliseconds' })
  return (attempt, cause) => {
    if (!cause.retryable) return null
    const asked = cause.retryAfter ?? Math.min(capMs, cause.reconnectionTime ?? 0)
    return asked + random() * Math.min(capMs, baseMs * factor ** (attempt - 1))
  }
}

/**
 * Returns the delay of the `Retry-After` header of a refused request, in milliseconds; undefined if there is none.
 * https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function retryAfterMs({ headers }: StreamError, now = Date.now()): number | undefined {
  const value = headers?.get('retry-after')?.trim()
  if (!value) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

export interface ReconnectOptions {
  /** Makes one attempt. Resolves with what ended it, or with undefined if nothing is left to do. */
  attempt: () => Promise<AttemptEnd | undefined>
  /** The policy. It is not called if the request may not be sent again automatically. */
  retry: RetryPolicy
  /** Whether the next attempt may have other credentials: then a 401 is followed by one immediately. */
  canRefresh?: boolean
  /** Called after every attempt that ended; `delay` is null after the last one. */
  onEnded: (error: StreamError, delay: number | null) => void
  /** Aborting it ends the loop at any point, without another callback. */
  signal: AbortSignal
  /** How many times in a row to connect again; `Infinity` by default. */
  maxRetries?: number | undefined
  /** How long, in milliseconds, a stream must have been alive for the count of attempts to start over; 5,000 by default. */
  healthyAfter?: number | undefined
  /**
   * Waits some milliseconds, but not longer than until the signal aborts. The page and the network cannot end the first
   * `atLeast` milliseconds of the wait. Resolves with whether the page or the network ended it.
   */
  wait?: (ms: number, signal: AbortSignal, atLeast: number) => Promise<unknown>
}

/**
 * Makes attempts, one after the other, until one leaves nothing to do, the request may not be sent again automatically, or
 * the policy or the signal ends the loop. Resolves with the error that was not followed by another attempt, or with
 * undefined if there was none. Rejects with what an attempt or the policy rejects with.
 *
 * Attempts are counted from 1, and from 1 again after a stream that was alive for `healthyAfter` milliseconds. A stream
 * that ends sooner uses up attempts. Attempts that the page itself ended or hurried, by pausing or resuming, do not count.
 */
export async function reconnect(options: ReconnectOptions): Promise<StreamError | undefined> {
  const { attempt, onEnded, signal, healthyAfter = defaultHealthyAfter, wait = delay } = options
  let previous: StreamError | undefined
  for (let failures = 1; ; failures++) {
    const end = await attempt()
    if (signal.aborted || end === undefined) return undefined
    const cause = { ...end, retryAfter: retryAfterMs(end.error) }
    if (!mayRepeat(cause, previous)) {
      const error = isTemporary(cause.error) ? notRepeated(cause) : cause.error
      onEnded(error, null)
      return error
    }
    const isRefresh = options.canRefresh === true && isFirst401(cause.error, previous)
    previous = cause.error
    if (cause.aliveMs !== undefined && cause.aliveMs >= healthyAfter) failures = 1
    const answer = await answered(ask(options, failures, cause, isRefresh), signal)
    if (signal.aborted) return undefined
    const isPaused = cause.error.code === 'paused'
    const ms = delayOf(answer, isPaused)
    onEnded(cause.error, ms)
    if (ms === null) return cause.error
    if (signal.aborted) return undefined
    const isHurried = await wait(ms, signal, Math.min(ms, cause.retryAfter ?? 0))
    if (signal.aborted) return undefined
    if (isPaused || isHurried === true) failures--
  }
}

function ask(
  { retry, maxRetries = Infinity }: ReconnectOptions,
  attempt: number,
  cause: RetryCause,
  isRefresh: boolean,
): ReturnType<RetryPolicy> {
  // a pause uses up no attempt, but 0 allows no second one
  if (attempt > maxRetries && !(maxRetries > 0 && cause.error.code === 'paused')) return null
  return isRefresh ? 0 : retry(attempt, cause)
}

/** The policy's answer. A promise is awaited. */
function answered<T>(answer: T | Promise<T>, signal: AbortSignal): T | Promise<T | undefined> {
  const isPromise = typeof (answer as Promise<T> | undefined)?.then === 'function'
  return isPromise ? orAborted(Promise.resolve(answer), signal) : answer
}

/** Limits a delay to the range of a timer. Anything else becomes null, which ends the loop; 0 would cause a storm. */
function delayOf(ms: number | null | undefined, isPaused: boolean): number | null {
  if (typeof ms !== 'number' || !(ms >= 0)) return null
  return isPaused ? 0 : Math.min(ms, longestDelayMs)
}
