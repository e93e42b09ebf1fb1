/**
 * graphql-sse's single connection mode: one event stream brings the results of all operations, each of which is a
 * request of its own. https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#single-connection-mode
 */

import { StreamError } from '../stream/errors.ts'
import { isConnectionLoss, reconnect } from '../stream/reconnect.ts'
import { checkEventStream, resolveValue, send, streamHeaders } from '../stream/request.ts'
import type { RetryCause } from '../stream/types.ts'
import { orAborted } from '../stream/wait.ts'
import { causeOfEnd, type Watchdog, watch, whenShown } from '../stream/watchdog.ts'
import { isContainer } from './json-draft.ts'
import { type Message, type OpenResponse, openResponse } from './messages.ts'
import { type RetryRule, retryOf, retryRule } from './operation-retry.ts'
import type { ClientOptions } from './options.ts'
import { type ClientListeners, type Deliver, listeners, requestInit } from './options.ts'
import { graphqlRequest, operationKind, withSearch } from './request.ts'
import { brokenOff, checkResults, OperationResults, refuseResults } from './results.ts'
import type { ExecutionResult, Operation } from './types.ts'

const tokenHeader = 'x-graphql-event-stream-token'

/** What a connection tells one of its operations. */
interface Receiver {
  /** Any message for it, before what it brings is handed out. */
  message(message: Message): void
  next(payload: unknown): Promise<void>
  /** No more will come: the operation is complete, or the connection has ended by the error. */
  end(error?: StreamError): void
}

/** How far an operation has come on a connection. */
interface Progress {
  /** Whether the server has been asked. */
  isSent: boolean
  /** How many results there were. */
  received: number
}

type Options = ClientOptions<true>
type Listeners = Required<ClientListeners>
type Messages = OpenResponse['messages']

/** The operations of a client, and the connection they share while there is one. */
export class SingleConnection {
  readonly #options: Options
  readonly #on: Listeners
  readonly #disposal = new AbortController()
  #connection: Promise<Connection> | undefined
  #closing: ReturnType<typeof setTimeout> | undefined
  #users = 0
  #count = 0
  #isReconnection = false
  #told: StreamError | undefined

  constructor(options: Options, on: Listeners) {
    this.#options = options
    this.#on = on
    if (options.lazy === false) void this.#hold()
  }

