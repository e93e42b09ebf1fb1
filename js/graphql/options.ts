/** The options of a client, their callbacks, and the interface of the two connection modes. */

import type { StreamError } from '../stream/errors.ts'
import { checkNumber } from '../stream/limits.ts'
import { reportError } from '../stream/report-error.ts'
import type { Attempt } from '../stream/types.ts'
import { checkTimeouts, type WatchdogOptions } from '../stream/watchdog.ts'
import { checkBytes, checkMaxMessageBytes } from '../wasm/limits.ts'
import type { Message } from './message-decoders.ts'
import type { ProtocolOption } from './negotiation.ts'
import type { OperationRetryOptions } from './operation-retry.ts'
import type { PrintDocument } from './query-text.ts'
import type { BuildRequest, OperationRequest } from './request.ts'
import type { IncrementalDelivery, UnfinishedResponse } from './results.ts'
import type { ExecutionResult, Operation } from './types.ts'

/**
 * Callbacks for the connections of one operation, or of all operations in the client's options. An exception of a callback
 * is reported like that of an event listener, and does not stop the operation.
 */
export interface ClientListeners {
  /** An attempt begins. `reconnecting` is true from the second attempt on. */
  connecting?: ((reconnecting: boolean) => void) | undefined
  /** The head of a response has arrived, with any status. Called several times while the client finds out the protocol. */
  response?: ((response: Response) => void) | undefined
  /** The server has answered and will send results. */
  connected?: ((reconnected: boolean) => void) | undefined
  /** A message has arrived: `next`, `complete`, or another event of the server, which is otherwise ignored. */
  message?: ((message: Message) => void) | undefined
  /**
   * A connection has ended with an error. `willReconnectIn` is the delay before the next attempt in milliseconds, or
   * null if there is none.
   */
  ended?: ((error: StreamError, willReconnectIn: number | null) => void) | undefined
  /**
   * A new connection is open, and results that were sent in between may be lost: there was neither a last event id
   * nor `resume` to continue from.
   */
  gap?: (() => void) | undefined
}

/** The argument of a function in the options: the attempt that it is called for. */
export interface OperationAttempt<SingleConnection extends boolean = false>
  extends Omit<Attempt, 'response'> {
  /** The operation; undefined in single connection mode, where all operations share a connection. */
  readonly operation: SingleConnection extends true ? undefined : Operation
}

/** A value, or a function that returns it, called for every attempt. */
export type PerOperation<T, SingleConnection extends boolean = false> =
  | T
  | ((attempt: OperationAttempt<SingleConnection>) => T | Promise<T>)

/** How operations are sent and read. Options that are functions are called again for every attempt. */
export interface GraphqlRequestOptions<SingleConnection extends boolean = false>
  extends WatchdogOptions,
    OperationRetryOptions {
  /** The server's address, or a function that returns it, called for every attempt. */
  url: PerOperation<string | URL, SingleConnection>
  /**
   * Request headers, or a function that returns them, called for every attempt. They replace the client's own headers of
   * the same name. After a 401 the request is sent again once, with the headers that the function then returns.
   */
  headers?: PerOperation<HeadersInit | undefined, SingleConnection> | undefined
  /** Which requests have cookies: `omit`, `same-origin` (the default) or `include`. */
  credentials?: RequestCredentials | undefined
  /** As in the `RequestInit` of `fetch`. */
  referrer?: string | undefined
  /** As in the `RequestInit` of `fetch`. */
  referrerPolicy?: ReferrerPolicy | undefined
  /** The function to call in place of the global `fetch`. */
  fetch?: typeof fetch | undefined
  /**
   * `auto`, the default, finds out what the server supports and remembers it. Queries and mutations request JSON or multipart
   * with one header, and an event stream only if the server refuses that before it executes them (404, 405, 406, 415).
   * Subscriptions request an event stream first, after a refusal multipart, and then JSON. `sse` and `multipart` request only
   * that protocol. The response is always read as its `Content-Type` says.
   */
  protocol?: ProtocolOption | undefined
  /** An `Accept` header to send instead, for servers that need a particular one. */
  accept?: string | undefined
  /** The HTTP method: `POST` by default. With `GET` mutations are still sent with POST. */
  method?: 'GET' | 'POST' | undefined
  /** Makes the request of an operation; {@link graphqlRequest} by default. */
  buildRequest?: BuildRequest | undefined
  /** The `print` function of the graphql package, for queries that are parsed documents without their source. */
  print?: PrintDocument | undefined
  /** `@defer` and `@stream`: `merge`, the default, delivers the whole results so far, `raw` the payloads themselves. */
  incremental?: IncrementalDelivery | undefined
  /** The largest message accepted, in bytes; 16 MiB by default. */
  maxMessageBytes?: number | undefined
  /** The largest headers of a multipart part, in bytes; 16 KiB by default. */
  maxHeaderBytes?: number | undefined
  /** Whether a response that ended without its protocol's end is complete; {@link isComplete} by default. */
  isComplete?: ((response: UnfinishedResponse) => boolean) | undefined
}

