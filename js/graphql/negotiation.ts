/** Finds the `Accept` header that a server needs, by trying, and remembers it. */

import { type Batches, readBody } from '../stream/decode-body.ts'
import { StreamError } from '../stream/errors.ts'
import { isOfResolver } from '../stream/repeat.ts'
import { type Container, isContainer } from './json-draft.ts'
import { JsonMessages } from './message-decoders.ts'
import { type Message, type OpenResponse, type Protocol, protocolOf } from './messages.ts'
import { errorsOf } from './reported-errors.ts'
import { checkResults, refuseResults } from './results.ts'
import type { OperationKind } from './types.ts'

/** The protocol that a client requests; `auto` finds one that the server supports. */
export type ProtocolOption = 'auto' | 'sse' | 'multipart'

const eventStream = 'text/event-stream'
const json = 'application/json'
/** Hive Router refuses a request with a boundary parameter. */
const subscription = `multipart/mixed;subscriptionSpec=1.0, ${json};q=0.9`
/** async-graphql streams only if it gets both parameters. */
const subscriptionWithBoundary = `multipart/mixed;boundary=graphql;subscriptionSpec=1.0, ${json};q=0.9`
/**
 * A server that supports both generations of incremental delivery uses the first, which is the current one.
 * [fetch] A longer value than 128 bytes is no CORS-safelisted request-header: every server of another origin would have to
 * list `accept` in `Access-Control-Allow-Headers`. This one has 128. https://fetch.spec.whatwg.org/#cors-safelisted-request-header
 */
const result = `multipart/mixed;incrementalSpec=v0.2,multipart/mixed;deferSpec=20220824,application/graphql-response+json,${json};q=0.9`

const complete: Message = { event: 'complete', data: null }

interface Question {
  /** The address without its parameters. Requests to it are answered in the same way. */
  endpoint: string
  kind: OperationKind
  /** Whether the request may be sent again although the server may have executed it. */
  isRepeatable: boolean
  /** Sends the request with this `Accept` header. */
  send: (accept: string) => Promise<Response>
  open: (protocol: Protocol | undefined, response: Response) => Promise<OpenResponse>
}

/** What is known about one endpoint. */
interface Knowledge {
  /** The header that the server accepted. */
  accept?: string | undefined
  /** The JSON answer to a subscription after which no other header gave a stream. They are tried once for each answer. */
  answer?: string | undefined
}

/** How many addresses are remembered. */
const mostKnown = 100

/**
 * Finds out what a server accepts, without executing anything twice.
 *
 * - Queries, mutations and unknown operations are sent with one header, which servers of JSON and multipart accept. An event
 *   stream is requested only after 404, 405, 406 or 415. graphql-sse's handlers and Harper, which support nothing else,
 *   refuse a list with these statuses before they execute anything.
 * - Subscriptions are sent first with a header for an event stream alone, after a refusal for multipart, and then for JSON,
 *   which PostGraphile answers with multipart. A refusal is one of those statuses, or a JSON answer that is not about the
 *   document.
 *
 * A response is always read as its `Content-Type` says.
 */
export class Negotiation {
  readonly #fixed: string | undefined
  readonly #protocol: ProtocolOption
  readonly #known = new Map<string, Knowledge>()

  /** `accept` replaces the header, for servers that need a particular one. */
  constructor({ protocol = 'auto', accept }: { protocol?: ProtocolOption; accept?: string | undefined }) {
    this.#protocol = protocol
    this.#fixed = accept
  }

  /** Rejects with a StreamError. After several refusals it is the first one, and its message names them all. */
  async ask({ endpoint, kind, isRepeatable, send, open }: Question): Promise<OpenResponse> {
    const isSubscription = kind === 'subscription'
    const known = this.#knowledgeOf(`${isSubscription} ${endpoint}`)
    let accepts = this.#accepts(isSubscription)
    const isOnly = accepts.length === 1
    const refusals: [accept: string, error: StreamError][] = []
    let answer: OpenResponse | undefined
    let answerText: string | undefined
    let fallback: string | undefined
    while (accepts.length > 0) {
      // another operation may have found the header meanwhile
      const accept = accepts.find(accept => accept === known.accept) ?? (accepts[0] as string)
      const others = accepts.filter(other => other !== accept)
      const response = await send(accept)
      if (mayRefuseHeader(response, isRepeatable) && (others.length > 0 || !protocolOf(response))) {
        const error = await refuseResults(response)
        const result = executedResult(error, isRepeatable)
        if (result)
          return {
            decoder: new JsonMessages({}),
            messages: batchOf([{ event: 'next', data: result }, complete]),
          }
        if (known.accept === accept) known.accept = undefined
        refusals.push([accept, error])
        // a boundary parameter helps only if the server accepts the request and answers with JSON
        accepts = others.filter(other => other !== subscriptionWithBoundary)
        continue
      }
      const opened = await open(await checkResults(response), response)
      const isStreamed = opened.decoder.protocol !== 'json' || !isSubscription
      if (isStreamed || known.accept === accept || isOnly) {
        known.accept = accept
        return opened
      }
      const messages: Message[] = []
      await readBody(opened.messages, batch => void messages.push(...batch))
      const result = messages[0]?.data
      if (answer === undefined) {
        answer = { decoder: opened.decoder, messages: batchOf(messages) }
        answerText = JSON.stringify(result)
        if (!mayBeRefusal(response, result) || answerText === known.answer) return answer
        // if no header gives a stream, this is the server's result
        if (isContainer(result) && isContainer(result.data)) fallback = accept
      } else if (!mayBeRefusal(response, result))
        return { decoder: opened.decoder, messages: batchOf(messages) }
      accepts = others.filter(other => other !== json)
    }
    known.accept ??= fallback
    known.answer = answerText
    if (answer) return answer
    throw allRefused(refusals)
  }

