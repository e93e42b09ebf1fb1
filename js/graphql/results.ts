/** Converts the messages of a GraphQL response to results, and decides what the end of the response means. */

import { StreamError } from '../stream/errors.ts'
import { checkBody, essence, refuseStatus, refuseType } from '../stream/request.ts'
import { IncrementalResult, isPart } from './incremental.ts'
import { type Container, excerpt, isContainer } from './json-draft.ts'
import type { applyPatch } from './json-patch.ts'
import { type Protocol, protocolOf } from './messages.ts'
import { errorsOf } from './reported-errors.ts'
import type { ExecutionResult, GraphQLErrorLike } from './types.ts'

/** A response that ended without its protocol's end. */
export interface UnfinishedResponse {
  /** The protocol of the response. */
  readonly protocol: Protocol
  /** The number of results. */
  readonly results: number
  /** The last result. */
  readonly last: ExecutionResult | undefined
  /** Whether the last payload had `hasNext: false`. */
  readonly done: boolean
  /** Whether a result of the operation had data, in this response or in an earlier one. */
  readonly hadData: boolean
}

/**
 * Whether a response that ended without its protocol's end is complete. It is complete
 *
 * - after `hasNext: false`, because nothing is missing;
 * - after a result with errors if no result had data, because the server has refused the operation. Cosmo Router answers
 *   a request that it cannot execute in this way.
 *
 * In every other case the connection was lost. This includes a subscription that ends with errors after data, as Cosmo
 * Router ends it when a subgraph fails.
 */
export function isComplete({ last, done, hadData }: UnfinishedResponse): boolean {
  return done || (!hadData && errorsOf(last) !== undefined)
}

/** How the payloads of `@defer` and `@stream` are delivered: merged to whole results, or unchanged. */
export type IncrementalDelivery = 'merge' | 'raw'

/**
 * What merges the payloads of one response. `merge` returns the result after a payload, or undefined if nothing is new. It
 * throws a StreamError `malformed` for a payload that it cannot merge.
 */
export interface PayloadMerger {
  merge(payload: unknown): ExecutionResult | undefined
}

/** Makes the results of one operation from the payloads of its messages. */
export class OperationResults {
  /** The number of results. */
  count = 0
  /** The last result. */
  last: ExecutionResult | undefined
  /** Whether a result had data. */
  hadData = false
  /** Whether there was a second result outside of incremental delivery, which only subscriptions have. */
  hadSecond = false
  readonly #incremental: PayloadMerger | undefined
  readonly #patch: typeof applyPatch | undefined
  /** The server's last `hasNext` for the result; undefined if it sent none. */
  #hasNext: boolean | undefined

  /** `patch` applies a payload that is a JSON Patch to the previous result. */
  constructor(delivery: IncrementalDelivery | (() => PayloadMerger) = 'merge', patch?: typeof applyPatch) {
    this.#patch = patch
    if (delivery !== 'raw') this.#incremental = delivery === 'merge' ? new IncrementalResult() : delivery()
  }

  /**
   * Returns the result after a payload, which is a new object if the payload adds to the previous result. Returns undefined
   * if the payload adds nothing. Throws a StreamError `malformed` if it is no result, or refers to a missing place.
   */
  add(payload: unknown): ExecutionResult | undefined {
    const result = this.#resultOf(payload)
    if (result === undefined) return undefined
    this.count++
    this.last = result
    this.hadData ||= result.data !== undefined && result.data !== null
    return result
  }

