/** Shares subscriptions: their results, in the order and under the ids that the server gave them. */

import {
  type ClientListeners,
  type ConnectionMode,
  type Deliver,
  listeners,
  type OperationProgress,
} from '../graphql/options.ts'
import type { OperationRequest } from '../graphql/request.ts'
import type { ExecutionResult, Operation } from '../graphql/types.ts'
import type { StreamEvent } from '../stream/types.ts'
import { onAbort } from '../stream/wait.ts'
import { type SharedStream, type SharingOptions, shareStream } from './share-stream.ts'
import type { StreamObserver } from './surroundings.ts'

type Describe = (operation: Operation) => Promise<OperationRequest | undefined>

/** The mode in which subscriptions are run by the tab that leads. `mode` runs all other operations. */
export class SharedResults implements ConnectionMode {
  readonly #sharing: SharingOptions
  readonly #mode: ConnectionMode
  readonly #on: ClientListeners
  readonly #describe: Describe

  constructor(sharing: SharingOptions, mode: ConnectionMode, on: ClientListeners, describe: Describe) {
    this.#sharing = sharing
    this.#mode = mode
    this.#on = on
    this.#describe = describe
  }

  async run(operation: Operation, deliver: Deliver, signal: AbortSignal, own?: ClientListeners) {
    const request = await this.#describe(operation)
    // files in its variables cannot be compared
    if (request === undefined || typeof request.body === 'object')
      return this.#mode.run(operation, deliver, signal, own)
    if (signal.aborted) return undefined
    const shared = new SharedOperation(this.#mode, operation, request, listeners([this.#on, own], signal))
    return shared.run(this.#sharing, deliver, signal)
  }

  dispose(): void {
    this.#mode.dispose()
  }
}

/** One subscription in one tab. Its events are its results as JSON. */
class SharedOperation {
  readonly #mode: ConnectionMode
  readonly #operation: Operation
  readonly #request: OperationRequest
  readonly #on: Required<ClientListeners>
  /** The results of this tab's own connection, which need not be parsed again. */
  readonly #results = new WeakMap<StreamEvent, ExecutionResult>()
  #isConnecting = false

  constructor(
    mode: ConnectionMode,
    operation: Operation,
    request: OperationRequest,
    on: Required<ClientListeners>,
  ) {
    this.#mode = mode
    this.#operation = operation
    this.#request = request
    this.#on = on
  }

  run(sharing: SharingOptions, deliver: Deliver, signal: AbortSignal): Promise<void> {
    this.#connecting(false)
    return new Promise((resolve, reject) => {
      let hasEnded = false
      const end = (settle: () => void) => {
        close()
        letGo()
        settle()
      }
      const close = shareStream(sharing, this.#stream, {
        opened: () => {
          this.#connecting(true)
          this.#isConnecting = false
          this.#on.connected(hasEnded)
        },
        arrived: events => {
          try {
            for (const event of events) {
              if (signal.aborted) return
              void deliver(this.#resultOf(event) as ExecutionResult, event.lastEventId)
            }
          } catch (error) {
            end(() => reject(error))
          }
        },
        gap: () => this.#on.gap(),
        ended: (error, willReconnectIn) => {
          hasEnded = true
          this.#isConnecting = false
          if (isStreamError(error)) this.#on.ended(error, willReconnectIn)
          if (willReconnectIn === null) end(() => (error === undefined ? resolve() : reject(error)))
        },
      })
      const letGo = onAbort(signal, () => end(resolve))
    })
  }

  get #stream(): SharedStream {
    const { query, operationName, idempotent = true, incremental } = this.#operation
    const { url, method, body } = this.#request
    return {
      name: operationName ?? String(query),
      usesIds: true,
      start: '',
      mayResume: () => idempotent,
      describe: async () => [url, method, body ?? null, idempotent, incremental ?? null],
      connect: (last, observer) => this.#connect(last, observer),
    }
  }

  /** Runs the subscription in this tab, after the result that it, or another tab, has had. */
  #connect(last: StreamEvent | undefined, observer: StreamObserver): () => void {
    const stopping = new AbortController()
    const { signal } = stopping
    const progress: OperationProgress = {
      last: last && this.#resultOf(last),
      lastEventId: last?.lastEventId ?? '',
    }
    let events: StreamEvent[] = []
    // the results of a chunk are delivered without a pause between them, and shared together
    const flush = () => {
      const all = events
      events = []
      if (all.length > 0 && !signal.aborted) observer.arrived(all)
    }
    const deliver: Deliver = (result, lastEventId = '') => {
      const event = { type: 'next', data: JSON.stringify(result), lastEventId }
      this.#results.set(event, result)
      if (events.push(event) === 1) queueMicrotask(flush)
    }
    const own: ClientListeners = {
      connecting: again => again && this.#connecting(true),
      response: response => this.#on.response(response),
      message: message => this.#on.message(message),
      connected: () => observer.opened({ status: 200, url: '' }),
      gap: () => observer.gap(),
      ended: (error, willReconnectIn) => {
        flush()
        if (willReconnectIn !== null) observer.ended(error, willReconnectIn)
      },
    }
    const end = (error?: unknown) => {
      flush()
      if (!signal.aborted) observer.ended(error, null)
    }
    this.#mode.run(this.#operation, deliver, signal, own, progress).then(() => end(), end)
    return () => stopping.abort()
  }

  #connecting(reconnecting: boolean): void {
    if (!this.#isConnecting) this.#on.connecting(reconnecting)
    this.#isConnecting = true
  }

  #resultOf(event: StreamEvent): ExecutionResult | undefined {
    return this.#results.get(event) ?? (event.data === '' ? undefined : JSON.parse(event.data))
  }
}

function isStreamError(error: unknown): error is Parameters<Required<ClientListeners>['ended']>[0] {
  return (error as Error | undefined)?.name === 'StreamError'
}
