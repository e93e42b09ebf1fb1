/** What a client is told: its options, and what they call. */

import type { StreamError } from '../stream/errors.ts'
import type { WatchdogOptions } from '../stream/watchdog.ts'
import type { Message } from './messages.ts'
import type { ProtocolOption } from './negotiation.ts'
import type { OperationRetryOptions } from './operation-retry.ts'
import type { PrintDocument } from './query-text.ts'
import type { BuildRequest } from './request.ts'
import type { IncrementalDelivery, UnfinishedResponse } from './results.ts'
import type { ExecutionResult, Operation } from './types.ts'

/** What happens on the connection of an operation, or of all operations in single connection mode. */
export interface ClientListeners {
  /** An attempt begins; `reconnecting` from the second one on. */
  connecting?: (reconnecting: boolean) => void
  /** The server has answered and will send results. */
  connected?: (reconnected: boolean) => void
  /** A message has come: `next`, `complete`, or an event of the server's own, which is ignored otherwise. */
  message?: (message: Message) => void
  /** A connection has ended by an error. `willReconnectIn` is milliseconds, null if it was the last attempt. */
  ended?: (error: StreamError, willReconnectIn: number | null) => void
  /** Connected again, and what was sent in between is lost: there was neither an id nor `resume` to go on from. */
  gap?: () => void
}

/** How operations are sent and read. Functions are asked again at every attempt. */
export interface GraphqlRequestOptions<SingleConnection extends boolean = false>
  extends WatchdogOptions,
    OperationRetryOptions {
  /** The address of the server; given the operation, but in single connection mode. */
  url:
    | string
    | ((operation: SingleConnection extends true ? undefined : Operation) => string | Promise<string>)
  /** Headers to send. They replace our own of the same name. */
  headers?:
    | HeadersInit
    | ((
        operation: SingleConnection extends true ? undefined : Operation,
      ) => HeadersInit | Promise<HeadersInit>)
  /** Whether cookies are sent: `omit`, `same-origin` (the default) or `include`. */
  credentials?: RequestCredentials
  referrer?: string
  referrerPolicy?: ReferrerPolicy
  /** What to use for `fetch`; the global one by default. */
  fetchFn?: unknown
  /**
   * `auto`, the default, finds out what the server wants and remembers it: first an event stream is asked for, then,
   * where that is refused, multipart, then JSON. `sse` and `multipart` ask for that alone. What comes is read by its
   * `Content-Type`.
   */
  protocol?: ProtocolOption
  /** The `Accept` header to send instead, for servers with wishes of their own. */
  accept?: string
  /** `POST` by default; `GET` for servers and caches that want it. */
  method?: 'GET' | 'POST'
  /** Makes the request of an operation; {@link graphqlRequest} by default. */
  buildRequest?: BuildRequest
  /** `print` of the graphql package, for queries that are documents without their source. */
  print?: PrintDocument
  /** `@defer` and `@stream`: whole results so far (`merge`, the default), or payloads as they come (`raw`). */
  incremental?: IncrementalDelivery
  /** The largest message accepted, in bytes; 16 MiB by default. */
  maxMessageBytes?: number
  /** The most bytes of headers that a part of a multipart body may have; 16 KiB by default. */
  maxHeaderBytes?: number
  /** What it means that a response ends without the protocol's own end; {@link isComplete} by default. */
  isComplete?: (response: UnfinishedResponse) => boolean
}

/** The options of {@link createClient}. Those of graphql-sse's client mean here what they mean there. */
export interface ClientOptions<SingleConnection extends boolean = false>
  extends GraphqlRequestOptions<SingleConnection> {
  /**
   * Sends all operations over one connection, for servers of graphql-sse's protocol over HTTP/1, where a browser
   * opens no more than six. False by default: one stream for each operation.
   */
  singleConnection?: SingleConnection
  /** In single connection mode: connect with the first operation rather than at once. True by default. */
  lazy?: SingleConnection extends true ? boolean : never
  /** In lazy single connection mode: milliseconds to keep a connection that no operation needs; 0 by default. */
  lazyCloseTimeout?: SingleConnection extends true ? number : never
  /** In single connection mode that is not lazy: told why there is no connection any more. */
  onNonLazyError?: SingleConnection extends true ? (error: unknown) => void : never
  /** Makes the ids of operations in single connection mode; numbers by default. */
  generateID?: () => string
  /** How many results wait for whoever iterates before the network does; 100 by default. */
  maxBufferedResults?: number
  /** What happens on the connections of all operations. */
  on?: ClientListeners
  /** Every message, as `on.message`. */
  onMessage?: (message: Message) => void
}

/** What a subscription calls. After `error` and after `complete` comes nothing more. */
export interface Sink<Result> {
  /** The next result. What it throws ends the subscription by `error`. */
  next(result: Result): void
  /** The operation has failed for good: a StreamError, or what a function of the options has thrown. */
  error(error: unknown): void
  /** The operation is complete. Not called when it was unsubscribed. */
  complete(): void
}

/** Takes a result. A promise is waited for before the next result is read. */
export type Deliver = (result: ExecutionResult) => void | Promise<void>

/** The part of a request that is the same for all operations. */
export function requestInit({
  credentials = 'same-origin',
  referrer,
  referrerPolicy,
}: Pick<GraphqlRequestOptions, 'credentials' | 'referrer' | 'referrerPolicy'>): RequestInit {
  return { credentials, referrer, referrerPolicy }
}

/** Tells several listeners at once. */
export function listeners(...all: (ClientListeners | undefined)[]): Required<ClientListeners> {
  const tell =
    (name: keyof ClientListeners) =>
    (...given: unknown[]) => {
      for (const on of all) (on?.[name] as ((...given: unknown[]) => void) | undefined)?.(...given)
    }
  return {
    connecting: tell('connecting'),
    connected: tell('connected'),
    message: tell('message'),
    ended: tell('ended'),
    gap: tell('gap'),
  }
}
