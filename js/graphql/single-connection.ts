/**
 * graphql-sse's single connection mode: one event stream carries the results of all operations, and every operation
 * is a request of its own.
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#single-connection-mode
 */

import { StreamError } from '../stream/errors.ts'
import { longestDelayMs } from '../stream/limits.ts'
import { reconnect } from '../stream/reconnect.ts'
import type { AttemptEnd } from '../stream/types.ts'
import { orAborted } from '../stream/wait.ts'
import { whenShown } from '../stream/watchdog.ts'
import { isRepeatable, operationKind } from './operation-kind.ts'
import { defaultMaxRetries, OperationRetry } from './operation-retry.ts'
import {
  type ClientListeners,
  type ClientOptions,
  type ConnectionMode,
  type Deliver,
  listeners,
  type OperationAttempt,
} from './options.ts'
import { SharedConnection } from './shared-connection.ts'
import type { ExecutionResult, Operation } from './types.ts'

/** A user of a connection: an operation, or the client itself, with its progress on the connection. */
interface User {
  readonly on: ClientListeners
  readonly signal: AbortSignal
  readonly retry: OperationRetry
  /** Whether the request may be sent again. */
  mayRepeat: boolean
  /** Whether the request was sent on this connection, and the server may have executed it. */
  isSent: boolean
  /** The number of results with data on this connection. */
  received: number
}

/** The mode in which all operations share one connection. It is open while an operation needs it. */
export class SingleConnection implements ConnectionMode {
  readonly #options: ClientOptions<true>
  readonly #on: ClientListeners
  readonly #disposal = new AbortController()
  readonly #ids = new Set<string>()
  #connection: { opened: Promise<SharedConnection>; closing: AbortController } | undefined
  #closing: ReturnType<typeof setTimeout> | undefined
  #users = 0
  #count = 0
  #attempts = 0
  #told: StreamError | undefined
  /** The error that ended the connection before. */
  #error: StreamError | undefined

  constructor(options: ClientOptions<true>, on: ClientListeners) {
    this.#options = options
    this.#on = listeners([on], this.#disposal.signal)
    if (options.lazy === false) void this.#hold()
  }

