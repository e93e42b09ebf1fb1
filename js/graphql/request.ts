/** Makes the request of an operation. */

import { StreamError } from '../stream/errors.ts'
import { applyPatch } from './json-patch.ts'
import { type PrintDocument, queryText } from './query-text.ts'
import type { Operation, OperationKind } from './types.ts'
import { multipartRequestBody } from './uploads.ts'

/** The request of an operation. */
export interface OperationRequest {
  /** The address of the request. */
  readonly url: string
  /** The HTTP method. */
  readonly method: string
  /** Headers in addition to the client's. */
  readonly headers?: Record<string, string> | undefined
  /** The body of a POST. */
  readonly body?: string | FormData | undefined
  /** Whether results may be JSON Patches of the previous result. If not, such results are errors. */
  readonly patch?: typeof applyPatch | undefined
}

/** The options that a {@link BuildRequest} receives with the operation. */
export interface RequestContext {
  /** The server's address, from the client's options. */
  readonly url: string
  /** The method of the client's options, but `POST` for a mutation, because a GET must not have side effects. */
  readonly method: 'GET' | 'POST'
  /** The `print` of the client's options. */
  readonly print?: PrintDocument | undefined
}

/**
 * Makes the request of an operation as the options say.
 *
 * [GraphQL over HTTP] GET requests must not be used for executing mutations, so these are sent with POST. Throws a
 * StreamError `invalid-request` if the user's function makes a GET request for a mutation.
 */
export function buildRequest(
  operation: Operation,
  kind: OperationKind,
  url: string,
  options: {
    method?: 'GET' | 'POST' | undefined
    print?: PrintDocument
    buildRequest?: BuildRequest
  },
): OperationRequest {
  const { print, buildRequest = graphqlRequest } = options
  const method = (kind !== 'mutation' && options.method) || 'POST'
  const request = buildRequest(operation, { url, method, print })
  if (kind === 'mutation' && /^(GET|HEAD)$/i.test(request.method)) {
    throw new StreamError(
      'invalid-request',
      'buildRequest made a GET of a mutation: use POST, because caches and proxies may repeat a GET',
    )
  }
  return request
}

/** Makes the request of an operation. The client adds `Accept` and the headers of its options. */
// biome-ignore lint/suspicious/noExplicitAny: an operation with variables of any type
export type BuildRequest = (operation: Operation<any, any>, context: RequestContext) => OperationRequest

/**
 * Makes a GraphQL over HTTP request: parameters as JSON in the body of a POST, or in the URL of a GET. An empty query
 * is left out, for persisted operations. Files in variables are sent as a GraphQL multipart request, by POST only.
 * https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters
 */
export const graphqlRequest: BuildRequest = (operation, { url, method, print }) => {
  const { query, operationName, variables, extensions, documentId } = operation
  const parameters = {
    query: query === undefined ? undefined : queryText(query, print) || undefined,
    documentId,
    operationName: operationName ?? undefined,
    variables: variables ?? undefined,
    extensions: extensions ?? undefined,
  }
  const files = multipartRequestBody(parameters)
  if (method === 'POST') {
    // fetch sets the Content-Type of a FormData
    if (files) return { url, method, body: files }
    return {
      url,
      method,
      headers: { 'content-type': 'application/json' },
      body: stringify(parameters),
    }
  }
  if (files) throw new StreamError('invalid-request', 'a GET cannot have files in its variables: use POST')
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) search.set(name, typeof value === 'string' ? value : stringify(value))
  }
  // Apollo Server accepts a GET only if another site's page could not have sent it without a preflight. Across origins the header would
  // cost a preflight that other servers do not answer.
  const headers: Record<string, string> = isSameOrigin(url) ? { 'apollo-require-preflight': 'true' } : {}
  return { url: withSearch(url, search), method, headers }
}

/** Whether a request to `url` stays within the page's origin, or there is no page. */
function isSameOrigin(url: string): boolean {
  const { location, document } = globalThis
  try {
    return (
      location === undefined || new URL(url, document?.baseURI ?? location.href).origin === location.origin
    )
  } catch {
    return false
  }
}

/**
 * Makes the requests of WunderGraph operations: GET `URL/operations/NAME`, where URL is the client's and NAME the
 * `operationName`. `jsonPatch` lets the server send changes instead of whole results, `live` turns a query into a live
 * query, and `once` asks for one result only. All are false by default.
 *
 * The returned function throws a StreamError `invalid-request` for an operation without `operationName`.
 */
export function wundergraphRequest(
  options: { jsonPatch?: boolean; live?: boolean; once?: boolean } = {},
): BuildRequest {
  return ({ operationName, variables }, { url }) => {
    if (!operationName)
      throw new StreamError(
        'invalid-request',
        'a WunderGraph operation is asked for by its name: set operationName',
      )
    const search = new URLSearchParams()
    if (variables) search.set('wg_variables', stringify(variables))
    search.set('wg_sse', 'true')
    if (options.jsonPatch) search.set('wg_json_patch', 'true')
    if (options.live) search.set('wg_live', 'true')
    if (options.once) search.set('wg_subscribe_once', 'true')
    const path = operationName.split('/').map(encodeURIComponent).join('/')
    return {
      url: withSearch(`${url.replace(/\/$/, '')}/operations/${path}`, search),
      method: 'GET',
      patch: applyPatch,
    }
  }
}

/** `url` with the parameters added to its own. */
export function withSearch(url: string, search: URLSearchParams): string {
  const [address = ''] = url.split('#') // a fragment is never sent
  return `${address}${address.includes('?') ? '&' : '?'}${search}`
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw new StreamError(
      'invalid-request',
      `the variables or extensions cannot be written as JSON: ${cause}`,
      { cause },
    )
  }
}
