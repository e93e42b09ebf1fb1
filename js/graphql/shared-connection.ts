/** The connection of single connection mode: a reservation on the server, and the event stream that belongs to it. */

import { type Batches, readBody } from '../stream/decode-body.ts'
import { StreamError } from '../stream/errors.ts'
import { checkEventStream, resolveValue, send, streamHeaders } from '../stream/request.ts'
import { orAborted } from '../stream/wait.ts'
import { causeOfEnd, type Watchdog, watch } from '../stream/watchdog.ts'
import { graphql } from '../wasm/graphql-sse-reader.ts'
import { load } from '../wasm/module.ts'
import { isContainer } from './json-draft.ts'
import { type Message, openResponse, type Protocol } from './messages.ts'
import { hasSingleResult, operationKind } from './operation-kind.ts'
import { type ClientListeners, type ClientOptions, type OperationAttempt, requestInit } from './options.ts'
import { buildRequest, withSearch } from './request.ts'
import { brokenOff, checkResults, isComplete, OperationResults, refuseResults } from './results.ts'
import type { ExecutionResult, Operation, RequestOverrides } from './types.ts'

const tokenHeader = 'x-graphql-event-stream-token'

type Options = ClientOptions<true>
type Listeners = Required<ClientListeners>

/** The callbacks of a connection for one of its operations. */
interface Receiver {
  /** Whether the operation has ended. */
  isOver: boolean
  /** Called with every message for the operation, before its result is delivered. */
  message(message: Message): void
  next(payload: unknown): void
  /** The server has completed the operation. */
  complete(protocol: Protocol): void
  /** The operation is complete, or the connection has ended with the error. Nothing is called afterwards. */
  end(error?: StreamError): void
}

/** The arguments for running an operation on a connection. */
interface Running {
  /** Called with every message for the operation. */
  message: Listeners['message']
  /** The attempt of the operation, for the functions of the options. */
  attempt: OperationAttempt<true>
  /**
   * Called with every result. It cannot make the connection wait, because that would stop all other operations. An exception
   * ends the operation.
   */
  deliver: (result: ExecutionResult, all: OperationResults) => void
  /** Called if the server has refused the operation without executing it, because it has lost the stream. */
  refused: () => void
  /** Aborting it stops the operation. */
  signal: AbortSignal
}

/** The state that all requests of a connection share. */
interface Reservation {
  readonly options: Options
  readonly attempt: OperationAttempt<true>
  readonly url: string
  /** Aborting it ends the stream. */
  readonly closing: AbortController
  /** The user's headers of the last request. */
  headers?: HeadersInit | undefined
  /** The token of the reservation, once the server has made one. */
  token?: string
}

/** One reservation with its event stream. */
export class SharedConnection {
  /** Resolves when the stream has ended: with the error that ended it, or with undefined when it was closed. */
  readonly ended: Promise<StreamError | undefined>
  readonly #reservation: Reservation
  readonly #watchdog: Watchdog
  readonly #receivers = new Map<string, Receiver>()
  #isOpen = true

  /**
   * Reserves and opens a stream; aborting `closing` closes it, also before it is open. Rejects with a StreamError, or
   * with what a function of the options throws.
   */
  static async open(
    options: Options,
    on: Listeners,
    closing: AbortController,
    attempt: OperationAttempt<true>,
  ): Promise<SharedConnection> {
    const { signal } = closing
    const watchdog = watch(closing, options)
    try {
      signal.throwIfAborted()
      const prepared = Promise.all([resolveValue(options.url, attempt), load(graphql)])
      const [url] = (await orAborted(prepared, signal)) ?? []
      if (url === undefined || signal.aborted) throw signal.reason
      const reservation: Reservation = { options, attempt, url: String(url), closing }
      const reserved = await ask(reservation, 'PUT', { signal })
      if (reserved.status !== 201) throw await refuseResults(reserved)
      reservation.token = await reserved.text()
      const response = await ask(reservation, 'GET', { signal, accept: 'text/event-stream' })
      await checkEventStream(response)
      watchdog.opened()
      const { messages } = await openResponse('sse', response, options, signal)
      return new SharedConnection(reservation, messages, on, watchdog)
    } catch (caught) {
      watchdog.stop()
      const cause = causeOfEnd(closing, caught)
      closing.abort()
      throw cause
    }
  }

  private constructor(
    reservation: Reservation,
    messages: Batches<Message>,
    on: Listeners,
    watchdog: Watchdog,
  ) {
    this.#reservation = reservation
    this.#watchdog = watchdog
    this.ended = this.#read(messages, on, watchdog)
  }

  /** Milliseconds from the head of the stream's response to its last byte. */
  get aliveMs(): number | undefined {
    return this.#watchdog.aliveMs
  }

