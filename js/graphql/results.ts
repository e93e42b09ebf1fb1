/** From the messages of a GraphQL response to results, and what the end of the response means. */

import { StreamError } from '../stream/errors.ts'
import { checkBody, refuseStatus, refuseType } from '../stream/request.ts'
import { IncrementalResult } from './incremental.ts'
import { isContainer } from './json-draft.ts'
import type { applyPatch } from './json-patch.ts'
import { type Protocol, protocolOf } from './messages.ts'
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
}

/**
 * Whether a response is complete although it ended without its protocol's end. It is complete
 *
 * - after `hasNext: false`, because nothing is missing;
 * - after a result with errors and no data, because the operation has failed for good: this is how Cosmo Router ends a
 *   subscription whose upstream has failed, and how servers answer a request that they cannot execute.
 *
 * In every other case the response has broken off.
 */
export function isComplete({ last, done }: UnfinishedResponse): boolean {
  return done || (isFailure(last) && last.errors.length > 0)
}

function isFailure(
  result: ExecutionResult | undefined,
): result is ExecutionResult & { errors: readonly GraphQLErrorLike[] } {
  return Array.isArray(result?.errors) && (result?.data === undefined || result.data === null)
}

/** How the payloads of `@defer` and `@stream` are delivered: merged to whole results, or as they came. */
export type IncrementalDelivery = 'merge' | 'raw'

/** Makes the results of one operation out of the payloads of its messages. */
export class OperationResults {
  /** How many results there were. */
  count = 0
  /** The last result. */
  last: ExecutionResult | undefined
  readonly #incremental: IncrementalResult | undefined
  readonly #patch: typeof applyPatch | undefined
  #done = false

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
    return result
  }

  #resultOf(payload: unknown): ExecutionResult | undefined {
    if (Array.isArray(payload) && this.#patch) return this.#patch(this.last, payload) as ExecutionResult
    if (!isContainer(payload) || Array.isArray(payload)) throw noResult(payload)
    if (this.#incremental === undefined) {
      this.#done = payload.hasNext === false
      return payload
    }
    // Spring may send an error that is not inside `errors`
    if (isBareError(payload)) return { errors: [payload as unknown as GraphQLErrorLike] }
    if (!('data' in payload || members.some(member => member in payload))) {
      // Strawberry uses the envelope of its multipart parts over SSE too
      if (isContainer(payload.payload)) return this.#resultOf(payload.payload)
      throw noResult(payload)
    }
    const result = this.#incremental.merge(payload)
    this.#done = this.#incremental.done
    return result
  }

  /** What {@link isComplete} is told when the response ends here. */
  unfinished(protocol: Protocol): UnfinishedResponse {
    return { protocol, results: this.count, last: this.last, done: this.#done }
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
  const excerpt = String(JSON.stringify(payload)).slice(0, 100)
  return new StreamError(
    'malformed',
    `the payload is no GraphQL result, because it has neither data nor errors: ${excerpt}`,
  )
}

/** The errors of a GraphQL response; undefined when it has none. */
export function errorsOf(value: unknown): readonly GraphQLErrorLike[] | undefined {
  const errors = isContainer(value) ? value.errors : undefined
  return Array.isArray(errors) && errors.length > 0 ? errors : undefined
}

/**
 * Checks that a response carries results. Resolves with its protocol, or rejects with a StreamError.
 *
 * - A stream of results is read whatever the status. JSON is read with any 2xx and 4xx status, because servers explain
 *   there what was wrong with the request. The exceptions are 401, 408, 425, 429 and 5xx, after which the same request
 *   may succeed: they are `http-status` errors with the GraphQL errors of the body as `errors`.
 * - Every other response is an `http-status` or `content-type` error with the beginning of its body as `excerpt`.
 */
export async function checkResults(response: Response): Promise<Protocol> {
  const { status } = response
  const protocol = protocolOf(response)
  const isRefusal = status > 499 || [401, 408, 425, 429].includes(status)
  if (status > 299 && (protocol === undefined || (protocol === 'json' && isRefusal))) {
    throw await refuseResults(response)
  }
  if (protocol === undefined) {
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
    errors = errorsOf(JSON.parse(error.excerpt ?? ''))
  } catch {
    // the body is not JSON, or longer than an excerpt
  }
  const { code, message, status, headers, excerpt } = error
  if (errors === undefined) return error
  return new StreamError(code, `${message}: ${errors[0]?.message}`, { status, headers, excerpt, errors })
}

/** The error for a response that has broken off. */
export function brokenOff(): StreamError {
  return new StreamError('ended', 'the response ended before the operation was complete')
}
