/**
 * graphql-sse's single connection mode: one event stream brings the results of all operations, each of which is a
 * request of its own. https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#single-connection-mode
 */

import { StreamError } from './errors.ts'
import type { ClientOptions } from './graphql-client.ts'
import { type ClientListeners, type Deliver, isRetryable, requestInit, retryOf } from './graphql-operation.ts'
import { graphqlRequest, withSearch } from './graphql-request.ts'
import type { Operation } from './graphql-types.ts'
import { isContainer } from './json-draft.ts'
import { type Message, openResponse } from './messages.ts'
import { orAborted, reconnect } from './reconnect.ts'
import { checkEventStream, resolveValue, send, streamHeaders } from './request.ts'
import { brokenOff, checkResults, OperationResults, refuseResults } from './results.ts'
import type { RetryCause } from './types.ts'

const tokenHeader = 'x-graphql-event-stream-token'

/** What a connection tells one of its operations. */
interface Receiver {
  next(payload: unknown): Promise<void>
  /** No more will come: the operation is complete, or the connection has ended by the error. */
  end(error?: StreamError): void
}

type Options = ClientOptions<true>

/** The operations of a client, and the connection they share while there is one. */
export class SingleConnection {
  readonly #options: Options
  readonly #on: Required<ClientListeners>
  readonly #disposal = new AbortController()
  #connection: Promise<Connection> | undefined
  #closing: ReturnType<typeof setTimeout> | undefined
  #users = 0
  #count = 0
  #isReconnection = false
  #told: StreamError | undefined

  constructor(options: Options, on: Required<ClientListeners>) {
    this.#options = options
    this.#on = on
    if (options.lazy === false) void this.#hold()
  }