  #resultOf(payload: unknown, isEnveloped = false): ExecutionResult | undefined {
    if (Array.isArray(payload) && this.#patch) {
      const patched = this.#patch(this.last, payload)
      this.hadSecond ||= this.count > 0
      if (isContainer(patched)) return patched as ExecutionResult
      throw noResult(patched)
    }
    if (!isContainer(payload) || Array.isArray(payload)) throw noResult(payload)
    // Spring may send an error that is not inside `errors`
    const isError = this.#incremental !== undefined && isBareError(payload)
    if (this.#incremental && !isError && !members.some(member => member in payload)) {
      // Strawberry uses the envelope of its multipart parts over SSE too
      if (isContainer(payload.payload) && !isEnveloped) return this.#resultOf(payload.payload, true)
      throw noResult(payload)
    }
    this.#note(payload)
    if (isError) return { errors: [payload as unknown as GraphQLErrorLike] }
    return this.#incremental ? this.#incremental.merge(payload) : payload
  }

  #note(payload: Container): void {
    if (typeof payload.hasNext === 'boolean') this.#hasNext = payload.hasNext
    else if (!isPart(payload) && ('data' in payload || !this.#hasNext)) {
      this.#hasNext = undefined
      this.hadSecond ||= this.count > 0
    }
  }

  /** Whether there is a complete result. A payload of incremental delivery may leave that open. */
  get isWhole(): boolean {
    const { last } = this
    if (last === undefined || this.#hasNext !== undefined) return this.#hasNext === false
    return !(last.hasNext === true || 'pending' in last)
  }

  /**
   * Throws a StreamError `malformed` if the operation is completed although the server has announced more, in a JSON
   * response or with a single result. Servers of subscriptions use `hasNext` for the following results.
   */
  checkComplete(protocol: Protocol, isSingle = false): void {
    if (protocol === 'json' ? this.last && !this.isWhole : isSingle && this.#hasNext)
      throw incomplete(protocol)
  }

  /** The argument for {@link isComplete} if the response ends now. */
  unfinished(protocol: Protocol): UnfinishedResponse {
    const { count, last, hadData } = this
    return { protocol, results: count, last, done: this.#hasNext === false, hadData }
  }
}

/** The members of a payload. Every payload has at least one of them. */
const members = [
  'data',
  'errors',
  'extensions',
  'hasNext',
  'incremental',
  'pending',
  'completed',
  'items',
] as const

function isBareError(payload: Record<string | number, unknown>): boolean {
  return typeof payload.message === 'string' && !members.slice(0, 2).some(member => member in payload)
}

/** What to do about a server that sends something else than GraphQL. */
const plainStream = 'read a plain event stream with EventSource or readEvents'

function noResult(payload: unknown): StreamError {
  return new StreamError(
    'malformed',
    `the payload is no GraphQL result, because it has neither data nor errors: ${excerpt(payload)}; ${plainStream}`,
  )
}

/**
 * Checks that a response has results. Resolves with its protocol, or with undefined if a 2xx response has no type. Rejects
 * with a StreamError for all others.
 *
 * - A stream of results is read with any status. JSON is read with any 2xx and 4xx status, because servers explain
 *   in it what is wrong with the request. The exceptions are 401, 408, 425, 429 and 5xx, after which the same request
 *   may succeed. They are `http-status` errors with the GraphQL errors of the body as `errors`.
 * - Every other response is an `http-status` or `content-type` error with its `body`.
 */
export async function checkResults(response: Response): Promise<Protocol | undefined> {
  const { status } = response
  const protocol = protocolOf(response)
  const isRefusal = status > 499 || [401, 408, 425, 429].includes(status)
  if (status > 299 && (protocol === undefined || (protocol === 'json' && isRefusal))) {
    throw await refuseResults(response)
  }
  if (protocol === undefined && !(response.body && ['', 'text/plain'].includes(essence(response)))) {
    throw await refuseType(response, 'text/event-stream, multipart/mixed or JSON')
  }
  checkBody(response)
  return protocol
}

/** The error for a response that is refused because of its status, with the GraphQL errors in its body. */
export async function refuseResults(response: Response): Promise<StreamError> {
  const error = await refuseStatus(response)
  let errors: readonly GraphQLErrorLike[] | undefined
  try {
    errors = errorsOf(error.json())
  } catch {
    // the body is not JSON, or longer than the part that is read
  }
  if (errors === undefined) return error
  const { code, message, status, headers, body } = error
  return new StreamError(code, `${message}: ${errors[0]?.message}`, { status, headers, body, errors })
}

/** The error for a response that ended too early. The errors of its last result may give the reason. */
export function brokenOff(last?: ExecutionResult): StreamError {
  const errors = errorsOf(last)
  const reason = errors ? `: ${errors[0]?.message}` : ''
  const message = last
    ? `the response ended before the operation was complete${reason}`
    : `the response ended before the first result; ${plainStream}`
  return new StreamError('ended', message, { errors })
}

function incomplete(protocol: Protocol): StreamError {
  const message = 'the result is incomplete: the server announced more of it (hasNext: true)'
  const reason =
    protocol === 'json'
      ? 'in a JSON response, which cannot bring it; deferred data needs a server that sends multipart/mixed or an event stream'
      : 'and completed the operation without it'
  return new StreamError('malformed', `${message} ${reason}`, { incomplete: true })
}
