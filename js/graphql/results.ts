/** From the messages of a GraphQL response to its results, and what the end of the bytes means. */

import { StreamError } from '../stream/errors.ts'
import { checkBody, refuseStatus, refuseType } from '../stream/request.ts'
import { IncrementalResult } from './incremental.ts'
import { isContainer } from './json-draft.ts'
import type { applyPatch } from './json-patch.ts'
import { type Protocol, protocolOf } from './messages.ts'
import type { ExecutionResult, GraphQLErrorLike } from './types.ts'

/** What is known of a response whose bytes ended without its protocol's own end. */
export interface UnfinishedResponse {
  /** How the results came. */
  readonly protocol: Protocol
  /** How many results came. */
  readonly results: number
  /** The last of them. */
  readonly last: ExecutionResult | undefined
  /** Whether the last payload said `hasNext: false`. */
  readonly done: boolean
}

/**
 * Whether a response is complete although its bytes ended without the protocol's own end:
 *
 * - after `hasNext: false` nothing is missing;
 * - after a result with errors and no data the operation has failed for good: that is how Cosmo Router ends a
 *   subscription whose upstream has failed, and how servers answer a request that cannot be executed.
 *
 * In every other case the stream broke off.
 */
export function isComplete({ last, done }: UnfinishedResponse): boolean {
  return done || (isFailure(last) && last.errors.length > 0)
}

function isFailure(
  result: ExecutionResult | undefined,
): result is ExecutionResult & { errors: readonly GraphQLErrorLike[] } {
  return Array.isArray(result?.errors) && (result?.data === undefined || result.data === null)
}

/** How the payloads of `@defer` and `@stream` are handed out: merged to whole results, or as they came. */
export type IncrementalDelivery = 'merge' | 'raw'

/** The results of one operation, out of the payloads of its messages. */
export class OperationResults {
  /** How many there were. */
  count = 0
  /** The last result. */
  last: ExecutionResult | undefined
  readonly #incremental: IncrementalResult | undefined
  readonly #patch: typeof applyPatch | undefined
  #done = false

  /** `patch` applies payloads that are JSON Patches, on the result before. */
  constructor(delivery: IncrementalDelivery = 'merge', patch?: typeof applyPatch) {
    this.#patch = patch
    this.#incremental = delivery === 'merge' ? new IncrementalResult() : undefined
  }

  /**
   * The result that a payload makes: a new object, where it adds to the one before. Undefined where it brings
   * nothing. Throws a StreamError `malformed` where it is no result, or leads to nothing.
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
    // Spring: an error may come by itself
    if (isBareError(payload)) return { errors: [payload as unknown as GraphQLErrorLike] }
    if (!('data' in payload || members.some(member => member in payload))) {
      // Strawberry: the envelope of its multipart parts over SSE too
      if (isContainer(payload.payload)) return this.#resultOf(payload.payload)
      throw noResult(payload)
    }
    const result = this.#incremental.merge(payload)
    this.#done = this.#incremental.done
    return result
  }

  /** What is to be known where the bytes end here. */
  unfinished(protocol: Protocol): UnfinishedResponse {
    return { protocol, results: this.count, last: this.last, done: this.#done }
  }
}

/** What a payload has at least one of. */
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
  return new StreamError('malformed', `a GraphQL result has data or errors, which this has not: ${excerpt}`)
}

/** Whether a value is a GraphQL response that says what went wrong. */
export function errorsOf(value: unknown): readonly GraphQLErrorLike[] | undefined {
  const errors = isContainer(value) ? value.errors : undefined
  return Array.isArray(errors) && errors.length > 0 ? errors : undefined
}

/**
 * Where results are expected: resolves with the protocol of the response, or rejects with a StreamError.
 *
 * - A stream of results is read with any status, and JSON with any of the 200s and 400s, since servers explain in
 *   GraphQL's own terms what was wrong with the request. Not so JSON with 401, 408, 425, 429 and the 500s, which may
 *   heal: these are `http-status`, with the GraphQL errors of the body as `errors`.
 * - Everything else is `http-status` or `content-type`, with the beginning of the body as `excerpt`.
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

/** The error for a response with a status that is not to be read, with the GraphQL errors within its excerpt. */
export async function refuseResults(response: Response): Promise<StreamError> {
  const error = await refuseStatus(response)
  let errors: readonly GraphQLErrorLike[] | undefined
  try {
    errors = errorsOf(JSON.parse(error.excerpt ?? ''))
  } catch {
    // not JSON, or more of it than an excerpt
  }
  const { code, message, status, headers, excerpt } = error
  if (errors === undefined) return error
  return new StreamError(code, `${message}: ${errors[0]?.message}`, { status, headers, excerpt, errors })
}

/** The error of a response that broke off. */
export function brokenOff(): StreamError {
  return new StreamError('ended', 'the response ended before the operation was complete')
}