  #knowledgeOf(key: string): Knowledge {
    const known = this.#known.get(key) ?? {}
    this.#known.delete(key)
    this.#known.set(key, known)
    // an address may have a part of its own for each operation: the least recent one is forgotten
    if (this.#known.size > mostKnown) this.#known.delete(this.#known.keys().next().value as string)
    return known
  }

  /** The headers to try, in this order after the one that is known. */
  #accepts(isSubscription: boolean): string[] {
    const multipart = isSubscription ? subscription : result
    if (this.#fixed !== undefined) return [this.#fixed]
    if (this.#protocol === 'sse') return [eventStream]
    if (this.#protocol === 'multipart') return [multipart]
    return isSubscription
      ? [eventStream, subscription, subscriptionWithBoundary, json]
      : [result, eventStream]
  }
}

/** Messages that have been read already, as the only batch of a stream. */
function batchOf(messages: Message[]): Batches<Message> {
  let batch: Message[] | undefined = messages
  return {
    async next() {
      const all = batch
      batch = undefined
      return all
    },
    close() {},
  }
}

/**
 * Whether a response may refuse the `Accept` header before anything was executed: {@link executedResult} tells of a JSON
 * answer. A stream of results does not. Apollo Server executes an operation before it answers 406, and its GraphQL
 * errors do not show that.
 */
function mayRefuseHeader(response: Response, isRepeatable: boolean): boolean {
  const { status } = response
  const protocol = protocolOf(response)
  if (protocol === 'sse' || protocol === 'multipart') return false
  return [404, 405, 415].includes(status) || (status === 406 && (isRepeatable || protocol !== 'json'))
}

/**
 * The result in the body of such a response; undefined if the server has executed nothing. The status may be one
 * that a resolver has set, as graphql-yoga and Apollo Server let it: the result has data then, or an error of a resolver.
 *
 * [spec] the result of a request error, which is raised before execution begins, has no data:
 * https://spec.graphql.org/draft/#sec-Request-Error-Result
 *
 * Throws the error if the body is the beginning of a JSON document that is too long to tell, unless the operation
 * may be sent again.
 */
function executedResult(error: StreamError, isRepeatable: boolean): Container | undefined {
  const { body = '', errors } = error
  try {
    const result = error.json()
    return isContainer(result) && ('data' in result || isOfResolver(errors)) ? result : undefined
  } catch {
    if (!isRepeatable && body.trimStart().startsWith('{')) throw error
    return undefined
  }
}

/**
 * Whether a JSON answer to a subscription may mean that the server streams only with another header. It does not if the
 * status has another meaning, if an error has a code of the application, or if it has a place in the document.
 *
 * [spec] the result of a request error has no data. A server that gives data has executed the subscription like a query, as
 * Strawberry does where an event stream is not among its protocols, and the error is only that of its field:
 * https://spec.graphql.org/draft/#sec-Request-Error-Result
 */
function mayBeRefusal({ status }: Response, result: unknown): boolean {
  if (status > 299 && status !== 400) return false
  const isExecuted = isContainer(result) && 'data' in result
  return !(errorsOf(result) ?? []).some(({ locations, path, extensions }) => {
    const code = extensions?.code
    if (code !== undefined) return code !== 'SUBSCRIPTION_BAD_HEADER'
    return path ? !isExecuted : locations !== undefined
  })
}

/** The first refusal, which is that of the preferred header. Its message lists the headers that were tried. */
function allRefused(refusals: [accept: string, error: StreamError][]): StreamError {
  const [[, first], ...others] = refusals as [[string, StreamError]]
  if (others.length === 0) return first
  const asked = refusals.map(([accept, { status }]) => `${accept} (${status})`).join(', then ')
  return new StreamError(first.code, `${first.message}; asked for ${asked}`, first)
}