  async run(
    operation: Operation,
    deliver: Deliver,
    signal: AbortSignal,
    own?: ClientListeners,
  ): Promise<void> {
    const on = listeners([own], signal)
    const retry = new OperationRetry(this.#options)
    const mayRepeat = isRepeatable(operation, operationKind(operation))
    const user: User = { on, signal, retry, mayRepeat, isSent: false, received: 0 }
    let last: ExecutionResult | undefined
    const leave = this.#enter(signal)
    try {
      await this.#use(user, async (connection, attempt) => {
        if (last && !operation.resume) listeners([this.#on, own], signal).gap()
        const variables = last && !signal.aborted ? operation.resume?.(last) : undefined
        if (signal.aborted) return
        const id = this.#takeId()
        user.isSent = true
        const running = connection.run(id, variables ? { ...operation, variables } : operation, {
          signal,
          attempt,
          message: on.message,
          refused() {
            user.isSent = false
          },
          deliver(result, { count, hadSecond }) {
            const error = count === 1 ? retry.unauthenticated(result, user.mayRepeat) : undefined
            if (error) throw error
            // shows an operation of unknown kind to be a subscription
            if (hadSecond) user.mayRepeat = operation.idempotent ?? true
            if (result.data) user.received++
            last = result
            void deliver(result)
          },
        })
        await running.finally(() => this.#ids.delete(id))
      })
    } finally {
      leave()
    }
  }

  dispose(): void {
    this.#disposal.abort()
    this.#drop()
  }

  /** The id of an operation's next request. The server identifies operations by it, so it must not be in use. */
  #takeId(): string {
    const { generateID = () => String(++this.#count) } = this.#options
    const id = String(generateID())
    if (this.#ids.has(id)) {
      throw new StreamError(
        'invalid-request',
        `generateID returned ${JSON.stringify(id)}, which another operation is using: return a new id each time`,
      )
    }
    this.#ids.add(id)
    return id
  }

  /** Keeps a connection open although no operation needs it. */
  async #hold(): Promise<void> {
    const { onNonLazyError = console.error } = this.#options
    const { signal } = this.#disposal
    const retry = new OperationRetry(this.#options)
    this.#enter(signal)
    try {
      const user: User = { on: {}, signal, retry, mayRepeat: true, isSent: false, received: 0 }
      await this.#use(user, async connection => {
        const error = await orAborted(connection.ended, signal)
        if (error) throw error
      })
    } catch (error) {
      onNonLazyError(error)
    }
  }

  /** Uses a connection, and the next one after an error, while the retry policy allows it. */
  async #use(
    user: User,
    use: (connection: SharedConnection, attempt: OperationAttempt<true>) => Promise<void>,
  ): Promise<void> {
    const { signal, retry } = user
    const on = listeners([user.on], signal)
    let attempts = 0
    let previous: StreamError | undefined
    const error = await reconnect({
      attempt: async () => {
        user.isSent = false
        user.received = 0
        let connection: SharedConnection | undefined
        try {
          await whenShown(signal, this.#options)
          if (signal.aborted) return undefined
          const isReconnection = attempts++ > 0
          on.connecting(isReconnection)
          connection = signal.aborted ? undefined : await orAborted(this.#connect(), signal)
          if (connection === undefined || signal.aborted) return undefined
          on.connected(isReconnection)
          if (!signal.aborted) await use(connection, attemptOf(attempts, previous))
          return undefined
        } catch (error) {
          if (signal.aborted) return undefined
          if (!(error instanceof StreamError)) throw error
          previous = error
          return { ...causeOf(error, user), aliveMs: connection?.aliveMs }
        }
      },
      retry: (attempt, cause) => retry.delay(attempt, cause),
      canRefresh: typeof this.#options.headers === 'function',
      maxRetries: this.#options.maxRetries ?? defaultMaxRetries,
      onEnded: (error, delay) => {
        on.ended(error, delay)
        // all operations of a connection end with the same error, but the client's listeners are called once
        if (signal.aborted || error === this.#told) return
        this.#told = error
        this.#on.ended?.(error, delay)
      },
      healthyAfter: this.#options.healthyAfter,
      signal,
    })
    if (error) throw error
  }

  /** The current connection, or a new one. */
  #connect(): Promise<SharedConnection> {
    if (this.#connection) return this.#connection.opened
    const closing = new AbortController()
    // later, so that operations that a callback ends are known
    const opened = Promise.resolve().then(() => this.#open(closing))
    const connection = { opened, closing }
    const forget = (error?: unknown) => {
      this.#error = error instanceof StreamError ? error : undefined
      if (this.#connection === connection) this.#connection = undefined
    }
    opened.then(({ ended }) => ended.then(forget), forget)
    this.#connection = connection
    return opened
  }

  async #open(closing: AbortController): Promise<SharedConnection> {
    const isReconnection = this.#attempts++ > 0
    const on = listeners([this.#on], closing.signal)
    on.connecting(isReconnection)
    const connection = await SharedConnection.open(
      this.#options,
      on,
      closing,
      attemptOf(this.#attempts, this.#error),
    )
    on.connected(isReconnection)
    return connection
  }

  /** Counts a user until the returned function is called or the signal aborts. It takes effect at once, so that nothing more is sent. */
  #enter(signal: AbortSignal): () => void {
    let isHere = true
    const leave = () => {
      signal.removeEventListener('abort', leave)
      if (isHere) this.#leave()
      isHere = false
    }
    signal.addEventListener('abort', leave)
    this.#users++
    clearTimeout(this.#closing)
    return leave
  }

  #leave(): void {
    this.#users--
    if (this.#users > 0) return
    const { lazyCloseTimeout = 0 } = this.#options
    if (lazyCloseTimeout === 0) this.#drop()
    else if (lazyCloseTimeout <= longestDelayMs)
      this.#closing = setTimeout(() => this.#drop(), lazyCloseTimeout)
  }

  /** Closes the connection, also while it is being opened. */
  #drop(): void {
    clearTimeout(this.#closing)
    this.#connection?.closing.abort()
    this.#connection = undefined
  }
}

function attemptOf(attempt: number, error: StreamError | undefined): OperationAttempt<true> {
  return { attempt, error, lastEventId: '', operation: undefined }
}

function causeOf(error: StreamError, { retry, isSent, mayRepeat, received }: User): AttemptEnd {
  return {
    error,
    retryable: retry.isRetryable(error),
    reconnectionTime: undefined,
    request: { method: 'POST', lastEventId: '' },
    idempotent: mayRepeat || !isSent,
    received,
  }
}
