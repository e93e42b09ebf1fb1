/**
 * Operations over separate connections: graphql-sse's distinct connections mode, and every other protocol.
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode
 */

import { StreamError } from '../stream/errors.ts'
import { reconnect } from '../stream/reconnect.ts'
import { isIdempotent } from '../stream/repeat.ts'
import { resolveValue, send, streamHeaders } from '../stream/request.ts'
import type { AttemptEnd } from '../stream/types.ts'
import { orAborted } from '../stream/wait.ts'
import { causeOfEnd, type Watchdog, watch, whenShown } from '../stream/watchdog.ts'
import { graphql } from '../wasm/graphql-sse-reader.ts'
import { ensureReadable, load } from '../wasm/module.ts'
import { loadMultipart, type OpenResponse, openResponse } from './messages.ts'
import { Negotiation } from './negotiation.ts'
import { hasSingleResult, isRepeatable, operationKind } from './operation-kind.ts'
import { defaultMaxRetries, OperationRetry } from './operation-retry.ts'
import {
  type ClientListeners,
  type ConnectionMode,
  type Deliver,
  type GraphqlRequestOptions,
  listeners,
  type OperationProgress,
  requestInit,
} from './options.ts'
import { buildRequest, type OperationRequest } from './request.ts'
import { brokenOff, isComplete, OperationResults } from './results.ts'
import type { ExecutionResult, Operation, OperationKind } from './types.ts'

/** The mode in which every operation has its own connections. */
export class DistinctConnections implements ConnectionMode {
  readonly #options: GraphqlRequestOptions<boolean>
  readonly #negotiation: Negotiation
  readonly #on: ClientListeners

  constructor(options: GraphqlRequestOptions<boolean>, on: ClientListeners) {
    this.#options = options
    this.#negotiation = new Negotiation(options)
    this.#on = on
  }

