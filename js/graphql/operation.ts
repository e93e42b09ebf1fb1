/**
 * Operations over connections of their own: graphql-sse's distinct connections mode, and every other protocol.
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode
 */

import { StreamError } from '../stream/errors.ts'
import { reconnect } from '../stream/reconnect.ts'
import { isConnectionLoss } from '../stream/repeat.ts'
import { resolveValue, send, streamHeaders } from '../stream/request.ts'
import type { RetryCause } from '../stream/types.ts'
import { causeOfEnd, type Watchdog, watch, whenShown } from '../stream/watchdog.ts'
import { type OpenResponse, openResponse } from './messages.ts'
import { Negotiation, type OperationKind } from './negotiation.ts'
import { type RetryRule, retryOf, retryRule } from './operation-retry.ts'
import {
  type ClientListeners,
  type ConnectionMode,
  type Deliver,
  type GraphqlRequestOptions,
  listeners,
  requestInit,
} from './options.ts'
import { graphqlRequest, type OperationRequest, operationKind } from './request.ts'
import { brokenOff, isComplete, OperationResults } from './results.ts'
import type { ExecutionResult, Operation } from './types.ts'

/** The mode in which every operation has connections of its own. */
export class DistinctConnections implements ConnectionMode {
  readonly #options: GraphqlRequestOptions<boolean>
  readonly #negotiation: Negotiation
  readonly #on: Required<ClientListeners>

  constructor(options: GraphqlRequestOptions<boolean>, on: Required<ClientListeners>) {
    this.#options = options
    this.#negotiation = new Negotiation(options)
    this.#on = on
  }

  async run(operation: Operation, deliver: Deliver, signal: AbortSignal, own?: ClientListeners) {
    const options = this.#options
    const on = listeners(this.#on, own)
    const context = { operation, options, negotiation: this.#negotiation, on }
    const connection = new OperationConnection(context, deliver, signal)
    const error = await reconnect({
      attempt: () => connection.attempt(),
      retry: retryOf(options),
      onEnded: on.ended,
      signal,
    })
    if (error) throw error
  }

  dispose(): void {}
}

/** What all connections of an operation have in common. */
interface OperationContext {
  operation: Operation
  options: GraphqlRequestOptions<boolean>
  negotiation: Negotiation
  on: Required<ClientListeners>
}

/** The connections of one operation, one after the other, and what one of them leaves to the next. */
class OperationConnection {
  readonly #context: OperationContext
  readonly #deliver: Deliver
  readonly #signal: AbortSignal
  readonly #kind: OperationKind
  readonly #rule: RetryRule
  #isFirst = true
  #last: ExecutionResult | undefined
  #lastEventId = ''
  #reconnectionTime = 0

  constructor(context: OperationContext, deliver: Deliver, signal: AbortSignal) {
    this.#context = context
    this.#deliver = deliver
    this.#signal = signal
    this.#kind = operationKind(context.operation)
    this.#rule = retryRule(context.options, this.#kind)
  }

  /** Makes one connection. Resolves with what ended it, or with undefined when the operation is complete. */
  async attempt(): Promise<RetryCause | undefined> {
    const { options, on } = this.#context
    await whenShown(this.#signal, options)
    if (this.#signal.aborted) return undefined
    // one controller per attempt: whatever the end, nothing of this attempt is left when the next begins
    const attempt = new AbortController()
    const abort = () => attempt.abort()
    this.#signal.addEventListener('abort', abort)
    const isReconnection = !this.#isFirst
    this.#isFirst = false
    const watchdog = watch(attempt, options)
    let request: OperationRequest | undefined
    let results: OperationResults | undefined
    try {
      on.connecting(isReconnection)
      request = await this.#buildRequest()
      const answer = await this.#ask(
        request,
        await resolveValue(options.headers, this.#context.operation),
        attempt.signal,
      )
      if (attempt.signal.aborted) return undefined
      watchdog.opened()
      on.connected(isReconnection)
      if (this.#last && this.#lastEventId === '' && !this.#context.operation.resume) on.gap()
      results = new OperationResults(options.incremental, request.patch)
      const isOver = await this.#read(answer, results, watchdog)
      if (isOver && !attempt.signal.aborted) return undefined
      throw brokenOff()
    } catch (caught) {
      const cause = causeOfEnd(attempt, caught)
      if (!(cause instanceof StreamError)) throw cause
      return this.#causeOf(cause, results?.count ?? 0, request?.method ?? 'POST')
    } finally {
      watchdog.stop()
      this.#signal.removeEventListener('abort', abort)
      attempt.abort()
    }
  }

  async #buildRequest(): Promise<OperationRequest> {
    const { operation, options } = this.#context
    const { print, buildRequest = graphqlRequest } = options
    const method = operation.request?.method ?? options.method ?? 'POST'
    const url = operation.request?.url ?? (await resolveValue(options.url, operation))
    const variables = this.#last && operation.resume?.(this.#last)
    return buildRequest(variables ? { ...operation, variables } : operation, { url, method, print })
  }

  async #ask(
    request: OperationRequest,
    own: HeadersInit | undefined,
    signal: AbortSignal,
  ): Promise<OpenResponse> {
    const { options, negotiation, on } = this.#context
    const lastEventId = this.#lastEventId
    const { url, fetch, headers, ...overrides } = this.#context.operation.request ?? {}
    const init = {
      ...requestInit(options),
      ...overrides,
      method: request.method,
      body: request.body ?? null,
      signal,
    }
    return negotiation.ask({
      endpoint: request.url.split('?', 1)[0] as string,
      kind: this.#kind,
      send: accept =>
        send(
          request.url,
          { ...init, headers: streamHeaders(accept, lastEventId, request.headers, own, headers) },
          fetch ?? (options.fetchFn as typeof globalThis.fetch | undefined),
        ).then(response => {
          on.response(response)
          return response
        }),
      open: (protocol, response) => openResponse(protocol, response, { ...options, lastEventId }, signal),
    })
  }

  /** Delivers the results of a response. Resolves with whether the operation is complete. */
  async #read(
    { decoder, messages }: OpenResponse,
    results: OperationResults,
    watchdog: Watchdog,
  ): Promise<boolean> {
    const { options, on } = this.#context
    for await (const batch of messages) {
      watchdog.alive()
      this.#reconnectionTime = decoder.reconnectionTime ?? this.#reconnectionTime
      for (const message of batch) {
        on.message(message)
        if (message.event === 'complete') return true
        const result = message.event === 'next' ? results.add(message.data) : undefined
        this.#last = result ?? this.#last
        const taken = result && this.#deliver(result)
        if (taken) await taken
        if (this.#signal.aborted) return true
      }
      this.#lastEventId = decoder.lastEventId
    }
    return (options.isComplete ?? isComplete)(results.unfinished(decoder.protocol))
  }

  #causeOf(error: StreamError, received: number, method: string): RetryCause {
    return {
      error,
      retryable: this.#rule(error, received > 0 || isConnectionLoss(error)),
      reconnectionTime: this.#reconnectionTime,
      lastEventId: this.#lastEventId,
      method,
      idempotent: this.#kind !== 'mutation',
      received,
    }
  }
}
