/** One stream for all subscribers of equal operations. */

import type { Client } from '../graphql/client.ts'
import { type ClientListeners, listeners, type Sink } from '../graphql/options.ts'
import type { ExecutionResult, Operation } from '../graphql/types.ts'
import { reportError } from '../stream/report-error.ts'
import { onAbort } from '../stream/wait.ts'
import { operationKey, requesterOf } from './operation-key.ts'

/** One of the subscribers that share a stream. */
interface Sharer {
  readonly sink: Sink<ExecutionResult>
  readonly on: ClientListeners | undefined
  isOver: boolean
  /** Removes the listener from the subscriber's signal. */
  letGo: () => void
}

/**
 * Makes a client whose subscribers share one stream if their operations are equal by value. The stream ends with its
 * last subscriber. A subscriber that joins later gets the state of the stream and the last result at once. An exception
 * of a subscriber ends only its own subscription.
 *
 * A stream is shared only while the address and the headers are the same, because results belong to the user for
 * whom they were requested. Where the client's `url` or `headers` is a function, it is called for every subscriber, and
 * a stream that has reconnected, perhaps with other headers, takes no more subscribers. Cookies, and what a `fetch`
 * function of the user adds, are not compared: after a sign-out with these, make a new client.
 */
export function shareOperations(client: Client): Client {
  const all = new Map<string, SharedStream>()

  function share(key: string, own: Sharer, operation: Operation, mayReconnect: boolean): () => void {
    const known = all.get(key)
    if (known) return known.join(own)
    const forget = () => {
      if (all.get(key) === stream) all.delete(key)
    }
    const stream = new SharedStream(forget, mayReconnect)
    all.set(key, stream)
    const leave = stream.join(own)
    stream.open(client, operation)
    return leave
  }

  return {
    ...client,
    subscribe(given, sink, on) {
      // the signal stops its own subscriber, not the stream
      const { signal, ...operation } = given as Operation
      if (signal?.aborted) return () => {}
      const key = operationKey(operation)
      const own: Sharer = {
        sink: sink as unknown as Sink<ExecutionResult>,
        on,
        isOver: false,
        letGo: () => {},
      }
      let leave = () => {}
      const stop = () => {
        own.isOver = true
        own.letGo()
        leave()
      }
      own.letGo = onAbort(signal, stop)
      const requester = requesterOf(client, operation)
      if (requester === undefined) leave = share(key, own, operation, true)
      else {
        requester.then(text => {
          if (!own.isOver) leave = share(key + text, own, operation, false)
        })
      }
      return stop
    },
  }
}

/** A stream and its subscribers. */
class SharedStream {
  readonly #sharers = new Set<Sharer>()
  readonly #forget: () => void
  readonly #mayReconnect: boolean
  #last: ExecutionResult | undefined
  #begun = 0
  /** Reports the state of the latest connection. */
  #tellProgress: (on: Required<ClientListeners>) => void = () => {}
  #isOver = false
  #stop = () => {}

  /** Calls `forget` when no more subscribers may join: at its end, and when it reconnects, unless that is allowed. */
  constructor(forget: () => void, mayReconnect: boolean) {
    this.#forget = forget
    this.#mayReconnect = mayReconnect
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
          if (again && !this.#mayReconnect) this.#forget()
          this.#begun++
          this.#tellProgress = () => {}
          all().connecting(again)
        },
        response: response => all().response(response),
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

  /** Adds a subscriber. Returns a function that removes it. */
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

/** Reports the end of the stream to a subscriber, in a separate microtask so that its exception reaches no other. */
function tellLast(sharer: Sharer, tell: (sink: Sink<ExecutionResult>) => void): void {
  // not queueMicrotask, which the fake timers of test runners hold back
  Promise.resolve()
    .then(() => {
      sharer.letGo()
      if (!sharer.isOver) tell(sharer.sink)
    })
    .catch(error => reportError(error))
}
