/** GraphQL results in the protocols in which servers send them. */

import type { Format } from './playback.ts'
import { type Reply, type ResponseHead, streamed, writeEvent } from './replies.ts'
import { singleConnection } from './single-connection.ts'
import { Control, type Step, type Steps } from './steps.ts'

/** A result, or a payload of incremental delivery of either generation: what is sent as it is. */
export type MockResult = object

/**
 * - `sse`: GraphQL over SSE, distinct connections mode.
 * - `single connection`: GraphQL over SSE, single connection mode: the reservation, the stream and the operations.
 * - `multipart`: results as parts, as incremental delivery has them, and gqlgen's subscriptions.
 * - `apollo`: Apollo's subscriptions over multipart, where each part has a `payload`.
 * - `json`: one result as JSON.
 */
export type MockProtocol = 'sse' | 'single connection' | 'multipart' | 'apollo' | 'json'

/** How results are sent, and how the response begins. */
export interface ResultsOptions extends ResponseHead {
  /**
   * By default what the request's `Accept` header asks for: an event stream, Apollo's multipart, and for a query JSON, or
   * multipart if the first step is not a whole result.
   */
  protocol?: MockProtocol | undefined
}

/**
 * Answers with GraphQL results. After the last step the operation stays open, for `send` or for good; `complete()` completes
 * it, `end()` and `drop()` cut it. A JSON response ends with its first result. For `@defer` and `@stream` give the payloads of
 * either generation as the server would write them.
 *
 * https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md
 * https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
 */
export function results(
  steps: Steps<MockResult> = [],
  { protocol, ...head }: ResultsOptions = {},
): Reply<MockResult> {
  if (protocol === 'single connection') return singleConnection(steps, head)
  return streamed(head, async ({ request, play }) => {
    if (protocol) return play(formats[protocol], steps)
    const accept = request.headers.get('accept') ?? ''
    if (accept.startsWith('text/event-stream')) return play(formats.sse, steps)
    if (accept.includes('subscriptionSpec')) return play(formats.apollo, steps)
    const [first, all] = await peek(steps)
    const isWhole =
      !(first instanceof Control) && (first as { hasNext?: boolean } | undefined)?.hasNext !== true
    return play(isWhole ? formats.json : formats.multipart, all)
  })
}

const formats: Record<Exclude<MockProtocol, 'single connection'>, Format<MockResult>> = {
  sse: {
    contentType: 'text/event-stream',
    value: result => writeEvent({ event: 'next', data: result }),
    comment: text => `: ${text}\n\n`,
    complete: () => writeEvent({ event: 'complete', data: '' }),
  },
  multipart: multipart('-', '', result => result),
  apollo: {
    ...multipart('graphql', ';subscriptionSpec=1.0', result =>
      'payload' in result ? result : { payload: result },
    ),
    comment: () => part({}, 'graphql'),
  },
  json: { contentType: 'application/json', isSingle: true, value: result => JSON.stringify(result) },
}

/** https://www.rfc-editor.org/rfc/rfc2046#section-5.1 */
function multipart(
  boundary: string,
  parameters: string,
  wrap: (result: MockResult) => object,
): Format<MockResult> {
  return {
    contentType: `multipart/mixed;boundary="${boundary}"${parameters}`,
    preamble: `\r\n--${boundary}`,
    value: result => part(wrap(result), boundary),
    complete: () => '--\r\n',
  }
}

/** A part with the delimiter after it, so that readers need not wait for the next part. */
function part(value: object, boundary: string): string {
  return `\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${JSON.stringify(value)}\r\n--${boundary}`
}

/** The first step, and all of them. */
async function peek<Value>(steps: Steps<Value>): Promise<[Step<Value> | undefined, Steps<Value>]> {
  const made = typeof steps === 'function' ? steps() : steps
  if (Array.isArray(made)) return [made[0], made]
  const iterator = Symbol.asyncIterator in made ? made[Symbol.asyncIterator]() : made[Symbol.iterator]()
  const first = await iterator.next()
  async function* all() {
    for (let read = first; !read.done; read = await iterator.next()) yield read.value
  }
  return [first.value, all()]
}
