/** The types of graphql-sse 2's client, with its names and the order of its type parameters. */

import type { GraphQLError } from 'graphql'

/** A request. Other members, such as the `id` of a persisted operation, are sent as well. */
export interface RequestParams {
  /** Selects the operation of a document that has several. */
  operationName?: string
  /** The document; empty for a persisted operation. */
  query: string
  /** The values of the operation's variables. */
  variables?: Record<string, unknown>
  /** Protocol extensions, such as `persistedQuery`. */
  extensions?: Record<string, unknown>
}

/** A request that says what its operation is, as graphql-sse's cannot. */
export interface RequestOfKind extends RequestParams {
  /**
   * The kind of an operation without a document; not sent. A persisted `subscription` or `query` is sent again when its
   * connection is lost. An operation of unknown kind is not, because it may be a mutation.
   */
  kind: 'query' | 'mutation' | 'subscription'
}

/** The events of a stream. */
export type StreamEvent = 'next' | 'complete'

/** A result. https://spec.graphql.org/October2021/#sec-Response-Format */
export interface ExecutionResult<Data = Record<string, unknown>, Extensions = Record<string, unknown>> {
  /** The errors; missing if there are none. */
  errors?: ReadonlyArray<GraphQLError>
  /** The data; null if an error reached the root. */
  data?: Data | null
  /** Whether more of this result will follow. */
  hasNext?: boolean
  /** The server's extensions. */
  extensions?: Extensions
}

/** A later part of a result, as servers of graphql 17.0.0-alpha.2 send it. */
export interface ExecutionPatchResult<Data = unknown, Extensions = Record<string, unknown>> {
  /** The errors of this part. */
  errors?: ReadonlyArray<GraphQLError>
  /** The data of this part. */
  data?: Data | null
  /** The place of this part in the result. */
  path?: ReadonlyArray<string | number>
  /** The label of the directive. */
  label?: string
  /** Whether more of this result will follow. */
  hasNext: boolean
  /** The server's extensions. */
  extensions?: Extensions
}

/** The data of a message in distinct connections mode. */
export type StreamData<E extends StreamEvent> = E extends 'next'
  ? ExecutionResult | ExecutionPatchResult
  : E extends 'complete'
    ? null
    : never

/** The data of a message in single connection mode. */
export type StreamDataForID<E extends StreamEvent> = E extends 'next'
  ? { id: string; payload: ExecutionResult | ExecutionPatchResult }
  : E extends 'complete'
    ? { id: string }
    : never

/** A message of a stream; `ForID` is true in single connection mode. */
export interface StreamMessage<ForID extends boolean, E extends StreamEvent> {
  /** The message's event. */
  event: E
  /** The message's data, parsed. */
  data: ForID extends true ? StreamDataForID<E> : StreamData<E>
}

/** The callbacks of a subscription. Nothing is called after `error` or `complete`. */
export interface Sink<T = unknown> {
  /** The next result. An exception ends the subscription with `error`. */
  next(value: T): void
  /** The subscription has failed: with a {@link NetworkError} after the last attempt, or with any other error at once. */
  error(error: unknown): void
  /** The subscription is complete, was unsubscribed, or its client was disposed of. */
  complete(): void
}

/** Callbacks for connections. An exception ends the subscriptions of the connection with `error`. */
export interface EventListeners<SingleConnection extends boolean = false> {
  /** An attempt begins. `reconnecting` is true after an attempt that failed. */
  connecting?: (reconnecting: boolean) => void
  /** A message has arrived. */
  message?: (message: StreamMessage<SingleConnection, StreamEvent>) => void
  /** The server has accepted the connection. `reconnected` is true after an attempt that failed. */
  connected?: (reconnected: boolean) => void
}

/** The options of {@link createClient}. */
export interface ClientOptions<SingleConnection extends boolean = false> {
  /** Runs all operations over one event stream, for servers over HTTP/1. False by default. */
  singleConnection?: SingleConnection
  /** Single connection mode: whether to wait for the first subscription before connecting. True by default. */
  lazy?: SingleConnection extends true ? boolean : never
  /** Single connection mode, lazy: how long to keep an unused connection, in milliseconds; 0 by default. */
  lazyCloseTimeout?: SingleConnection extends true ? number : never
  /** Single connection mode, not lazy: called with the error when the client gives up; `console.error` by default. */
  onNonLazyError?: SingleConnection extends true ? (error: unknown) => void : never
  /**
   * The server's address, or a function that returns it, called for every connection: with the request in distinct
   * connections mode, and with undefined in single connection mode.
   */
  url:
    | string
    | ((request: SingleConnection extends true ? undefined : RequestParams) => Promise<string> | string)
  /** Which requests have cookies; `same-origin` by default. */
  credentials?: 'omit' | 'same-origin' | 'include'
  /** As in the `RequestInit` of `fetch`. */
  referrer?: string
  /** As in the `RequestInit` of `fetch`. */
  referrerPolicy?:
    | 'no-referrer'
    | 'no-referrer-when-downgrade'
    | 'same-origin'
    | 'origin'
    | 'strict-origin'
    | 'origin-when-cross-origin'
    | 'strict-origin-when-cross-origin'
    | 'unsafe-url'
  /** Request headers, or a function that returns them, called for every connection after `url` and with the same argument. */
  headers?:
    | Record<string, string>
    | ((
        request: SingleConnection extends true ? undefined : RequestParams,
      ) => Promise<Record<string, string>> | Record<string, string>)
  /** The function to call in place of the global `fetch`. */
  fetchFn?: unknown
  /** The class to use in place of the global `AbortController` for the signals that `fetchFn` gets. */
  abortControllerImpl?: unknown
  /** Single connection mode: makes the ids of operations. */
  generateID?: () => string
  /** How many times to reconnect without a result in between before a subscription fails; 5 by default. */
  retryAttempts?: number
  /**
   * Waits before the next attempt: the client reconnects when the promise resolves. `retries` counts the attempts since the
   * last result, from 0. By default 1 s, then twice as long each time, and a random 0.3 to 3 s more.
   */
  retry?: (retries: number) => Promise<void>
  /**
   * Called with every message.
   * @deprecated Use `on.message`.
   */
  onMessage?: (message: StreamMessage<SingleConnection, StreamEvent>) => void
  /** Callbacks for all connections. */
  on?: EventListeners<SingleConnection>
}

/** A client for one server. */
export interface Client<SingleConnection extends boolean = false> {
  /**
   * Sends a request and passes its results to the sink. Returns a function that unsubscribes, which calls `sink.complete`
   * afterwards. `on` is called in addition to the client's listeners, and not in single connection mode.
   */
  subscribe<Data = Record<string, unknown>, Extensions = unknown>(
    request: RequestParams,
    sink: Sink<ExecutionResult<Data, Extensions>>,
    on?: SingleConnection extends true ? never : EventListeners<false>,
  ): () => void
  /** Sends a request at once and iterates over its results. Leaving the loop unsubscribes. */
  iterate<Data = Record<string, unknown>, Extensions = unknown>(
    request: RequestParams,
    on?: SingleConnection extends true ? never : EventListeners<false>,
  ): AsyncIterableIterator<ExecutionResult<Data, Extensions>>
  /** Completes all subscriptions and closes all connections. */
  dispose: () => void
}