/** The options of {@link createClient}. */
export interface ClientOptions<SingleConnection extends boolean = false>
  extends GraphqlRequestOptions<SingleConnection> {
  /**
   * Runs all operations over one event stream, for servers of graphql-sse's protocol over HTTP/1, where a browser
   * opens at most six connections. False by default: every operation has a stream of its own.
   */
  singleConnection?: SingleConnection | undefined
  /** Single connection mode: whether to wait for the first operation before connecting. True by default. */
  lazy?: (SingleConnection extends true ? boolean : never) | undefined
  /** Single connection mode, lazy: how long to keep an unused connection, in milliseconds; 0 by default, `Infinity` for ever. */
  lazyCloseTimeout?: (SingleConnection extends true ? number : never) | undefined
  /** Single connection mode, not lazy: called with the error when the client gives up; `console.error` by default. */
  onNonLazyError?: (SingleConnection extends true ? (error: unknown) => void : never) | undefined
  /** Single connection mode: makes the ids of operations; numbers by default. */
  generateID?: (() => string) | undefined
  /**
   * How many unread results an iterator buffers before the client stops reading from the network; 100 by default. In
   * single connection mode the client reads on, because stopping would hold up all other operations: the buffer has no
   * limit there.
   */
  maxBufferedResults?: number | undefined
  /** Callbacks for the connections of all operations. */
  on?: ClientListeners | undefined
  /** Called when `on.gap` is: a new connection is open, and results sent in between are lost. */
  onGap?: (() => void) | undefined
  /**
   * Shares subscriptions with the other tabs that ask for the same: what `shareAcrossTabs` of `postsource/tabs` returns.
   * Queries and mutations are not shared. The listeners `response` and `message` are called in the tab that leads. The
   * buffer of an iterator has no limit. Single connection mode ignores it.
   */
  tabs?: ResultSharing | undefined
}

/** The callbacks of a subscription. Nothing is called after `error` or `complete`. */
export interface Sink<Result> {
  /** The next result. An exception thrown here ends the subscription with `error`. */
  next(result: Result): void
  /** The operation has failed for good, with a StreamError, or with the exception of a function of the options. */
  error(error: unknown): void
  /** The operation is complete. Not called when it was unsubscribed. */
  complete(): void
}

/** A {@link Sink} whose `next` may return a promise, which is awaited before more is read. */
export interface ResultSink extends Sink<ExecutionResult> {
  next: Deliver
}

/** Receives a result, and the last event id after it if there is one. A returned promise is awaited before more is read. */
export type Deliver = (result: ExecutionResult, lastEventId?: string) => void | Promise<void>

/** What there has been of an operation before it is run, in another tab: it continues after that. */
export interface OperationProgress {
  readonly last: ExecutionResult | undefined
  readonly lastEventId: string
}