  /** As runOperation. */
  async run(operation: Operation, deliver: Deliver, signal: AbortSignal): Promise<void> {
    // ids are told apart within one reservation
    const id = this.#options.generateID?.() ?? String(++this.#count)
    this.#enter()
    try {
      await this.#retrying(signal, (connection, progress) =>
        connection.run(id, operation, deliver, signal, progress),
      )
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
      await this.#retrying(signal, async connection => {
        const error = await orAborted(connection.ended, signal)
        if (error) throw error
      })
    } catch (error) {
      onNonLazyError(error)
    }
  }

  /** Does something with a connection, again with the next one while the policy allows. */
  async #retrying(
    signal: AbortSignal,
    use: (connection: Connection, progress: { received: number }) => Promise<void>,
  ): Promise<void> {
    const error = await reconnect({
      attempt: async () => {
        const progress = { received: 0 }
        try {
          const connection = await orAborted(this.#connect(), signal)
          if (connection) await use(connection, progress)
          return undefined
        } catch (cause) {
          if (!(cause instanceof StreamError)) throw cause
          return this.#causeOf(cause, progress.received)
        }
      },
      retry: retryOf(this.#options),
      onEnded: (error, delay) => {
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

  #causeOf(error: StreamError, received: number): RetryCause {
    return {
      error,
      retryable: (this.#options.isRetryable ?? isRetryable)(error),
      reconnectionTime: 0,
      lastEventId: '',
      method: 'POST',
      received,
    }
  }
}

/** One reservation with its event stream. */
class Connection {
  /** Resolves when the stream has ended: with the error that ended it, or undefined where it was closed. */
  readonly ended: Promise<StreamError | undefined>
  readonly #options: Options
  readonly #url: string
  readonly #headers: HeadersInit | undefined
  readonly #token: string
  readonly #closing: AbortController
  readonly #receivers = new Map<string, Receiver>()
  #isOpen = true

  /** Reserves and opens the stream. Rejects with a StreamError, or what a function of the options throws. */
  static async open(options: Options, on: Required<ClientListeners>): Promise<Connection> {
    const url = await resolveValue(options.url, undefined)
    const headers = await resolveValue(options.headers, undefined)
    const closing = new AbortController()
    const request = (method: string, accept: string, given?: HeadersInit) =>
      send(
        url,
        {
          ...requestInit(options),
          method,
          headers: streamHeaders(accept, '', headers, given),
          signal: closing.signal,
        },
        options.fetchFn as typeof fetch | undefined,
      )
    const reservation = await request('PUT', '*/*')
    if (reservation.status !== 201) throw await refuseResults(reservation)
    const token = await reservation.text()
    const response = await request('GET', 'text/event-stream', { [tokenHeader]: token })
    await checkEventStream(response)
    const { messages } = await openResponse('sse', response, options, closing.signal)
    return new Connection({ options, on, url, headers, token, closing, messages })
  }

  private constructor(parts: {
    options: Options
    on: Required<ClientListeners>
    url: string
    headers: HeadersInit | undefined
    token: string
    closing: AbortController
    messages: AsyncIterable<Message[]> | Iterable<Message[]>
  }) {
    this.#options = parts.options
    this.#url = parts.url
    this.#headers = parts.headers
    this.#token = parts.token
    this.#closing = parts.closing
    this.ended = this.#read(parts.messages, parts.on)
  }

  close(): void {
    this.#closing.abort()
  }

  /**
   * Runs an operation. Resolves when it is complete or the signal aborts, upon which the server is told. Rejects with
   * a StreamError where it was refused or the stream has ended, or with what `deliver` throws.
   */
  async run(
    id: string,
    operation: Operation,
    deliver: Deliver,
    signal: AbortSignal,
    progress: { received: number },
  ): Promise<void> {
    const results = new OperationResults(this.#options.incremental)
    let isOver = false
    let receiver!: Receiver
    const over = new Promise<void>((resolve, reject) => {
      receiver = {
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
      await this.#post(id, operation, receiver, signal)
      await orAborted(over, signal)
    } finally {
      this.#receivers.delete(id)
      if (!isOver) this.#stop(id)
    }
  }

  /** Sends an operation. Where the server does not put it on the stream, its response is the whole answer. */
  async #post(id: string, operation: Operation, receiver: Receiver, signal: AbortSignal): Promise<void> {
    const { print } = this.#options
    const extensions = { ...operation.extensions, operationId: id }
    const { body, headers } = graphqlRequest(
      { ...operation, extensions },
      { url: this.#url, method: 'POST', print },
    )
    const response = await this.#send('POST', this.#url, { headers, body, signal })
    if (response.status === 202 || response.status === 204) return
    const protocol = await checkResults(response)
    const { messages } = await openResponse(protocol, response, this.#options, signal)
    for await (const batch of messages) {
      for (const { event, data } of batch) if (event === 'next') await receiver.next(data)
    }
    receiver.end()
  }

  #stop(id: string): void {
    if (!this.#isOpen) return
    const url = withSearch(this.#url, new URLSearchParams({ operationId: id }))
    this.#send('DELETE', url, {}).catch(() => {}) // the end of the stream stops it as well
  }

  #send(
    method: string,
    url: string,
    { headers, body, signal }: { headers?: HeadersInit; body?: string; signal?: AbortSignal },
  ): Promise<Response> {
    const token = { [tokenHeader]: this.#token }
    return send(
      url,
      {
        ...requestInit(this.#options),
        method,
        headers: streamHeaders('*/*', '', headers, this.#headers, token),
        body: body ?? null,
        signal: signal ?? null,
      },
      this.#options.fetchFn as typeof fetch | undefined,
    )
  }

  /** Hands the messages of the stream to their operations, until it ends. */
  async #read(
    batches: AsyncIterable<Message[]> | Iterable<Message[]>,
    on: Required<ClientListeners>,
  ): Promise<StreamError | undefined> {
    let error: StreamError | undefined
    try {
      for await (const batch of batches) {
        for (const message of batch) {
          on.message(message)
          const { id, payload } = isContainer(message.data) ? message.data : {}
          const receiver = this.#receivers.get(String(id))
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
    if (this.#closing.signal.aborted) error = undefined
    this.#closing.abort()
    for (const receiver of this.#receivers.values()) receiver.end(error)
    return error
  }
}
