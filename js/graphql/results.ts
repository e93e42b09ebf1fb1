/** From the messages of a GraphQL response to results, and what the end of the response means. */

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
  /** How the response carries results. */
  readonly protocol: Protocol
  /** How many results it had. */
  readonly results: number
  /** The last result. */
  readonly last: ExecutionResult | undefined
  /** Whether the last payload said `hasNext: false`. */
  readonly done: boolean
  /** Whether a result of the operation had data, in this response or in one before it. */
  readonly hadData: boolean
}

/**
 * Whether a response is complete although it ended without its protocol's end. It is complete
 *
 * - after `hasNext: false`, because nothing is missing;
 * - after a result with errors where no result had data, because the server has refused the operation: this is how
 *   Cosmo Router answers a request that it cannot execute.
 *
 * In every other case the response has broken off, also where a subscription that had delivered data ends with errors:
 * this is how Cosmo Router ends it when a subgraph dies.
 */
export function isComplete({ last, done, hadData }: UnfinishedResponse): boolean {
  return done || (!hadData && errorsOf(last) !== undefined)
}

/** How the payloads of `@defer` and `@stream` are delivered: merged to whole results, or as they came. */
export type IncrementalDelivery = 'merge' | 'raw'

/** Makes the results of one operation out of the payloads of its messages. */
export class OperationResults {
  /** How many results there were. */
  count = 0
  /** The last result. */
  last: ExecutionResult | undefined
  /** Whether one of them had data. */
  hadData = false
  /** Whether there was a second result that is none of incremental delivery, as only subscriptions have it. */
  hadSecond = false
  readonly #incremental: IncrementalResult | undefined
  readonly #patch: typeof applyPatch | undefined
  /** What the server has said of the result last; undefined where it has said nothing. */
  #hasNext: boolean | undefined

  /** `patch` applies a payload that is a JSON Patch to the result before. */
  constructor(delivery: IncrementalDelivery = 'merge', patch?: typeof applyPatch) {
    this.#patch = patch
    this.#incremental = delivery === 'merge' ? new IncrementalResult() : undefined
  }

  /**
   * The result that a payload makes: a new object where it adds to the result before. Undefined when the payload adds
   * nothing. Throws a StreamError `malformed` when it is no result, or refers to something that does not exist.
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

  /** Whether there is a result of which no more is to come. A payload of incremental delivery may leave that open. */
  get isWhole(): boolean {
    const { last } = this
    if (last === undefined || this.#hasNext !== undefined) return this.#hasNext === false
    return !(last.hasNext === true || 'pending' in last)
  }

  /**
   * Throws a StreamError `malformed` where the operation is completed although the server has announced more: in a JSON
   * response, and where there is a single result. Servers of subscriptions use `hasNext` for the results to come.
   */
  checkComplete(protocol: Protocol, isSingle = false): void {
    if (protocol === 'json' ? this.last && !this.isWhole : isSingle && this.#hasNext)
      throw incomplete(protocol)
  }

  /** What {@link isComplete} is told when the response ends here. */
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

function noResult(payload: unknown): StreamError {
  return new StreamError(
    'malformed',
    `the payload is no GraphQL result, because it has neither data nor errors: ${excerpt(payload)}`,
  )
}

/**
 * Checks that a response carries results. Resolves with its protocol, or with undefined where a 2xx response does not
 * say what it is. Rejects with a StreamError for all others.
 *
 * - A stream of results is read whatever the status. JSON is read with any 2xx and 4xx status, because servers explain
 *   there what was wrong with the request. The exceptions are 401, 408, 425, 429 and 5xx, after which the same request
 *   may succeed: they are `http-status` errors with the GraphQL errors of the body as `errors`.
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
    // the body is not JSON, or longer than what is read of it
  }
  if (errors === undefined) return error
  const { code, message, status, headers, body } = error
  return new StreamError(code, `${message}: ${errors[0]?.message}`, { status, headers, body, errors })
}

/** The error for a response that has broken off. The errors of its last result may say why. */
export function brokenOff(last?: ExecutionResult): StreamError {
  const errors = errorsOf(last)
  const reason = errors ? `: ${errors[0]?.message}` : ''
  return new StreamError('ended', `the response ended before the operation was complete${reason}`, { errors })
}

function incomplete(protocol: Protocol): StreamError {
  const message = 'the result is incomplete: the server announced more of it (hasNext: true)'
  const reason =
    protocol === 'json'
      ? 'in a JSON response, which cannot bring it; deferred data needs a server that sends multipart/mixed or an event stream'
      : 'and completed the operation without it'
  return new StreamError('malformed', `${message} ${reason}`, { incomplete: true })
}
