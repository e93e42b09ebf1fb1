/** Whether, and when, an operation is sent again after an error. */

import { StreamError } from '../stream/errors.ts'
import type { Until } from '../stream/reconnect.ts'
import { isConnectionLoss, isOfResolver } from '../stream/repeat.ts'
import type { RetryCause } from '../stream/types.ts'
import { errorsOf, hasCode } from './reported-errors.ts'
import type { ExecutionResult } from './types.ts'

/** When to connect again. */
export interface OperationRetryOptions {
  /** How many times in a row to connect again before an operation fails; 5 by default. */
  retryAttempts?: number
  /**
   * For how many milliseconds a stream must have been alive, from the head of the response to its last byte, for the
   * counting of attempts to start over; 5,000 by default.
   */
  healthyAfter?: number
  /**
   * How long to wait before the next attempt: a number of milliseconds, null to give up, or, as with graphql-sse, a
   * promise that is settled when it is time, or that resolves with such a number or null. `retries` counts from 0. By default 1 s, then twice as long each time up
   * to 30 s, and a random 0.3 to 3 s more; longer where the server asks for it (`retry`, `Retry-After`).
   *
   * It is not called for a mutation, nor for an operation of unknown kind: see {@link Operation.idempotent}.
   */
  retry?: (retries: number, cause: RetryCause) => number | null | Promise<unknown>
  /** Whether to connect again after an error; {@link isRetryable} by default. */
  isRetryable?: (error: StreamError) => boolean
}

/**
 * Whether an operation is worth another attempt after an error:
 *
 * | error | retried |
 * |---|---|
 * | `network`, `ended`, `connect-timeout`, `idle-timeout`, `paused` | yes |
 * | `http-status` 408, 425, 429 and 5xx, except 501 | yes |
 * | `transport` with the code SUBSCRIPTION_SCHEMA_RELOAD or SUBSCRIPTION_CONFIG_RELOAD | yes |
 * | everything else | no |
 */
export function isRetryable(error: StreamError): boolean {
  const { code, status = 0, errors } = error
  if (isConnectionLoss(error)) return true
  if (code === 'http-status') return [408, 425, 429].includes(status) || (status >= 500 && status !== 501)
  return code === 'transport' && hasCode(errors, /^SUBSCRIPTION_(SCHEMA|CONFIG)_RELOAD$/)
}

/**
 * The policy for one operation, or for a connection that no operation needs yet. A 401 is answered with fresh headers
 * at once, but not twice in a row: a token may have expired, and the next one may be refused too.
 */
export class OperationRetry {
  readonly #options: OperationRetryOptions & { headers?: unknown }
  #isRefreshing = false

  constructor(options: OperationRetryOptions & { headers?: unknown }) {
    this.#options = options
  }

  /** Whether to connect again after the error that has just ended an attempt. */
  isRetryable(error: StreamError): boolean {
    const { isRetryable: rule = isRetryable } = this.#options
    this.#isRefreshing = error.status === 401 && this.#canRefresh
    return this.#isRefreshing || rule(error)
  }

  /** The delay before the next attempt; see {@link OperationRetryOptions.retry}. */
  delay(attempt: number, cause: RetryCause): number | null | Until {
    const { retry, retryAttempts = 5 } = this.#options
    if (!cause.retryable || attempt > retryAttempts) return null
    if (this.#isRefreshing) return 0
    const answer = retry ? retry(attempt - 1, cause) : defaultDelay(attempt, cause)
    return typeof answer === 'object' && answer !== null ? { until: answer } : answer
  }

  /**
   * The 401 that a result means which says UNAUTHENTICATED and has no data; undefined where it says something else, or
   * where the policy has no answer to a 401. A request that must not be repeated counts as refused only where no error
   * has a path: with a path it comes from a resolver, and others may have done their work.
   */
  unauthenticated(result: ExecutionResult, isRepeatable: boolean): StreamError | undefined {
    const errors = errorsOf(result)
    if (!isRepeatable && isOfResolver(errors)) return undefined
    if (result.data || !hasCode(errors, /^UNAUTHENTICATED$/)) return undefined
    const message = `the server answered UNAUTHENTICATED: ${errors?.[0]?.message}`
    const error = new StreamError('http-status', message, { status: 401, errors })
    return this.#canRefresh || this.#options.isRetryable?.(error) ? error : undefined
  }

  get #canRefresh(): boolean {
    return typeof this.#options.headers === 'function' && !this.#isRefreshing
  }
}

/** graphql-sse's own delays, so that the same number of attempts holds out as long. */
function defaultDelay(attempt: number, { reconnectionTime = 0, retryAfter = 0 }: RetryCause): number {
  const delay = Math.min(30_000, 1000 * 2 ** (attempt - 1)) + 300 + Math.random() * 2700
  return Math.max(delay, reconnectionTime, retryAfter)
}
