/** Which requests may be sent again automatically. https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 */

import { type ReportedError, StreamError } from './errors.ts'
import type { AttemptEnd } from './types.ts'

/** [RFC 9110] and QUERY, which is safe: https://datatracker.ietf.org/doc/draft-ietf-httpbis-safe-method-w-body/ */
const idempotentMethods = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'QUERY']

/** Whether the method is idempotent: sending the request twice has the same effect as sending it once. */
export function isIdempotent(method: string): boolean {
  return idempotentMethods.includes(method.toUpperCase())
}

/**
 * Whether the request may be sent again automatically. No policy can override this. `previous` is the error of the
 * previous attempt, if there was one.
 *
 * [RFC 9110] a client should not automatically retry a request with a non-idempotent method, because it cannot know
 * whether the server executed it. A 401 refuses a request before it is executed, and may be answered once with new
 * credentials: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2
 */
export function mayRepeat({ idempotent, error }: AttemptEnd, previous: StreamError | undefined): boolean {
  // another attempt cannot help if the request can never be sent, or a function of the user threw
  if (error.code === 'invalid-request') return false
  return idempotent || (isFirst401(error, previous) && !isOfResolver(error.errors))
}

/** Whether the error is a 401 that does not follow another one: new credentials may help. */
export function isFirst401(error: StreamError, previous: StreamError | undefined): boolean {
  return error.status === 401 && previous?.status !== 401
}

/** Whether an error has a path. Then it comes from a resolver, and other resolvers may have had side effects. */
export function isOfResolver(errors: readonly ReportedError[] | undefined): boolean {
  return (errors ?? []).some(({ path }) => path)
}

/** The error for a request that another attempt might have helped, but that may not be repeated. */
export function notRepeated({ error, request: { method } }: AttemptEnd): StreamError {
  const note = `the ${method} request was not sent again, because it may have been carried out: set idempotent to true if it may be repeated`
  return new StreamError(error.code, `${error.message}; ${note}`, error)
}

/** Statuses after which the same request may succeed. */
const temporaryStatuses = [408, 425, 429, 500, 502, 503, 504]

/** Whether the error says nothing about the request, because the connection was lost. */
export function isConnectionLoss({ code }: StreamError): boolean {
  return ['network', 'ended', 'connect-timeout', 'idle-timeout', 'paused'].includes(code)
}

/** Whether the same request may succeed the next time: the connection was lost, or the server is busy or failing. */
export function isTemporary(error: StreamError): boolean {
  return isConnectionLoss(error) || temporaryStatuses.includes(error.status ?? 0)
}
