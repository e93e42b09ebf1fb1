/** Errors as values with a closed list of codes: programs switch on `code`, people read `message`. */

/**
 * - `network`: the request failed or the connection broke off.
 * - `ended`: the server ended the stream.
 * - `connect-timeout`: the response's head did not arrive within `connectTimeout` of the attempt's beginning.
 * - `idle-timeout`: no byte arrived within `idleTimeout`, so the connection is considered dead.
 * - `paused`: the browser froze the page, or the page was hidden, with `disconnectWhenHidden`.
 * - `http-status`: the response has an error status (see `status`).
 * - `content-type`: the response has a type that this reader does not support.
 * - `limit-exceeded`: a message is larger than the limit, or there is no memory for it.
 * - `malformed`: the bytes violate the protocol.
 * - `transport`: the server reported that the transport of a subscription failed (`errors` beside `payload: null`).
 * - `invalid-request`: the request cannot be sent with these options, or a function of the options threw (`cause` is what
 *   it threw).
 * - `unsupported`: this runtime cannot load the parser, neither as WebAssembly nor as JavaScript.
 */
export type StreamErrorCode =
  | 'network'
  | 'ended'
  | 'connect-timeout'
  | 'idle-timeout'
  | 'paused'
  | 'http-status'
  | 'content-type'
  | 'limit-exceeded'
  | 'malformed'
  | 'transport'
  | 'invalid-request'
  | 'unsupported'

/** An error that a server reports in a response, in GraphQL's form. */
export interface ReportedError {
  /** The server's message. */
  readonly message: string
  /** The places in the document, counted from 1. */
  readonly locations?: readonly { readonly line: number; readonly column: number }[]
  /** The path of the field in the result. */
  readonly path?: readonly (string | number)[]
  /** The server's details, often with a `code`. */
  readonly extensions?: { readonly [name: string]: unknown }
}

/** The details of a {@link StreamError}. */
export interface StreamErrorDetails {
  /** The response's status, if there was a response. */
  status?: number | undefined
  /** The response's headers, if there was a response. */
  headers?: Headers | undefined
  /** The body of a refused response, at most 64 KiB of it. */
  body?: string | undefined
  /** The errors that the server reported in its response. */
  errors?: readonly ReportedError[] | undefined
  /** Whether the stream ended within an event, which is lost, or before the announced rest of a result. */
  incomplete?: boolean | undefined
  /** The underlying error. */
  cause?: unknown
}

/** Why a stream ended or could not be opened. */
export class StreamError extends Error {
  /** The kind of the error. */
  readonly code: StreamErrorCode
  /** The response's status, if there was a response. */
  readonly status: number | undefined
  /** The response's headers, if there was a response. */
  readonly headers: Headers | undefined
  /** The body of a refused response as text, at most 64 KiB of it; undefined if no response was refused. */
  readonly body: string | undefined
  /** The errors that the server reported in its response. */
  readonly errors: readonly ReportedError[] | undefined
  /**
   * Whether the stream ended within an event, or before the announced rest of a GraphQL result. The incomplete event is
   * dropped, as the standard requires.
   */
  readonly incomplete: boolean

  constructor(code: StreamErrorCode, message: string, details: StreamErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.name = 'StreamError'
    this.code = code
    ;({ status: this.status, headers: this.headers, body: this.body, errors: this.errors } = details)
    this.incomplete = details.incomplete ?? false
  }

  /** The body as JSON. Throws a SyntaxError if it is not JSON. */
  json(): unknown {
    return JSON.parse(this.body ?? '')
  }
}

/** The message of an error, or a value as text. Node says only "fetch failed" or "terminated", and why in its cause. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const { message, code } = (cause.cause ?? {}) as { message?: string; code?: string }
  const why = message || code
  // our own messages have the cause's already
  return why && !cause.message.includes(why) ? `${cause.message} (${why})` : cause.message
}
