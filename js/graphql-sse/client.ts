/** The client of graphql-sse 2, over this library's own. */

import { createClient as createOwnClient, type Client as OwnClient } from '../graphql/client.ts'
import { iterateResults } from '../graphql/iterate-results.ts'
import { operationKind } from '../graphql/operation-kind.ts'
import type { ClientListeners, ClientOptions as OwnOptions, ResultSink } from '../graphql/options.ts'
import type { Operation, ExecutionResult as OwnResult } from '../graphql/types.ts'
import { reportError } from '../stream/report-error.ts'
import { onAbort } from '../stream/wait.ts'
import { asNetworkError, NetworkError } from './network-error.ts'
import { Retries } from './retries.ts'
import type {
  Client,
  ClientOptions,
  EventListeners,
  RequestOfKind,
  RequestParams,
  StreamMessage,
} from './types.ts'

// biome-ignore lint/suspicious/noExplicitAny: the options of both modes, whose functions take different arguments
type Options = Omit<ClientOptions<any>, 'fetchFn' | 'abortControllerImpl'> & {
  fetchFn?: typeof fetch
  abortControllerImpl?: typeof AbortController
}
type Listeners = EventListeners<boolean>
type Tell = (event: keyof Listeners, value: boolean | StreamMessage<boolean, 'next' | 'complete'>) => void

/** How many unread results an iterator buffers before the client stops reading from the network. */
const maxBufferedResults = 100

/**
 * Makes a client of GraphQL over SSE with the options and the behaviour of graphql-sse 2. docs/migrate/graphql-sse.md lists
 * the differences; one must be known: a mutation, and an operation whose document is not in the request, is not sent again
 * when its connection is lost, because the server may have executed it.
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
 */
export function createClient<SingleConnection extends boolean = false>(
  options: ClientOptions<SingleConnection>,
): Client<SingleConnection> {
  const client = new SseClient(options as Options)
  return {
    subscribe: (request, sink, on) =>
      client.start(
        request,
        {
          next: result => void sink.next(result as never),
          error: error => sink.error(error),
          complete: () => sink.complete(),
        },
        on,
      ),
    iterate: (request, on) =>
      iterateResults(sink => client.start(request, sink, on), maxBufferedResults) as never,
    dispose: () => client.dispose(),
  }
}

class SseClient {
  readonly #options: Options
  readonly #running = new Set<Subscription>()
  readonly #retries: Retries
  /** The client of single connection mode. */
  readonly #shared: OwnClient | undefined
  #isDisposed = false