/** A connection mode: separate connections, or a shared one. */
export interface ConnectionMode {
  /**
   * Runs an operation over as many connections as it takes. `on` is called in addition to the client's listeners.
   * Resolves when the operation is complete or the signal aborts. Rejects when it has failed for good: with a
   * StreamError, or with the exception of a user's function.
   *
   * An operation that continues after `progress` calls no listener but `on`.
   */
  run(
    operation: Operation,
    deliver: Deliver,
    signal: AbortSignal,
    on?: ClientListeners,
    progress?: OperationProgress,
  ): Promise<void>
  /** Closes the connections that belong to no single operation. */
  dispose(): void
}

/** Shares subscriptions with other tabs: what the option `tabs` takes. `shareAcrossTabs` of `postsource/tabs` makes it. */
export interface ResultSharing {
  /**
   * Called by the library for every client that has the option. Returns a mode that runs the operations of which `describe`
   * resolves with a request for all tabs, and the others by `mode`.
   */
  shareResults(
    mode: ConnectionMode,
    options: Pick<ClientOptions, 'disconnectWhenHidden'>,
    on: ClientListeners,
    describe: (operation: Operation) => Promise<OperationRequest | undefined>,
  ): ConnectionMode
}

/** Throws a TypeError without an address, and a RangeError for an option that is not one of its values or out of its range. */
export function checkOptions(options: ClientOptions<boolean>): void {
  if (!options?.url)
    throw new TypeError(
      "createClient needs the address of the server: give it the option url, as in createClient({ url: '/graphql' })",
    )
  const { maxRetries = 0, maxBufferedResults = 1, lazyCloseTimeout = 0 } = options
  checkTimeouts(options)
  checkMaxMessageBytes(options.maxMessageBytes)
  if (options.maxHeaderBytes !== undefined) checkBytes('maxHeaderBytes', options.maxHeaderBytes)
  checkNumber('maxRetries', maxRetries)
  checkNumber('lazyCloseTimeout', lazyCloseTimeout, { unit: 'milliseconds' })
  checkNumber('maxBufferedResults', maxBufferedResults, { min: 1 })
  checkChoice('protocol', options.protocol, ['auto', 'sse', 'multipart'])
  checkChoice('method', options.method, ['GET', 'POST'])
  checkChoice('incremental', options.incremental, ['merge', 'raw'])
}

function checkChoice(option: string, value: unknown, choices: string[]): void {
  if (value === undefined || choices.includes(value as string)) return
  throw new RangeError(`${option} must be one of ${choices.join(', ')}, not ${String(value)}`)
}

/** The part of a request that is the same for all operations, with what one operation has instead. */
export function requestInit(
  {
    credentials = 'same-origin',
    referrer,
    referrerPolicy,
  }: Pick<GraphqlRequestOptions, 'credentials' | 'referrer' | 'referrerPolicy'>,
  overrides: object = {},
): RequestInit {
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined)
  return { credentials, referrer, referrerPolicy, ...Object.fromEntries(given) }
}

/**
 * Combines several sets of listeners into one, which does nothing once the signal has aborted. An exception of a listener is
 * reported and does not stop the operation.
 */
export function listeners(
  all: (ClientListeners | undefined)[],
  signal?: AbortSignal,
): Required<ClientListeners> {
  const tell =
    (name: keyof ClientListeners) =>
    (...given: unknown[]) => {
      for (const on of all) {
        if (signal?.aborted) return
        try {
          ;(on?.[name] as ((...given: unknown[]) => void) | undefined)?.(...given)
        } catch (error) {
          reportError(error)
        }
      }
    }
  return {
    connecting: tell('connecting'),
    response: tell('response'),
    connected: tell('connected'),
    message: tell('message'),
    ended: tell('ended'),
    gap: tell('gap'),
  }
}
