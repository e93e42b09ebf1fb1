/** When to connect again. It neither fetches nor parses; time is an argument. */

import type { StreamError } from './errors.ts'
import type { RetryCause, RetryPolicy } from './types.ts'

/** The longest delay that a timer can hold; a longer one would fire at once. */
const longestDelayMs = 2 ** 31 - 1

/**
 * The standard's rule, with one addition: after a network error or the end of the stream, again after the
 * reconnection time; after any other cause never. A request that is not a GET is not replayed blindly: once its
 * answer has begun, it is sent again only where a last event id lets the server resume.
 */
export const standardRetry: RetryPolicy = (_attempt, cause) =>
  cause.retryable && !isBlindReplay(cause) ? cause.reconnectionTime : null

function isBlindReplay({ method, lastEventId, received, error }: RetryCause): boolean {
  return method !== 'GET' && lastEventId === '' && (received > 0 || error.code === 'ended')
}

export interface ReconnectOptions {
  /** Makes one attempt and resolves with what ended it; never rejects. */
  attempt: () => Promise<RetryCause>
  retry: RetryPolicy
  /** Told after every attempt; `delay` is null when it was the last. */
  onEnded: (error: StreamError, delay: number | null) => void
  /** Aborting it ends the loop in silence, wherever it is. */
  signal: AbortSignal
  /** Waits some milliseconds, less when the signal aborts. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Makes attempts, one after the other, until the policy or the signal ends it. */
export async function reconnect({
  attempt,
  retry,
  onEnded,
  signal,
  wait = delay,
}: ReconnectOptions): Promise<void> {
  for (let failures = 1; ; failures++) {
    const cause = await attempt()
    if (signal.aborted) return
    if (cause.received > 0) failures = 1
    const ms = clampDelay(retry(failures, cause))
    onEnded(cause.error, ms)
    if (ms === null) return
    await wait(ms, signal)
    if (signal.aborted) return
  }
}

/** A delay that a timer can hold. What is no delay at all ends the loop: taken for 0, it would be a storm. */
function clampDelay(ms: number | null): number | null {
  return ms !== null && ms >= 0 ? Math.min(ms, longestDelayMs) : null
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
