/** The error of graphql-sse 2 for whatever another attempt may mend. */

import { StreamError } from '../stream/errors.ts'

/** The members of a response by which it is recognized, whatever `fetch` made it. */
export interface ResponseLike {
  /** Whether the status is 2xx. */
  readonly ok: boolean
  /** The status. */
  readonly status: number
  /** The status's text. */
  readonly statusText: string
}

/** The server could not be reached, refused a request with its status, or closed the stream before `complete`. */
export class NetworkError<Response extends ResponseLike = ResponseLike> extends Error {
  /** The refusal, with its body unread; undefined if there was no response. */
  response: Response | undefined

  constructor(msgOrErrOrResponse: string | Error | Response) {
    const response = isResponseLike(msgOrErrOrResponse) ? msgOrErrOrResponse : undefined
    super(
      response
        ? `Server responded with ${response.status}: ${response.statusText}`
        : ((msgOrErrOrResponse as Error | undefined)?.message ?? String(msgOrErrOrResponse)),
    )
    this.name = 'NetworkError'
    this.response = response as Response | undefined
  }
}

function isResponseLike(value: unknown): value is ResponseLike {
  const { ok, status, statusText } = (value ?? {}) as Partial<ResponseLike>
  return typeof ok === 'boolean' && typeof status === 'number' && typeof statusText === 'string'
}

/** The error that graphql-sse gives for an error of this library. Its `cause` is that error. */
export function asNetworkError(error: unknown): unknown {
  if (!(error instanceof StreamError)) return error
  if (error.cause instanceof NetworkError) return error.cause
  if (error.code !== 'network' && error.code !== 'ended') return error
  if (error.status === 404) {
    const { body = null, headers = [], status } = error
    return new NetworkError(new Response(body, { status, statusText: 'Not Found', headers }))
  }
  const isEnd = error.code === 'ended' || !(error.cause instanceof Error)
  const made = new NetworkError(
    isEnd ? 'Connection closed while having active streams' : (error.cause as Error),
  )
  made.cause = error
  return made
}