  async run(
    operation: Operation,
    deliver: Deliver,
    signal: AbortSignal,
    own?: ClientListeners,
    progress?: OperationProgress,
  ) {
    const options = this.#options
    const on = listeners([progress ? undefined : this.#on, own], signal)
    const retry = new OperationRetry(options)
    const context = { operation, options, negotiation: this.#negotiation, retry, on }
    const connection = new OperationConnection(context, deliver, signal, progress)
    const error = await reconnect({
      attempt: () => connection.attempt(),
      retry: (attempt, cause) => retry.delay(attempt, cause),
      canRefresh: typeof options.headers === 'function',
      maxRetries: options.maxRetries ?? defaultMaxRetries,
      onEnded: on.ended,
      healthyAfter: options.healthyAfter,
      signal,
    })
    if (error) throw error
  }

  dispose(): void {}
}

/** The request of a subscription; undefined for other operations. */
export async function subscriptionRequest(
  operation: Operation,
  options: GraphqlRequestOptions<boolean>,
): Promise<OperationRequest | undefined> {
  const kind = operationKind(operation)
  if (kind !== 'subscription') return undefined
  const { url, method = options.method } = operation.request ?? {}
  const first = { attempt: 1, error: undefined, lastEventId: '', operation }
  const address = url ?? String(await resolveValue(options.url, first))
  return buildRequest(operation, kind, address, { ...options, method })
}

/** An exception of a user's function. It ends the operation, even if it is a StreamError of another stream. */
class Thrown {
  readonly error: unknown
  constructor(error: unknown) {
    this.error = error
  }
}

function asThrown(error: unknown): never {
  throw new Thrown(error)
}

/** The state that all connections of an operation share. */
interface OperationContext {
  operation: Operation
  options: GraphqlRequestOptions<boolean>
  negotiation: Negotiation
  retry: OperationRetry
  on: Required<ClientListeners>
}

/** The connections of one operation, one after the other, and the state between them. */
class OperationConnection {
  readonly #context: OperationContext
  readonly #deliver: Deliver
  readonly #signal: AbortSignal
  readonly #kind: OperationKind
  #isRepeatable: boolean
  #attempts = 0
  /** What has ended the attempt before. */
  #error: StreamError | undefined
  #last: ExecutionResult | undefined
  #hadData = false
  /** The number of results with data in this attempt. */
  #received = 0
  #lastEventId = ''
  #reconnectionTime: number | undefined

  constructor(
    context: OperationContext,
    deliver: Deliver,
    signal: AbortSignal,
    progress?: OperationProgress,
  ) {
    this.#context = context
    this.#deliver = deliver
    this.#signal = signal
    this.#kind = operationKind(context.operation)
    this.#isRepeatable = isRepeatable(context.operation, this.#kind)
    this.#last = progress?.last
    this.#hadData = Boolean(progress?.last?.data)
    this.#lastEventId = progress?.lastEventId ?? ''
  }

  /** Makes one connection. Resolves with what ended it, or with undefined when the operation is complete. */
  async attempt(): Promise<AttemptEnd | undefined> {
    const { options, on } = this.#context
    await whenShown(this.#signal, options)
    if (this.#signal.aborted) return undefined
    // one controller per attempt, so that nothing of an attempt is left when the next one begins
    const attempt = new AbortController()
    const abort = () => attempt.abort()
    this.#signal.addEventListener('abort', abort)
    const isReconnection = this.#attempts++ > 0
    const watchdog = watch(attempt, options)
    let method: string | undefined
    this.#received = 0
    try {
      on.connecting(isReconnection)
      const prepared = await orAborted(this.#prepare(attempt.signal), attempt.signal).catch(asThrown)
      if (prepared === undefined || attempt.signal.aborted) throw attempt.signal.reason
      const { request, headers } = prepared
      method = request.method
      const answer = await this.#ask(request, headers, attempt.signal)
      // the response is always read, even if the operation has ended, because reading releases it
      watchdog.opened()
      if (!attempt.signal.aborted) on.connected(isReconnection)
      if (this.#last && this.#lastEventId === '' && !this.#context.operation.resume) on.gap()
      const { incremental = options.incremental } = this.#context.operation
      const results = new OperationResults(incremental, request.patch)
      results.hadData = this.#hadData
      const isOver = await this.#read(answer, results, watchdog)
      if (isOver && !attempt.signal.aborted) return undefined
      throw brokenOff(results.last)
    } catch (caught) {
      if (this.#signal.aborted) return undefined
      if (caught instanceof Thrown) throw caught.error
      const cause = causeOfEnd(attempt, caught)
      if (!(cause instanceof StreamError)) throw cause
      return this.#causeOf(cause, method, watchdog.aliveMs)
    } finally {
      watchdog.stop()
      this.#signal.removeEventListener('abort', abort)
      attempt.abort()
    }
  }

  /** Prepares the request. Each function of the user may end the attempt. */
  async #prepare(
    signal: AbortSignal,
  ): Promise<{ request: OperationRequest; headers: HeadersInit | undefined }> {
    const { operation, options } = this.#context
    const ask = <T>(call: () => T): T => {
      signal.throwIfAborted()
      return call()
    }
    const { request: overrides } = operation
    const told = {
      attempt: this.#attempts,
      error: this.#error,
      lastEventId: this.#lastEventId,
      operation,
    }
    const url = overrides?.url ?? String(await ask(() => resolveValue(options.url, told)))
    const last = this.#last
    const variables = last && ask(() => operation.resume?.(last))
    const asked = variables ? { ...operation, variables } : operation
    const method = overrides?.method ?? options.method
    const request = ask(() => buildRequest(asked, this.#kind, url, { ...options, method }))
    const headers = await ask(() => resolveValue(options.headers, told))
    // if the parser cannot run, nothing must be sent
    await ensureReadable(graphql)
    if (this.#kind === 'mutation' && isIncremental(request)) await loadMultipart()
    return { request, headers }
  }

  async #ask(
    request: OperationRequest,
    own: HeadersInit | undefined,
    signal: AbortSignal,
  ): Promise<OpenResponse> {
    const { operation, options, negotiation, on } = this.#context
    const lastEventId = this.#lastEventId
    const { url: _, fetch = options.fetch, headers, ...overrides } = operation.request ?? {}
    const init = {
      ...requestInit(options, overrides),
      method: request.method,
      body: request.body ?? null,
      signal,
    }
    return negotiation.ask({
      endpoint: request.url.split('?', 1)[0] as string,
      kind: this.#kind,
      isRepeatable: this.#mayRepeat(request.method),
      send: async accept => {
        signal.throwIfAborted()
        const answer = send(
          request.url,
          { ...init, headers: streamHeaders(accept, lastEventId, request.headers, own, headers) },
          fetch,
        )
        // in parallel with the request
        if (accept.startsWith('text/event-stream')) void load(graphql)
        else if (this.#kind === 'subscription' || isIncremental(request)) loadMultipart().catch(() => {})
        const response = await answer
        on.response(response)
        return response
      },
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
    const isSingle = hasSingleResult(this.#kind)
    // a JSON response is read to its end, which shows whether it is whole
    const mayStop = isSingle && decoder.protocol !== 'json'
    try {
      for (let batch = await messages.next(); batch !== undefined; batch = await messages.next()) {
        watchdog.alive()
        this.#reconnectionTime = decoder.reconnectionTime ?? this.#reconnectionTime
        let index = 0
        for (const message of batch) {
          const id = decoder.ids?.[index++] ?? ''
          on.message(message)
          if (this.#signal.aborted) return true
          if (message.event === 'complete') {
            results.checkComplete(decoder.protocol, isSingle)
            return true
          }
          const result = message.event === 'next' ? results.add(message.data) : undefined
          const taken = result && this.#take(result, results, id)
          if (taken) await taken
          if (this.#signal.aborted || (mayStop && results.isWhole)) return true
        }
        this.#lastEventId = decoder.lastEventId
        watchdog.reading()
      }
    } finally {
      messages.close()
    }
    try {
      return (options.isComplete ?? isComplete)(results.unfinished(decoder.protocol))
    } catch (error) {
      return asThrown(error)
    }
  }

  /** Delivers one result. Throws a StreamError if the result means one. */
  #take(result: ExecutionResult, results: OperationResults, id: string): void | Promise<void> {
    const error =
      results.count === 1 ? this.#context.retry.unauthenticated(result, this.#isRepeatable) : undefined
    if (error) throw error
    // shows an operation of unknown kind to be a subscription
    if (results.hadSecond) this.#isRepeatable = this.#context.operation.idempotent ?? true
    if (result.data) this.#received++
    this.#last = result
    this.#hadData = results.hadData
    try {
      return this.#deliver(result, id)
    } catch (error) {
      return asThrown(error)
    }
  }

  #mayRepeat(method: string): boolean {
    const isRefused = this.#kind === 'mutation' || this.#context.operation.idempotent === false
    return this.#isRepeatable || (!isRefused && isIdempotent(method))
  }

  #causeOf(error: StreamError, method: string | undefined, aliveMs: number | undefined): AttemptEnd {
    this.#error = error
    return {
      error,
      retryable: this.#context.retry.isRetryable(error),
      reconnectionTime: this.#reconnectionTime,
      request: { method: method ?? 'POST', lastEventId: this.#lastEventId },
      idempotent: method === undefined || this.#mayRepeat(method),
      // only the results of a subscription show that its stream was alive
      received: this.#kind === 'subscription' ? this.#received : 0,
      aliveMs,
    }
  }
}

/** Whether the operation requests its result in parts, which most servers send as multipart. */
function isIncremental({ body, url }: OperationRequest): boolean {
  const operations = body instanceof FormData ? body.get('operations') : (body ?? url)
  return /(?:@|%40)(?:defer|stream)\b/.test(String(operations))
}
