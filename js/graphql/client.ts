/** A GraphQL client for results that come over time, with the interface of graphql-sse's. */

import { StreamError } from '../stream/errors.ts'
import { checkMaxMessageBytes } from '../wasm/limits.ts'
import { Negotiation } from './negotiation.ts'
import { runOperation } from './operation.ts'
import { type ClientListeners, type ClientOptions, type Deliver, listeners, type Sink } from './options.ts'
import { SingleConnection } from './single-connection.ts'
import type { AnyVariables, ExecutionResult, Operation } from './types.ts'

/** A client for one server. */
export interface Client {
  /**
   * Sends an operation and hands out its results until it is complete or has failed, over as many connections as it
   * takes. Returns the function that ends it: nothing is called afterwards, and the connection is given up.
   */
  subscribe<Data = Record<string, unknown>, Variables = AnyVariables>(
    operation: Operation<Data, Variables>,
    sink: Sink<ExecutionResult<Data>>,
    on?: ClientListeners,
  ): () => void
  /**
   * The same as an iterator. Leaving the loop ends the operation. While `maxBufferedResults` wait for whoever iterates,
   * no more is read from the network.
   */
  iterate<Data = Record<string, unknown>, Variables = AnyVariables>(
    operation: Operation<Data, Variables>,
    on?: ClientListeners,
  ): AsyncIterableIterator<ExecutionResult<Data>>
  /** Completes all operations, gives up all connections, and takes no more operations. */
  dispose(): void
}

/**
 * Makes a client. It connects with the first operation. Which protocol the server speaks is found out and
 * remembered, see {@link ClientOptions.protocol}.
 */
export function createClient<Single extends boolean = false>(options: ClientOptions<Single>): Client {
  const { maxBufferedResults = 100 } = options
  checkMaxMessageBytes(options.maxMessageBytes)
  const on = listeners(options.on, options.onMessage && { message: options.onMessage })
  const single = options.singleConnection
    ? new SingleConnection(options as ClientOptions<true>, on)
    : undefined
  const negotiation = new Negotiation(options)
  const running = new Set<{ complete: () => void }>()
  let disposed = false

  function start(
    operation: Operation,
    sink: { next: Deliver; error: (error: unknown) => void; complete: () => void },
    own?: ClientListeners,
  ): () => void {
    const stopping = new AbortController()
    const finish = (tell: () => void) => {
      if (!running.delete(entry)) return
      stopping.abort()
      tell()
    }
    const entry = { complete: () => finish(() => sink.complete()) }
    running.add(entry)
    if (disposed) {
      const error = new StreamError('invalid-request', 'the client has been disposed')
      queueMicrotask(() => finish(() => sink.error(error)))
    } else {
      const { signal } = stopping
      const deliver: Deliver = result => sink.next(result)
      const run = single
        ? single.run(operation, deliver, signal, listeners(own))
        : runOperation(
            { operation, options: options as ClientOptions<boolean>, negotiation, on: listeners(on, own) },
            deliver,
            signal,
          )
      run
        .then(
          () => finish(() => sink.complete()),
          error => finish(() => sink.error(error)),
        )
        .catch(reportError)
    }
    return () => finish(() => {})
  }

  function iterate(operation: Operation, on?: ClientListeners) {
    const waiting: ExecutionResult[] = []
    let ended: { error?: unknown } | undefined
    let wake = () => {}
    let makeRoom = () => {}
    const end = (how: { error?: unknown }) => {
      ended ??= how
      wake()
    }
    const stop = start(
      operation,
      {
        next(result) {
          waiting.push(result)
          wake()
          if (waiting.length < maxBufferedResults) return undefined
          return new Promise<void>(resolve => {
            makeRoom = resolve
          })
        },
        error: error => end({ error }),
        complete: () => end({}),
      },
      on,
    )
    const results = (async function* () {
      try {
        for (;;) {
          const result = waiting.shift()
          makeRoom()
          if (result !== undefined) yield result
          else if (ended && 'error' in ended) throw ended.error
          else if (ended) return
          else {
            await new Promise<void>(resolve => {
              wake = resolve
            })
          }
        }
      } finally {
        stop()
      }
    })()
    const leave = (): void => {
      stop()
      waiting.length = 0
      end({})
    }
    // a generator that waits takes no return() before it goes on: whoever leaves must not have to wait for a result
    return {
      next: () => results.next(),
      return: () => {
        leave()
        return results.return()
      },
      throw: (error: unknown) => {
        leave()
        return results.throw(error)
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  return {
    subscribe: (operation, sink, own) => start(operation as Operation, sink as Sink<ExecutionResult>, own),
    iterate: (operation, own) => iterate(operation as Operation, own) as never,
    dispose() {
      disposed = true
      for (const { complete } of [...running]) complete()
      single?.dispose()
    },
  }
}

/** What a user's callback throws is shown as that of an event listener would be. */
function reportError(error: unknown): void {
  if (typeof globalThis.reportError === 'function') globalThis.reportError(error)
  else
    setTimeout(() => {
      throw error
    })
}
