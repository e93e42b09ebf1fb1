/** One stream for equal operations, however many subscribe to them. */

import type { Client } from '../graphql/client.ts'
import type { Sink } from '../graphql/options.ts'
import { type ClientListeners, listeners } from '../graphql/options.ts'
import type { ExecutionResult, Operation } from '../graphql/types.ts'
import { operationKey } from './operation-key.ts'

/** One of those who share a stream. */
interface Sharer {
  readonly sink: Sink<ExecutionResult>
  readonly on: ClientListeners | undefined
  isOver: boolean
}

/**
 * A client whose subscribers share the stream of an operation that is equal by value; it ends with the last of them.
 * Who joins later is told at once where the stream stands, and the last result. What one of them throws ends its own
 * subscription alone.
 */
export function shareOperations(client: Client): Client {
  const all = new Map<string, SharedStream>()
  return {
    ...client,
    subscribe(operation, sink, on) {
      const key = operationKey(operation as Operation)
      const own: Sharer = { sink: sink as unknown as Sink<ExecutionResult>, on, isOver: false }
      const known = all.get(key)
      if (known) return known.join(own)
      const stream = new SharedStream(() => {
        if (all.get(key) === stream) all.delete(key)
      })
      all.set(key, stream)
      const leave = stream.join(own)
      stream.open(client, operation as Operation)
      return leave
    },
  }
}

/** A stream with those who share it. */
class SharedStream {
  readonly #sharers = new Set<Sharer>()
  readonly #forget: () => void
  #last: ExecutionResult | undefined
  #begun = 0
  /** Tells how the last of the connections that were begun has gone on. */
  #tellProgress: (on: Required<ClientListeners>) => void = () => {}
  #isOver = false
  #stop = () => {}

  /** `forget` is called when nobody may join any more. */
  constructor(forget: () => void) {
    this.#forget = forget
  }

  open(client: Client, operation: Operation): void {
    const all = () => listeners([...this.#sharers].map(({ on }) => on))
    this.#stop = client.subscribe(
      operation,
      {
        next: result => {
          this.#last = result
          for (const sharer of [...this.#sharers]) this.#deliver(sharer, result)
        },
        error: error => this.#finish(sink => sink.error(error)),
        complete: () => this.#finish(sink => sink.complete()),
      },
      {
        connecting: again => {
          this.#begun++
          this.#tellProgress = () => {}
          all().connecting(again)
        },
        connected: again => {
          this.#tellProgress = on => on.connected(again)
          all().connected(again)
        },
        message: message => all().message(message),
        ended: (error, delay) => {
          this.#tellProgress = on => on.ended(error, delay)
          all().ended(error, delay)
        },
        gap: () => all().gap(),
      },
    )
    if (this.#isOver) this.#stop()
  }

  /** Returns what leaves. */
  join(sharer: Sharer): () => void {
    this.#sharers.add(sharer)
    const on = listeners([sharer.on])
    for (let n = 0; n < this.#begun; n++) on.connecting(n > 0)
    this.#tellProgress(on)
    if (this.#last) this.#deliver(sharer, this.#last)
    return () => {
      sharer.isOver = true
      this.#remove(sharer)
    }
  }

  #deliver(sharer: Sharer, result: ExecutionResult): void {
    if (sharer.isOver) return
    try {
      sharer.sink.next(result)
    } catch (error) {
      this.#remove(sharer)
      tellLast(sharer, sink => sink.error(error))
    }
  }

  #remove(sharer: Sharer): void {
    if (this.#sharers.delete(sharer) && this.#sharers.size === 0) this.#end()
  }

  #finish(tell: (sink: Sink<ExecutionResult>) => void): void {
    this.#end()
    for (const sharer of this.#sharers) tellLast(sharer, tell)
    this.#sharers.clear()
  }

  #end(): void {
    this.#isOver = true
    this.#forget()
    this.#stop()
  }
}

/** Tells one of them how it has ended, in a task of its own: what it throws is no business of the others. */
function tellLast(sharer: Sharer, tell: (sink: Sink<ExecutionResult>) => void): void {
  queueMicrotask(() => {
    if (!sharer.isOver) tell(sharer.sink)
  })
}
