/** Which requests may be sent again by themselves. https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 */

import { type ReportedError, StreamError } from './errors.ts'
import type { AttemptEnd } from './types.ts'

/** [RFC 9110] and QUERY, which is safe: https://datatracker.ietf.org/doc/draft-ietf-httpbis-safe-method-w-body/ */
const idempotentMethods = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'QUERY']

/** Whether sending a request of this method twice does no more than sending it once. */
export function isIdempotent(method: string): boolean {
  return idempotentMethods.includes(method.toUpperCase())
}

/**
 * Whether the request may be sent again by itself, whatever a policy would say. `previous` is the error of the attempt
 * before, if there was one.
 *
 * [RFC 9110] a client should not automatically retry a request with a non-idempotent method: nobody can know whether it
 * was carried out. A 401 is a refusal before the request was carried out, and may be answered once with new
 * credentials, see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2
 */
export function mayRepeat({ idempotent, error }: AttemptEnd, previous: StreamError | undefined): boolean {
  // what can never be sent, and what a function of the user has thrown, stays so
  if (error.code === 'invalid-request') return false
  const isRefused = error.status === 401 && !isOfResolver(error.errors)
  return idempotent || (isRefused && previous?.status !== 401)
}

/** Whether an error has a path. It comes from a resolver then, and other resolvers may have done their work. */
export function isOfResolver(errors: readonly ReportedError[] | undefined): boolean {
  return (errors ?? []).some(({ path }) => path)
}

/** The error for a request that another attempt might have healed and that may not be repeated. */
export function notRepeated({ error, request: { method } }: AttemptEnd): StreamError {
  const note = `the ${method} request was not sent again, because it may have been carried out: set idempotent to true if it may be repeated`
  return new StreamError(error.code, `${error.message}; ${note}`, error)
}

/** Statuses after which the same request may fare better. */
const temporaryStatuses = [408, 425, 429, 500, 502, 503, 504]

/** Whether the error says nothing of the request: the connection was lost. */
export function isConnectionLoss({ code }: StreamError): boolean {
  return ['network', 'ended', 'connect-timeout', 'idle-timeout', 'paused'].includes(code)
}

/** Whether the same request may fare better the next time: the connection was lost, or the server is busy or ill. */
export function isTemporary(error: StreamError): boolean {
  return isConnectionLoss(error) || temporaryStatuses.includes(error.status ?? 0)
}
