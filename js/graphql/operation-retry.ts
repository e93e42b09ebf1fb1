/** Whether, and when, an operation is sent again after an error. */

import type { StreamError } from '../stream/errors.ts'
import { exponentialBackoff } from '../stream/reconnect.ts'
import { isConnectionLoss } from '../stream/repeat.ts'
import type { RetryCause } from '../stream/types.ts'
import type { OperationKind } from './negotiation.ts'

/** When to connect again. */
export interface OperationRetryOptions {
  /** How many times to connect again before an operation fails, since its last result; 5 by default. */
  retryAttempts?: number
  /**
   * What to wait for before the attempt after next: a promise, as with graphql-sse, or a delay in milliseconds, or
   * null to give up. `retries` counts from 0. {@link exponentialBackoff} by default.
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
 * | `http-status` 408, 425, 429 and the 500s | yes |
 * | `transport` with the code SUBSCRIPTION_SCHEMA_RELOAD or SUBSCRIPTION_CONFIG_RELOAD | yes |
 * | everything else | no |
 */
export function isRetryable(error: StreamError): boolean {
  const { code, status = 0, errors = [] } = error
  if (isConnectionLoss(error)) return true
  if (code === 'http-status') return [408, 425, 429].includes(status) || (status >= 500 && status !== 501)
  return (
    code === 'transport' &&
    errors.some(({ extensions }) => /^SUBSCRIPTION_(SCHEMA|CONFIG)_RELOAD$/.test(String(extensions?.code)))
  )
}

/** The policy of the options, in the terms of the one loop. */
export function retryOf({ retry, retryAttempts = 5 }: OperationRetryOptions) {
  const backoff = exponentialBackoff()
  return (attempt: number, cause: RetryCause) => {
    if (!cause.retryable || attempt > retryAttempts) return null
    if (cause.error.status === 401) return 0
    return retry ? retry(attempt - 1, cause) : backoff(attempt, cause)
  }
}

/** Judges an error of an operation; `isBegun` tells whether the server may have begun to execute it. */
export type RetryRule = (error: StreamError, isBegun: boolean) => boolean

/**
 * Whether the errors of one operation are worth another attempt: as the options say, but that a 401 is answered once
 * with fresh headers, and a mutation that may have begun is never sent again. Without a `kind` it is for a connection
 * that no operation needs yet.
 */
export function retryRule(
  {
    headers,
    isRetryable: rule = isRetryable,
  }: Pick<OperationRetryOptions, 'isRetryable'> & { headers?: unknown },
  kind?: OperationKind,
): RetryRule {
  let hasRefreshed = false
  return (error, isBegun) => {
    // a token may have expired: fresh headers heal that, once
    hasRefreshed = error.status === 401 && typeof headers === 'function' && !hasRefreshed
    // whether a mutation was executed before its answer broke off, nobody knows
    return !(kind === 'mutation' && isBegun) && (hasRefreshed || rule(error))
  }
}
