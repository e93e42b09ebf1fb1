/** Streams that a POST begins and a GET resumes. */

import { resolveValue } from '../stream/request.ts'
import type { Attempt, EventSourceOptions } from '../stream/types.ts'

/** The options of {@link resumeByGet}, beside those of the EventSource. */
export interface ResumeByGetOptions extends EventSourceOptions {
  /** The headers of the first response that a GET sends back; `Mcp-Session-Id` by default. */
  sessionHeaders?: readonly string[] | undefined
}

/**
 * Makes the options of a stream that a POST begins and a GET resumes, as in MCP's streamable HTTP and LangGraph.
 *
 * ```ts
 * new EventSource('/mcp', resumeByGet({ headers, json: call }))
 * ```
 *
 * Until there is an id to resume from, the request is the one of `options`, a POST by default, and is not sent again.
 * Once there is one, which the option `lastEventId` may give, it is a GET without a body, which may be repeated: with
 * `Last-Event-ID`, with the same headers but `Content-Type`, with the session headers of the first response, and to its
 * `Location` where that is of the same origin. A 401 is followed by one more request, also if `headers` is not a function.
 *
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery
 */
export function resumeByGet(options: ResumeByGetOptions): EventSourceOptions {
  const {
    sessionHeaders = ['mcp-session-id'],
    method = 'POST',
    headers,
    body,
    json,
    url,
    ...others
  } = options
  const resumes = ({ lastEventId }: Attempt) => lastEventId !== ''
  return {
    ...others,
    url: async attempt =>
      (resumes(attempt) && locationOf(attempt.response)) || (await resolveValue(url, attempt)),
    method: attempt => (resumes(attempt) ? 'GET' : resolveValue(method, attempt)),
    ...(body && { body: attempt => (resumes(attempt) ? null : resolveValue(body, attempt)) }),
    ...(json !== undefined && {
      json: attempt => (resumes(attempt) ? undefined : resolveValue(json, attempt)),
    }),
    async headers(attempt) {
      const own = new Headers(await resolveValue(headers, attempt))
      if (!resumes(attempt)) return own
      own.delete('content-type')
      for (const name of sessionHeaders) {
        const value = attempt.response?.headers.get(name)
        if (value) own.set(name, value)
      }
      return own
    },
  }
}

function locationOf(response: Response | undefined): URL | undefined {
  const location = response?.headers.get('location')
  // the headers are meant for the requested origin, and a redirect may have led to another
  if (!response || response.redirected || !location) return undefined
  const url = new URL(location, response.url)
  return url.origin === new URL(response.url).origin ? url : undefined
}
