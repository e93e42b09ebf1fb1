/** Errors as values with a closed list of codes: programs switch on `code`, people read `message`. */

/**
 * - `network`: the request failed or the connection broke off.
 * - `ended`: the server ended the stream.
 * - `connect-timeout`: the response's head did not come within `connectTimeout`.
 * - `idle-timeout`: no byte came within `idleTimeout`: the connection is taken for dead.
 * - `paused`: the page was hidden, with `pauseWhenHidden`.
 * - `http-status`: the status is not 200 (`status` tells it).
 * - `content-type`: the response is not of a type this reader understands.
 * - `limit-exceeded`: a message is larger than the limit, or there is no memory for it.
 * - `malformed`: the bytes break the protocol.
 * - `transport`: the server told that the transport of a subscription failed (`errors` beside `payload: null`).
 * - `invalid-request`: the request cannot be sent as the options ask for it.
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

/** An error as a server reports it in an answer, in the form that GraphQL gives it. */
export interface ReportedError {
  readonly message: string
  readonly locations?: readonly { readonly line: number; readonly column: number }[]
  readonly path?: readonly (string | number)[]
  readonly extensions?: { readonly [name: string]: unknown }
}

/** What a {@link StreamError} knows beside its message. */
export interface StreamErrorDetails {
  /** The response's status, where there was a response. */
  status?: number | undefined
  /** The response's headers, where there was a response. */
  headers?: Headers | undefined
  /** The beginning of a refused response's body, at most 1,024 characters. */
  excerpt?: string | undefined
  /** The errors that the server reported in its answer. */
  errors?: readonly ReportedError[] | undefined
  /** The error underneath. */
  cause?: unknown
}

/** Why a stream ended or could not be opened. */
export class StreamError extends Error {
  readonly code: StreamErrorCode
  readonly status: number | undefined
  readonly headers: Headers | undefined
  readonly excerpt: string | undefined
  readonly errors: readonly ReportedError[] | undefined

  constructor(code: StreamErrorCode, message: string, details: StreamErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.name = 'StreamError'
    this.code = code
    ;({ status: this.status, headers: this.headers, excerpt: this.excerpt, errors: this.errors } = details)
  }
}
