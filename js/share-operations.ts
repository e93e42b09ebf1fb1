/** One stream for equal operations, however many subscribe to them. */

import type { Client, Sink } from './graphql-client.ts'
import { type ClientListeners, listeners } from './graphql-operation.ts'
import type { ExecutionResult, Operation } from './graphql-types.ts'
import { operationKey } from './operation-key.ts'

/** A stream with those who share it. */
interface Shared {
  readonly sinks: Map<Sink<ExecutionResult>, ClientListeners | undefined>
  last: ExecutionResult | undefined
  isOpen: boolean
  stop: () => void
}

/**
 * A client whose subscribers share the stream of an operation that is equal by value; it ends with the last of them.
 * Who joins later is told the last result at once.
 */
export function shareOperations(client: Client): Client {
  const all = new Map<string, Shared>()

  function open(key: string, operation: Operation): Shared {
    const shared: Shared = { sinks: new Map(), last: undefined, isOpen: false, stop: () => {} }
    all.set(key, shared)
    const finish = (tell: (sink: Sink<ExecutionResult>) => void) => {
      if (all.get(key) === shared) all.delete(key)
      for (const sink of [...shared.sinks.keys()]) tell(sink)
      shared.sinks.clear()
    }
    const told = () => listeners(...shared.sinks.values())
    shared.stop = client.subscribe(
      operation,
      {
        next(result) {
          shared.last = result as ExecutionResult
          for (const sink of [...shared.sinks.keys()]) sink.next(result as ExecutionResult)
        },
        error: error => finish(sink => sink.error(error)),
        complete: () => finish(sink => sink.complete()),
      },
      {
        connecting: again => told().connecting(again),
        connected(again) {
          shared.isOpen = true
          told().connected(again)
        },
        message: message => told().message(message),
        ended(error, delay) {
          shared.isOpen = false
          told().ended(error, delay)
        },
        gap: () => told().gap(),
      },
    )
    return shared
  }

  return {
    ...client,
    subscribe(operation, sink, on) {
      const key = operationKey(operation as Operation)
      const known = all.get(key)
      const shared = known ?? open(key, operation as Operation)
      const own = { ...sink } as unknown as Sink<ExecutionResult> // the same sink may subscribe twice
      shared.sinks.set(own, on)
      if (known?.isOpen) on?.connected?.(false)
      if (known?.last) own.next(known.last)
      return () => {
        if (!shared.sinks.delete(own) || shared.sinks.size > 0) return
        if (all.get(key) === shared) all.delete(key)
        shared.stop()
      }
    },
  }
}