  constructor(options: Options) {
    this.#options = options
    this.#retries = new Retries(options)
    if (!options.singleConnection) return
    const tell = this.#teller([options.on, { message: options.onMessage }], error => {
      if (this.#running.size === 0) reportError(error)
      for (const subscription of [...this.#running]) subscription.error(error)
    })
    const isEager = options.lazy === false
    if (isEager) tell('connecting', false)
    this.#shared = ownClient(options, undefined, this.#retries, ownListeners(tell, isEager))
  }

  start(request: RequestParams, sink: ResultSink, on?: Listeners): () => void {
    const { singleConnection, on: all, onMessage } = this.#options
    const retries = singleConnection ? this.#retries : new Retries(this.#options)
    const subscription = new Subscription(sink, retries, () => this.#running.delete(subscription))
    const unsubscribe = () => subscription.complete()
    if (this.#isDisposed) {
      if (singleConnection) subscription.error(new Error('Client has been disposed'))
      else subscription.complete()
      return unsubscribe
    }
    this.#running.add(subscription)
    let client = this.#shared
    if (!client) {
      const tell = this.#teller([all, on, { message: onMessage }], error => subscription.error(error))
      tell('connecting', false)
      client = ownClient(this.#options, request, retries, ownListeners(tell, true))
    }
    if (!subscription.isOver) subscription.stop = client.subscribe(operationOf(request), subscription)
    return unsubscribe
  }

  dispose(): void {
    this.#isDisposed = true
    this.#shared?.dispose()
    for (const subscription of [...this.#running]) subscription.complete()
  }

  #teller(listeners: (Listeners | undefined)[], fail: (error: unknown) => void): Tell {
    return (event, value) => {
      try {
        for (const on of listeners) on?.[event]?.(value as never)
      } catch (error) {
        fail(error)
      }
    }
  }
}

/** A subscription, until the last call of its sink, which is never made during a call of the user. */
class Subscription implements ResultSink {
  isOver = false
  stop = () => {}
  readonly #sink: ResultSink
  readonly #retries: Retries
  readonly #leave: () => void

  constructor(sink: ResultSink, retries: Retries, leave: () => void) {
    this.#sink = sink
    this.#retries = retries
    this.#leave = leave
  }

  next(result: OwnResult): void | Promise<void> {
    this.#retries.restart()
    return this.#sink.next(result)
  }

  error(error: unknown): void {
    this.#end(() => this.#sink.error(asNetworkError(error)))
  }

  complete(): void {
    this.#end(() => {
      try {
        this.#sink.complete()
      } catch (error) {
        this.#sink.error(error)
      }
    })
  }

  #end(tell: () => void): void {
    if (this.isOver) return
    this.isOver = true
    this.stop()
    this.#leave()
    queueMicrotask(tell)
  }
}

/** The kind in a request. A member of this name with another value is the user's own, and is sent. */
function kindOf({ kind }: Partial<RequestOfKind>): RequestOfKind['kind'] | undefined {
  return ['query', 'mutation', 'subscription'].includes(kind as string) ? kind : undefined
}

/**
 * The operation for a request. `complete` ends every operation in graphql-sse, where this library ends a query or mutation
 * with its result, so neither is named as such.
 */
function operationOf(request: RequestParams): Operation {
  const kind = operationKind({ ...request, kind: kindOf(request) })
  return {
    query: request.query,
    extensions: request.extensions,
    kind: kind === 'query' ? 'subscription' : kind === 'mutation' ? 'unknown' : kind,
    idempotent: kind === 'unknown' ? undefined : kind !== 'mutation',
    context: request,
  }
}

function bodyOf(request: RequestParams, extensions: Operation['extensions']): object {
  const body: Record<string, unknown> = { ...request, extensions }
  if (kindOf(request)) delete body.kind
  return body
}

/** A client of this library for one request, or for those of single connection mode. */
function ownClient(
  options: Options,
  request: RequestParams | undefined,
  retries: Retries,
  on: ClientListeners,
): OwnClient {
  const { url, headers, lazyCloseTimeout = 0, onNonLazyError = console.error } = options
  let sent: Record<string, string> | undefined
  const { singleConnection, lazy, credentials, referrer, referrerPolicy, generateID } = options
  return createOwnClient({
    ...{ credentials, referrer, referrerPolicy },
    ...(singleConnection
      ? {
          ...{ singleConnection, lazy, generateID },
          lazyCloseTimeout: lazyCloseTimeout > 0 && lazyCloseTimeout < Infinity ? lazyCloseTimeout : 0,
          onNonLazyError: (error: unknown) => onNonLazyError(asNetworkError(error)),
        }
      : { protocol: 'sse' }),
    incremental: 'raw',
    isComplete: () => false,
    async url() {
      const address = typeof url === 'function' ? await url(request as never) : url
      // not by the option `headers`, whose functions mean that a 401 is answered at once
      sent = typeof headers === 'function' ? await headers(request as never) : headers
      return address
    },
    buildRequest: ({ context, extensions }, { url }) => ({
      url,
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(bodyOf(context as RequestParams, extensions)),
    }),
    fetch: (address, init = {}) => ask(options, address as string, init, sent),
    isRetryable: ({ code }) => ['network', 'ended', 'paused'].includes(code),
    maxRetries: Infinity,
    retry: (_attempt, { error }) => retries.delay(error),
    on,
  } as OwnOptions<boolean>)
}

/** Sends a request. Rejects with a NetworkError for a refusal, whose body can be read when the attempt is over. */
async function ask(
  options: Options,
  url: string,
  init: RequestInit,
  own: Record<string, string> | undefined,
): Promise<Response> {
  const { fetchFn = globalThis.fetch, abortControllerImpl: Controller = AbortController } = options
  const headers = new Headers(own)
  for (const [name, value] of new Headers(init.headers)) headers.set(name, value)
  const controller = new Controller()
  const letGo = onAbort(init.signal ?? undefined, () => controller.abort())
  let isAccepted = false
  try {
    const response = await fetchFn(url, {
      ...init,
      headers: Object.fromEntries(headers),
      signal: controller.signal,
    })
    // [graphql-sse] a reservation is answered with 201
    isAccepted = init.method === 'PUT' ? response.status === 201 : response.ok
    // a stream that the server has forgotten is the client's to replace
    isAccepted ||= options.singleConnection === true && init.method === 'POST' && response.status === 404
    if (!isAccepted) throw new NetworkError(response)
    return response
  } finally {
    if (!isAccepted) letGo()
  }
}

/** The listeners of graphql-sse as those of this library. `isTold`: the first `connecting` has been told. */
function ownListeners(tell: Tell, isTold: boolean): ClientListeners {
  let isRetrying = false
  return {
    connecting() {
      if (!isTold) tell('connecting', isRetrying)
      isTold = false
    },
    connected() {
      tell('connected', isRetrying)
      isRetrying = false
    },
    message({ event, data }) {
      if (event === 'next' || event === 'complete') tell('message', { event, data: (data || null) as never })
    },
    ended(_error, delay) {
      isRetrying = delay !== null
    },
  }
}
