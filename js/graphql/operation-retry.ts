/** Whether, and when, an operation is sent again after an error. */

import { StreamError } from '../stream/errors.ts'
import { isConnectionLoss, isFirst401, isOfResolver } from '../stream/repeat.ts'
import type { RetryCause, RetryPolicy } from '../stream/types.ts'
import { errorsOf, hasCode } from './reported-errors.ts'
import type { ExecutionResult } from './types.ts'

export const defaultMaxRetries = 5

/** When to reconnect. */
export interface OperationRetryOptions {
  /** How many times in a row to reconnect before an operation fails; 5 by default. */
  maxRetries?: number | undefined
  /**
   * How long, in milliseconds, a stream must have been alive, from the head of the response to its last byte, for the count
   * of attempts to start over; 5,000 by default.
   */
  healthyAfter?: number | undefined
  /**
   * How long to wait before the next attempt, as for an EventSource. By default 1 s, then twice as long each time up to
   * 30 s, and a random 0.3 to 3 s more; longer where the server asks for it (`retry`, `Retry-After`).
   *
   * It is not called for a mutation, nor for an operation of unknown kind: see {@link Operation.idempotent}.
   */
  retry?: RetryPolicy | undefined
  /** Whether to reconnect after an error; {@link isRetryable} by default. */
  isRetryable?: ((error: StreamError) => boolean) | undefined
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
 * The policy for one operation, or for a connection that no operation needs yet. After a 401 the request is sent again at
 * once with fresh headers, because a token may have expired, but not twice in a row.
 */
export class OperationRetry {
  readonly #options: OperationRetryOptions & { headers?: unknown }
  /** The error of the attempt before. */
  #previous: StreamError | undefined

  constructor(options: OperationRetryOptions & { headers?: unknown }) {
    this.#options = options
  }

  /** Whether to reconnect after the error that has just ended an attempt. */
  isRetryable(error: StreamError): boolean {
    const { isRetryable: rule = isRetryable } = this.#options
    const isRefresh = this.#canRefresh(error)
    this.#previous = error
    return isRefresh || rule(error)
  }

  /** The delay before the next attempt; see {@link OperationRetryOptions.retry}. */
  delay(attempt: number, cause: RetryCause): ReturnType<RetryPolicy> {
    const { retry = defaultDelay } = this.#options
    return cause.retryable ? retry(attempt, cause) : null
  }

  /**
   * Returns the 401 error for a result without data whose errors have the code UNAUTHENTICATED; undefined for other results,
   * or if the policy does not retry after a 401. A request that must not be repeated counts as refused only if no error has a
   * path, because an error with a path comes from a resolver, and other resolvers may have had side effects.
   */
  unauthenticated(result: ExecutionResult, isRepeatable: boolean): StreamError | undefined {
    const errors = errorsOf(result)
    if (!isRepeatable && isOfResolver(errors)) return undefined
    if (result.data || !hasCode(errors, /^UNAUTHENTICATED$/)) return undefined
    const message = `the server answered UNAUTHENTICATED: ${errors?.[0]?.message}`
    const error = new StreamError('http-status', message, { status: 401, errors })
    return this.#canRefresh(error) || this.#options.isRetryable?.(error) ? error : undefined
  }

  #canRefresh(error: StreamError): boolean {
    return typeof this.#options.headers === 'function' && isFirst401(error, this.#previous)
  }
}

/** graphql-sse's own delays, so that the same number of attempts lasts as long. */
function defaultDelay(attempt: number, { reconnectionTime = 0, retryAfter = 0 }: RetryCause): number {
  const delay = Math.min(30_000, 1000 * 2 ** (attempt - 1)) + 300 + Math.random() * 2700
  return Math.max(delay, reconnectionTime, retryAfter)
}
