/** When to connect again. It neither fetches nor parses; time and chance are arguments. */

import type { StreamError } from './errors.ts'
import { checkNumber, longestDelayMs } from './limits.ts'
import { isTemporary, mayRepeat, notRepeated } from './repeat.ts'
import type { AttemptEnd, RetryCause, RetryPolicy } from './types.ts'
import { delay, orAborted } from './wait.ts'

/** How long a stream must have been alive, in milliseconds, for the counting of attempts to start over. */
const defaultHealthyAfter = 5000

/** The reconnection time in milliseconds until the server sets another. */
export const defaultReconnectionTime = 3000

/** How much longer than the reconnection time the standard's rule waits at most when attempts fail in a row. */
const jitter = 0.25

/**
 * The standard's rule: after a network error or the end of the stream, again after the reconnection time; after any
 * other cause never. From the second failure in a row on it waits up to a quarter longer, by chance, so that not all
 * clients of a server come at once.
 *
 * [spec] Wait a delay equal to the reconnection time of the event source. Optionally, wait some more. In particular, if
 * the previous attempt failed, then user agents might introduce an exponential backoff delay.
 */
export function standardRetry(attempt: number, cause: RetryCause): number | null {
  if (!cause.retryable) return null
  return (cause.reconnectionTime ?? defaultReconnectionTime) * (attempt > 1 ? 1 + jitter * Math.random() : 1)
}

/** How long {@link exponentialBackoff} waits; all are optional. */
export interface BackoffOptions {
  /** The ceiling of the first delay in milliseconds; 1,000 by default. */
  baseMs?: number
  /** What the ceiling grows by from one attempt to the next; 2 by default. */
  factor?: number
  /** The largest ceiling in milliseconds; 30,000 by default. */
  capMs?: number
  /** Chance, from 0 up to 1; `Math.random` by default. */
  random?: () => number
}

/**
 * Exponential backoff with full jitter: a delay by chance between zero and a ceiling that grows with every attempt,
 * so that the clients of a server that comes back do not come all at once. What the server asks for comes on top: its
 * `Retry-After`, or its `retry` field up to the cap. Null after causes that are not retryable.
 *
 * Throws a RangeError for an option that is no such number.
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
 * What the `Retry-After` of a refused request asks for, in milliseconds; undefined where there is none.
 * https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function retryAfterMs({ headers }: StreamError, now = Date.now()): number | undefined {
  const value = headers?.get('retry-after')?.trim()
  if (!value) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

/** Instead of a delay: a promise that is settled when it is time, or resolves with a delay, or with null to stop. */
export interface Until {
  until: Promise<unknown>
}

export interface ReconnectOptions {
  /** Makes one attempt and resolves with what ended it, or with undefined where nothing is left to do. */
  attempt: () => Promise<AttemptEnd | undefined>
  /** The policy. It is not asked where the request may not be sent again by itself. */
  retry: (attempt: number, cause: RetryCause) => ReturnType<RetryPolicy> | Until
  /** Told after every attempt that something ended; `delay` is null when it was the last. */
  onEnded: (error: StreamError, delay: number | null) => void
  /** Aborting it ends the loop in silence, wherever it is. */
  signal: AbortSignal
  /** How many times in a row to connect again; `Infinity` by default. */
  maxRetries?: number | undefined
  /** For how many milliseconds a stream must have been alive for the counting of attempts to start over; 5,000. */
  healthyAfter?: number | undefined
  /**
   * Waits some milliseconds, `atLeast` some of them whatever happens, and never longer than until the signal aborts.
   * Resolves with whether the page or the network has ended the wait.
   */
  wait?: (ms: number, signal: AbortSignal, atLeast: number) => Promise<unknown>
}

/**
 * Makes attempts, one after the other, until one leaves nothing to do, the request may not be sent again by itself, or
 * the policy or the signal ends it. Resolves with the error that was not followed by another attempt, or with undefined
 * where there was none. Rejects with what an attempt or the policy rejects with.
 *
 * Attempts are counted from 1, and anew after a stream that was alive for `healthyAfter` milliseconds: one that greets
 * and dies uses up attempts. What the page itself has ended or hurried, by being paused or by coming back, does not count.
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
    previous = cause.error
    if (cause.aliveMs !== undefined && cause.aliveMs >= healthyAfter) failures = 1
    const answer = await answered(ask(options, failures, cause), signal)
    if (signal.aborted) return undefined
    const until = typeof answer === 'object' ? answer?.until : undefined
    const isPaused = cause.error.code === 'paused'
    const ms = until ? 0 : delayOf(answer as number | null, isPaused)
    onEnded(cause.error, ms)
    if (ms === null) return cause.error
    if (signal.aborted) return undefined
    const late = until ? await orAborted(until, signal) : ms
    if (signal.aborted) return undefined
    if (late === null) {
      onEnded(cause.error, null)
      return cause.error
    }
    const left = delayOf(late as number, isPaused) ?? 0
    const isHurried = await wait(left, signal, Math.min(left, cause.retryAfter ?? 0))
    if (signal.aborted) return undefined
    if (isPaused || isHurried === true) failures--
  }
}

function ask({ retry, maxRetries = Infinity }: ReconnectOptions, attempt: number, cause: RetryCause) {
  return attempt > maxRetries ? null : retry(attempt, cause)
}

/** The policy's answer, waited for where it is a promise. */
function answered<T>(answer: T | Promise<T>, signal: AbortSignal): T | Promise<T | undefined> {
  const isPromise = typeof (answer as Promise<T> | undefined)?.then === 'function'
  return isPromise ? orAborted(Promise.resolve(answer), signal) : answer
}

/** The delay, cut to what a timer can hold. Null, which ends the loop, for anything that is not a delay: 0 would cause a storm. */
function delayOf(ms: number | null | undefined, isPaused: boolean): number | null {
  if (typeof ms !== 'number' || !(ms >= 0)) return null
  return isPaused ? 0 : Math.min(ms, longestDelayMs)
}
