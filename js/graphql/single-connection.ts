/**
 * graphql-sse's single connection mode: one event stream carries the results of all operations, and every operation
 * is a request of its own.
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#single-connection-mode
 */

import { StreamError } from '../stream/errors.ts'
import { reconnect } from '../stream/reconnect.ts'
import { isConnectionLoss } from '../stream/repeat.ts'
import type { RetryCause } from '../stream/types.ts'
import { orAborted } from '../stream/wait.ts'
import { whenShown } from '../stream/watchdog.ts'
import type { OperationKind } from './negotiation.ts'
import { type RetryRule, retryOf, retryRule } from './operation-retry.ts'
import {
  type ClientListeners,
  type ClientOptions,
  type ConnectionMode,
  type Deliver,
  listeners,
} from './options.ts'
import { operationKind } from './request.ts'
import { type Progress, SharedConnection } from './shared-connection.ts'
import type { ExecutionResult, Operation } from './types.ts'

type Listeners = Required<ClientListeners>

/** The mode in which all operations share one connection. It is open while an operation needs it. */
export class SingleConnection implements ConnectionMode {
  readonly #options: ClientOptions<true>
  readonly #on: Listeners
  readonly #disposal = new AbortController()
  #connection: Promise<SharedConnection> | undefined
  #closing: ReturnType<typeof setTimeout> | undefined
  #users = 0
  #count = 0
  #isReconnection = false
  #told: StreamError | undefined

  constructor(options: ClientOptions<true>, on: Listeners) {
    this.#options = options
    this.#on = on
    if (options.lazy === false) void this.#hold()
  }

  async run(
    operation: Operation,
    deliver: Deliver,
    signal: AbortSignal,
    own?: ClientListeners,
  ): Promise<void> {
    const on = listeners(own)
    // the server tells operations apart by their id within one reservation
    const id = this.#options.generateID?.() ?? String(++this.#count)
    let last: ExecutionResult | undefined
    this.#enter()
    try {
      const kind = operationKind(operation)
      const rule = retryRule(this.#options, kind)
      await this.#retrying({ kind, rule, on, signal }, async (connection, progress) => {
        if (last && !operation.resume) listeners(this.#on, on).gap()
        const variables = last && operation.resume?.(last)
        await connection.run(id, variables ? { ...operation, variables } : operation, progress, {
          signal,
          message: on.message,
          deliver(result) {
            last = result
            return deliver(result)
          },
        })
      })
    } finally {
      this.#leave()
    }
  }

  dispose(): void {
    this.#disposal.abort()
    this.#drop()
  }

  /** Keeps a connection open although no operation needs it. */
  async #hold(): Promise<void> {
    const { onNonLazyError = console.error } = this.#options
    this.#enter()
    try {
      const { signal } = this.#disposal
      const rule = retryRule(this.#options)
      await this.#retrying({ rule, on: listeners(), signal }, async connection => {
        const error = await orAborted(connection.ended, signal)
        if (error) throw error
      })
    } catch (error) {
      onNonLazyError(error)
    }
  }

  /** Uses a connection, and the next one after an error, while the retry policy allows it. */
  async #retrying(
    { kind, rule, on, signal }: { kind?: OperationKind; rule: RetryRule; on: Listeners; signal: AbortSignal },
    use: (connection: SharedConnection, progress: Progress) => Promise<void>,
  ): Promise<void> {
    let attempts = 0
    const attempt = async (): Promise<RetryCause | undefined> => {
      const progress = { isSent: false, received: 0 }
      try {
        await whenShown(signal, this.#options)
        if (signal.aborted) return undefined
        const isReconnection = attempts++ > 0
        on.connecting(isReconnection)
        const connection = await orAborted(this.#connect(), signal)
        if (connection === undefined || signal.aborted) return undefined
        on.connected(isReconnection)
        await use(connection, progress)
        return undefined
      } catch (error) {
        if (!(error instanceof StreamError)) throw error
        const { isSent, received } = progress
        return {
          error,
          retryable: rule(error, isSent && (received > 0 || isConnectionLoss(error))),
          reconnectionTime: 0,
          lastEventId: '',
          method: 'POST',
          idempotent: kind !== 'mutation' || !isSent,
          received,
        }
      }
    }
    const error = await reconnect({
      attempt,
      retry: retryOf(this.#options),
      onEnded: (error, delay) => {
        on.ended(error, delay)
        // all operations of a connection end with the same error: the client's listeners hear of it once
        if (error !== this.#told) this.#on.ended(error, delay)
        this.#told = error
      },
      signal,
    })
    if (error) throw error
  }

  /** The current connection, or a new one. */
  #connect(): Promise<SharedConnection> {
    if (this.#connection) return this.#connection
    const opening = this.#open()
    const forget = () => {
      if (this.#connection === opening) this.#connection = undefined
    }
    opening.then(({ ended }) => ended.then(forget), forget)
    this.#connection = opening
    return opening
  }

  async #open(): Promise<SharedConnection> {
    const isReconnection = this.#isReconnection
    this.#isReconnection = true
    this.#on.connecting(isReconnection)
    const connection = await SharedConnection.open(this.#options, this.#on)
    this.#on.connected(isReconnection)
    return connection
  }

  #enter(): void {
    this.#users++
    clearTimeout(this.#closing)
  }

  #leave(): void {
    this.#users--
    if (this.#users > 0) return
    const { lazyCloseTimeout = 0 } = this.#options
    if (lazyCloseTimeout > 0) this.#closing = setTimeout(() => this.#drop(), lazyCloseTimeout)
    else this.#drop()
  }

  #drop(): void {
    clearTimeout(this.#closing)
    this.#connection?.then(
      connection => connection.close(),
      () => {},
    )
    this.#connection = undefined
  }
}
