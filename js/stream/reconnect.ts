/** When to connect again. It neither fetches nor parses; time and chance are arguments. */

import type { StreamError } from './errors.ts'
import { isTemporary, mayRepeat, notRepeated } from './repeat.ts'
import type { RetryCause, RetryPolicy } from './types.ts'
import { delay, orAborted } from './wait.ts'

/** The longest delay that a timer can hold; a longer one would fire at once. */
export const longestDelayMs = 2 ** 31 - 1

/**
 * The standard's rule: after a network error or the end of the stream, again after the reconnection time; after any
 * other cause never.
 */
export const standardRetry: RetryPolicy = (_attempt, cause) =>
  cause.retryable ? cause.reconnectionTime : null

/** How long {@link exponentialBackoff} waits; all are optional. */
export interface BackoffOptions {
  /** The ceiling of the first delay in milliseconds; 1,000 by default. */
  baseMs?: number
  /** What the ceiling grows by from one attempt to the next; 2 by default. */
  factor?: number
  /** The largest ceiling in milliseconds; 30,000 by default. */
  capMs?: number
  /** How many times to connect again before giving up; without end by default. */
  attempts?: number
  /** Chance, from 0 up to 1; `Math.random` by default. */
  random?: () => number
}

/**
 * Exponential backoff with full jitter: a delay by chance between zero and a ceiling that grows with every attempt,
 * so that the clients of a server that comes back do not come all at once. The server's `retry` is a floor under it,
 * up to the cap; its `Retry-After` is obeyed whatever the cap. Null after causes that are not retryable.
 */
export function exponentialBackoff(options: BackoffOptions = {}): RetryPolicy {
  const { baseMs = 1000, factor = 2, capMs = 30_000, attempts = Infinity, random = Math.random } = options
  return (attempt, cause) => {
    if (!cause.retryable || attempt > attempts) return null
    const delay = random() * Math.min(capMs, baseMs * factor ** (attempt - 1))
    return Math.max(delay, Math.min(capMs, cause.reconnectionTime), retryAfterMs(cause.error) ?? 0)
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

export interface ReconnectOptions {
  /** Makes one attempt and resolves with what ended it, or with undefined where nothing is left to do. */
  attempt: () => Promise<RetryCause | undefined>
  /**
   * A policy; or, instead of a delay, a promise that is settled when it is time. It is not asked where the request may
   * not be sent again by itself.
   */
  retry: (attempt: number, cause: RetryCause) => ReturnType<RetryPolicy> | Promise<unknown>
  /** Told after every attempt that something ended; `delay` is null when it was the last. */
  onEnded: (error: StreamError, delay: number | null) => void
  /** Aborting it ends the loop in silence, wherever it is. */
  signal: AbortSignal
  /** Waits some milliseconds, less when the signal aborts. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>
}

/**
 * Makes attempts, one after the other, until one leaves nothing to do, the request may not be sent again by itself, or
 * the policy or the signal ends it. Resolves with the error that was not followed by another attempt. Rejects with what an attempt or the policy rejects with.
 */
export async function reconnect({
  attempt,
  retry,
  onEnded,
  signal,
  wait = delay,
}: ReconnectOptions): Promise<StreamError | undefined> {
  let previous: StreamError | undefined
  for (let failures = 1; ; failures++) {
    const cause = await attempt()
    if (signal.aborted || cause === undefined) return undefined
    if (!mayRepeat(cause, previous)) {
      const error = isTemporary(cause.error) ? notRepeated(cause) : cause.error
      onEnded(error, null)
      return error
    }
    previous = cause.error
    if (cause.received > 0) failures = 1
    const answer = retry(failures, cause)
    const ms = answer instanceof Promise ? 0 : clampDelay(answer)
    onEnded(cause.error, ms)
    if (ms === null) return cause.error
    await (answer instanceof Promise ? orAborted(answer, signal) : wait(ms, signal))
    if (signal.aborted) return undefined
  }
}

/** A delay that a timer can hold. What is no delay at all ends the loop: taken for 0, it would be a storm. */
function clampDelay(ms: number | null): number | null {
  return ms !== null && ms >= 0 ? Math.min(ms, longestDelayMs) : null
}
