/** Which `Accept` header a server wants, found out by asking. */

import { StreamError } from '../stream/errors.ts'
import { type Message, type OpenResponse, type Protocol, protocolOf } from './messages.ts'
import { checkResults, errorsOf, refuseResults } from './results.ts'
import type { GraphQLErrorLike } from './types.ts'

/** What a client may fix; `auto` finds out. */
export type ProtocolOption = 'auto' | 'sse' | 'multipart'

/** What an operation is, as far as asking for it goes. */
export type OperationKind = 'query' | 'mutation' | 'subscription'

interface Question {
  /** What the request depends on beside the header: requests alike are answered alike. */
  endpoint: string
  kind: OperationKind
  /** Sends the request with this `Accept`. */
  send: (accept: string) => Promise<Response>
  open: (protocol: Protocol, response: Response) => Promise<OpenResponse>
}

/** Statuses by which servers refuse an `Accept` rather than the operation. */
const refusals = [404, 406, 415]

/**
 * Asks for an event stream alone first, since graphql-sse's handlers and Harper refuse any list; where the server
 * refuses, for multipart, and then for plain JSON, upon which PostGraphile answers a subscription as multipart. What
 * an endpoint has answered to is asked for first the next time. What comes is read by its `Content-Type`, whatever
 * was asked for.
 */
export class Negotiation {
  readonly #fixed: string | undefined
  readonly #protocol: ProtocolOption
  readonly #known = new Map<string, string>()

  /** `accept` replaces the header for servers with wishes of their own. */
  constructor({ protocol = 'auto', accept }: { protocol?: ProtocolOption; accept?: string | undefined }) {
    this.#protocol = protocol
    this.#fixed = accept
  }

  /** Rejects with a StreamError; of several refusals with the first, which then names them all. */
  async ask({ endpoint, kind, send, open }: Question): Promise<OpenResponse> {
    const known = this.#known.get(endpoint + kind)
    const accepts = this.#accepts(kind)
    if (known !== undefined && accepts.includes(known))
      accepts.unshift(...accepts.splice(accepts.indexOf(known), 1))
    const refused: StreamError[] = []
    let apology: OpenResponse | undefined
    for (const [i, accept] of accepts.entries()) {
      const isLast = i === accepts.length - 1
      const response = await send(accept)
      if (refusals.includes(response.status) && !(isLast && protocolOf(response))) {
        refused.push(await refuseResults(response))
        continue
      }
      const protocol = await checkResults(response)
      const { decoder, messages } = await open(protocol, response)
      if (protocol !== 'json' || kind !== 'subscription' || known !== undefined) {
        this.#known.set(endpoint + kind, accept)
        return { decoder, messages }
      }
      // a subscription is answered with one JSON document: its result, or that it cannot be streamed this way
      const read: Message[][] = []
      for await (const batch of messages) read.push(batch)
      const answer = { decoder, messages: read }
      if (isLast || !isApology(read.flat())) return apology ?? answer
      apology ??= answer
    }
    if (apology) return apology
    throw allRefused(refused, accepts)
  }

  #accepts(kind: OperationKind): string[] {
    if (this.#fixed !== undefined) return [this.#fixed]
    // never with a boundary: Hive Router refuses the request for it
    const multipart =
      kind === 'subscription'
        ? 'multipart/mixed;subscriptionSpec=1.0, application/json;q=0.9'
        : 'multipart/mixed;deferSpec=20220824, application/graphql-response+json;q=0.9, application/json;q=0.8'
    if (this.#protocol === 'sse') return ['text/event-stream']
    if (this.#protocol === 'multipart') return [multipart]
    return ['text/event-stream', multipart, 'application/json']
  }
}

/** Whether a JSON answer says that the server would rather stream. */
function isApology(messages: Message[]): boolean {
  const { data } = messages.find(({ event }) => event === 'next') ?? {}
  return (errorsOf(data) ?? []).some(saysStream)
}

function saysStream({ message, extensions }: GraphQLErrorLike): boolean {
  return /subscri|stream|accept|multipart|transport/i.test(`${message} ${extensions?.code ?? ''}`)
}

/** The first refusal, which is that of the plainest question; its message tells what else was asked. */
function allRefused([first, ...rest]: StreamError[], accepts: string[]): StreamError {
  if (first === undefined || rest.length === 0) return first as StreamError
  const asked = [first, ...rest].map(({ status }, i) => `${accepts[i]} (${status})`).join(', then ')
  const { code, message, status, headers, excerpt, errors } = first
  return new StreamError(code, `${message}; asked for ${asked}`, { status, headers, excerpt, errors })
}
