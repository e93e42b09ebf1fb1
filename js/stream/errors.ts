/** Errors as values with a closed list of codes: programs switch on `code`, people read `message`. */

/**
 * - `network`: the request failed or the connection broke off.
 * - `ended`: the server ended the stream.
 * - `connect-timeout`: the response's head did not come within `connectTimeout` of the attempt's beginning.
 * - `idle-timeout`: no byte came within `idleTimeout`: the connection is taken for dead.
 * - `paused`: the browser froze the page, or the page was hidden, with `disconnectWhenHidden`.
 * - `http-status`: the status is not 200 (`status` tells it).
 * - `content-type`: the response is not of a type this reader understands.
 * - `limit-exceeded`: a message is larger than the limit, or there is no memory for it.
 * - `malformed`: the bytes break the protocol.
 * - `transport`: the server told that the transport of a subscription failed (`errors` beside `payload: null`).
 * - `invalid-request`: the request can never be sent as the options ask for it, or a function of the options has
 *   thrown (`cause` is what it threw).
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
  /** The body of a refused response, at most 64 KiB of it. */
  body?: string | undefined
  /** The errors that the server reported in its answer. */
  errors?: readonly ReportedError[] | undefined
  /** Whether the stream ended within an event, which is lost, or without what was announced of a result. */
  incomplete?: boolean | undefined
  /** The error underneath. */
  cause?: unknown
}

/** Why a stream ended or could not be opened. */
export class StreamError extends Error {
  readonly code: StreamErrorCode
  readonly status: number | undefined
  readonly headers: Headers | undefined
  /** The body of a refused response as text, at most 64 KiB of it; undefined where none was refused. */
  readonly body: string | undefined
  readonly errors: readonly ReportedError[] | undefined
  /**
   * Whether the stream ended within an event, or without what the server had announced of a GraphQL result. What had
   * come of the event is dropped, as the standard has it.
   */
  readonly incomplete: boolean

  constructor(code: StreamErrorCode, message: string, details: StreamErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.name = 'StreamError'
    this.code = code
    ;({ status: this.status, headers: this.headers, body: this.body, errors: this.errors } = details)
    this.incomplete = details.incomplete ?? false
  }

  /** The body as JSON. Throws a SyntaxError where it is no JSON. */
  json(): unknown {
    return JSON.parse(this.body ?? '')
  }
}

/** Why, in words. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