  /**
   * Runs an operation. Resolves when it is complete, or when the signal aborts; the server is told to stop it then.
   * Rejects with a StreamError when the operation was refused or the stream has ended, or with what `deliver` throws.
   */
  async run(id: string, operation: Operation, running: Running): Promise<void> {
    const { deliver, message, signal } = running
    const results = new OperationResults(operation.incremental ?? this.#reservation.options.incremental)
    const isSingle = hasSingleResult(operationKind(operation))
    let receiver!: Receiver
    const over = new Promise<void>((resolve, reject) => {
      receiver = {
        isOver: false,
        message,
        next(payload) {
          if (this.isOver || signal.aborted) return
          try {
            const result = results.add(payload)
            if (result !== undefined) deliver(result, results)
            if (isSingle && results.isWhole) this.end()
          } catch (cause) {
            reject(cause)
          }
        },
        complete(protocol) {
          try {
            results.checkComplete(protocol, isSingle)
            this.end()
          } catch (cause) {
            this.end(cause as StreamError)
          }
        },
        end(error) {
          this.isOver = true
          if (error) reject(error)
          else resolve()
        },
      }
    })
    this.#receivers.set(id, receiver)
    try {
      const posted = this.#post(
        { ...operation, extensions: { ...operation.extensions, operationId: id } },
        receiver,
        results,
        running,
      )
      // the results may arrive before the response to the request
      await orAborted(Promise.race([over, posted.then(() => over)]), signal)
    } finally {
      this.#receivers.delete(id)
      if (!receiver.isOver) this.#stop(id)
    }
  }

  /** Sends an operation. A response with results is the whole answer: the server does not use the stream then. */
  async #post(
    operation: Operation,
    receiver: Receiver,
    results: OperationResults,
    { attempt, signal, refused }: Running,
  ): Promise<void> {
    const { options, url } = this.#reservation
    const request = buildRequest(operation, operationKind(operation), url, { ...options, method: 'POST' })
    const response = await ask(this.#reservation, request.method, {
      attempt,
      url: request.url,
      headers: request.headers,
      body: request.body,
      signal,
      overrides: operation.request,
    })
    if (response.status === 202 || response.status === 204) return
    if (response.status === 404) {
      refused()
      throw await this.#lost(response)
    }
    const protocol = await checkResults(response)
    const { decoder, messages } = await openResponse(protocol, response, options, signal)
    try {
      for (let batch = await messages.next(); batch !== undefined; batch = await messages.next()) {
        for (const { event, data } of batch) {
          if (event === 'next') receiver.next(data)
          else if (event === 'complete') receiver.complete(decoder.protocol)
          if (receiver.isOver) return
        }
      }
    } finally {
      messages.close()
    }
    if (!(options.isComplete ?? isComplete)(results.unfinished(decoder.protocol)))
      throw brokenOff(results.last)
    receiver.end()
  }

  /** [graphql-sse] 404: the server has no stream with this token. So the connection ends for all operations. */
  async #lost(response: Response): Promise<StreamError> {
    const refusal = await refuseResults(response)
    const error = new StreamError('ended', `the server has lost the stream: ${refusal.message}`, refusal)
    this.#reservation.closing.abort(error)
    return error
  }

  #stop(id: string): void {
    if (!this.#isOpen) return
    const url = withSearch(this.#reservation.url, new URLSearchParams({ operationId: id }))
    ask(this.#reservation, 'DELETE', { url }).catch(() => {}) // the end of the stream stops it as well
  }

  /** Passes the messages of the stream to their operations until it ends. Resolves with the error that ended it. */
  async #read(
    messages: Batches<Message>,
    on: Listeners,
    watchdog: Watchdog,
  ): Promise<StreamError | undefined> {
    const { closing } = this.#reservation
    const { signal } = closing
    let error: StreamError | undefined
    try {
      await readBody(messages, batch => {
        watchdog.alive()
        for (const message of batch) {
          on.message(message)
          const { id, payload } = isContainer(message.data) ? message.data : {}
          const receiver = this.#receivers.get(String(id))
          receiver?.message(message)
          if (message.event === 'complete') receiver?.complete('sse')
          else if (message.event === 'next') receiver?.next(payload)
        }
        watchdog.reading()
      })
      error = brokenOff()
    } catch (cause) {
      error = cause as StreamError // from the body, because exceptions of listeners are reported
    }
    this.#isOpen = false
    watchdog.stop()
    if (signal.aborted) error = signal.reason instanceof StreamError ? signal.reason : undefined
    closing.abort()
    for (const receiver of this.#receivers.values()) receiver.end(error)
    return error
  }
}

/** Sends a request of a connection with fresh headers, unless the operation has ended. */
async function ask(
  reservation: Reservation,
  method: string,
  given: RequestInit & {
    url?: string
    accept?: string
    attempt?: OperationAttempt<true>
    overrides?: RequestOverrides | undefined
  },
): Promise<Response> {
  const { options, token } = reservation
  const { url = reservation.url, accept = '*/*', attempt = reservation.attempt, ...rest } = given
  const { headers, overrides = {}, ...init } = rest
  const { url: _url, fetch = options.fetch, headers: replaced, ...more } = overrides
  const own = token === undefined ? undefined : { [tokenHeader]: token }
  init.signal?.throwIfAborted()
  if (method !== 'DELETE') reservation.headers = await resolveValue(options.headers, attempt)
  init.signal?.throwIfAborted()
  return send(
    url,
    {
      ...requestInit(options, more),
      ...init,
      method,
      headers: streamHeaders(accept, '', headers, reservation.headers, own, replaced),
    },
    fetch,
    method === 'GET', // all other requests are answered immediately
  )
}