  /** As runOperation. `on` is told of this operation, beside the client's own listeners. */
  async run(operation: Operation, deliver: Deliver, signal: AbortSignal, on: Listeners): Promise<void> {
    // ids are told apart within one reservation
    const id = this.#options.generateID?.() ?? String(++this.#count)
    let last: ExecutionResult | undefined
    this.#enter()
    try {
      const rule = retryRule(this.#options, operationKind(operation))
      await this.#retrying({ rule, on, signal }, async (connection, progress) => {
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

  /** Keeps a connection without an operation that would need it. */
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

  /** Does something with a connection, again with the next one while the policy allows. */
  async #retrying(
    { rule, on, signal }: { rule: RetryRule; on: Listeners; signal: AbortSignal },
    use: (connection: Connection, progress: Progress) => Promise<void>,
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
          received,
        }
      }
    }
    const error = await reconnect({
      attempt,
      retry: retryOf(this.#options),
      onEnded: (error, delay) => {
        on.ended(error, delay)
        // all operations of a connection end by the same error
        if (error !== this.#told) this.#on.ended(error, delay)
        this.#told = error
      },
      signal,
    })
    if (error) throw error
  }

  /** The connection there is, or a new one. */
  #connect(): Promise<Connection> {
    if (this.#connection) return this.#connection
    const opening = this.#open()
    const forget = () => {
      if (this.#connection === opening) this.#connection = undefined
    }
    opening.then(({ ended }) => ended.then(forget), forget)
    this.#connection = opening
    return opening
  }

  async #open(): Promise<Connection> {
    const isReconnection = this.#isReconnection
    this.#isReconnection = true
    this.#on.connecting(isReconnection)
    const connection = await Connection.open(this.#options, this.#on)
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

/** What the requests of a connection have in common. */
interface Reservation {
  readonly options: Options
  readonly url: string
  readonly headers: HeadersInit | undefined
  /** Aborting it ends the stream. */
  readonly closing: AbortController
  /** Once the server has given it. */
  token?: string
}

/** One reservation with its event stream. */
class Connection {
  /** Resolves when the stream has ended: with the error that ended it, or undefined where it was closed. */
  readonly ended: Promise<StreamError | undefined>
  readonly #reservation: Reservation
  readonly #receivers = new Map<string, Receiver>()
  #isOpen = true

  /** Reserves and opens the stream. Rejects with a StreamError, or what a function of the options throws. */
  static async open(options: Options, on: Listeners): Promise<Connection> {
    const url = await resolveValue(options.url, undefined)
    const headers = await resolveValue(options.headers, undefined)
    const closing = new AbortController()
    const { signal } = closing
    const watchdog = watch(closing, options)
    const reservation: Reservation = { options, url, headers, closing }
    try {
      const reserved = await ask(reservation, 'PUT', { signal })
      if (reserved.status !== 201) throw await refuseResults(reserved)
      reservation.token = await reserved.text()
      const response = await ask(reservation, 'GET', { signal, accept: 'text/event-stream' })
      await checkEventStream(response)
      watchdog.opened()
      const { messages } = await openResponse('sse', response, options, signal)
      return new Connection(reservation, messages, on, watchdog)
    } catch (caught) {
      watchdog.stop()
      throw causeOfEnd(closing, caught)
    }
  }

  private constructor(reservation: Reservation, messages: Messages, on: Listeners, watchdog: Watchdog) {
    this.#reservation = reservation
    this.ended = this.#read(messages, on, watchdog)
  }

  close(): void {
    this.#reservation.closing.abort()
  }

  /**
   * Runs an operation. Resolves when it is complete or the signal aborts, upon which the server is told. Rejects with
   * a StreamError where it was refused or the stream has ended, or with what `deliver` throws.
   */
  async run(
    id: string,
    operation: Operation,
    progress: Progress,
    { deliver, message, signal }: { deliver: Deliver; message: Listeners['message']; signal: AbortSignal },
  ): Promise<void> {
    const results = new OperationResults(this.#reservation.options.incremental)
    let isOver = false
    let receiver!: Receiver
    const over = new Promise<void>((resolve, reject) => {
      receiver = {
        message,
        async next(payload) {
          try {
            const result = signal.aborted ? undefined : results.add(payload)
            if (result === undefined) return
            progress.received++
            await deliver(result)
          } catch (cause) {
            reject(cause)
          }
        },
        end(error) {
          isOver = true
          if (error) reject(error)
          else resolve()
        },
      }
    })
    over.catch(() => {}) // the request may fail first
    this.#receivers.set(id, receiver)
    try {
      progress.isSent = true
      await this.#post(id, operation, receiver, signal)
      await orAborted(over, signal)
    } finally {
      this.#receivers.delete(id)
      if (!isOver) this.#stop(id)
    }
  }

  /** Sends an operation. Where the server does not put it on the stream, its response is the whole answer. */
  async #post(id: string, operation: Operation, receiver: Receiver, signal: AbortSignal): Promise<void> {
    const { options, url } = this.#reservation
    const extensions = { ...operation.extensions, operationId: id }
    const { body, headers } = graphqlRequest(
      { ...operation, extensions },
      { url, method: 'POST', print: options.print },
    )
    const response = await ask(this.#reservation, 'POST', { headers, body, signal })
    if (response.status === 202 || response.status === 204) return
    const protocol = await checkResults(response)
    const { messages } = await openResponse(protocol, response, options, signal)
    for await (const batch of messages) {
      for (const { event, data } of batch) if (event === 'next') await receiver.next(data)
    }
    receiver.end()
  }

  #stop(id: string): void {
    if (!this.#isOpen) return
    const url = withSearch(this.#reservation.url, new URLSearchParams({ operationId: id }))
    ask(this.#reservation, 'DELETE', { url }).catch(() => {}) // the end of the stream stops it as well
  }

  /** Hands the messages of the stream to their operations, until it ends. */
  async #read(batches: Messages, on: Listeners, watchdog: Watchdog): Promise<StreamError | undefined> {
    const { closing } = this.#reservation
    const { signal } = closing
    let error: StreamError | undefined
    try {
      for await (const batch of batches) {
        watchdog.alive()
        for (const message of batch) {
          on.message(message)
          const { id, payload } = isContainer(message.data) ? message.data : {}
          const receiver = this.#receivers.get(String(id))
          receiver?.message(message)
          if (message.event === 'complete') receiver?.end()
          else if (message.event === 'next') await receiver?.next(payload)
        }
      }
      error = brokenOff()
    } catch (cause) {
      error =
        cause instanceof StreamError
          ? cause
          : new StreamError('invalid-request', `a listener threw: ${cause}`, { cause })
    }
    this.#isOpen = false
    watchdog.stop()
    if (signal.aborted) error = signal.reason instanceof StreamError ? signal.reason : undefined
    closing.abort()
    for (const receiver of this.#receivers.values()) receiver.end(error)
    return error
  }
}

/** Sends a request of a connection. */
function ask(
  reservation: Reservation,
  method: string,
  given: RequestInit & { url?: string; accept?: string },
): Promise<Response> {
  const { options, token } = reservation
  const { url = reservation.url, accept = '*/*', headers, ...init } = given
  const own = token === undefined ? undefined : { [tokenHeader]: token }
  return send(
    url,
    {
      ...requestInit(options),
      ...init,
      method,
      headers: streamHeaders(accept, '', headers, reservation.headers, own),
    },
    options.fetchFn as typeof fetch | undefined,
    method === 'GET', // the others are answered at once
  )
}
