/** Makes an async iterator over the results of an operation. */

import type { ResultSink } from './options.ts'
import type { ExecutionResult } from './types.ts'

type Results = AsyncIterableIterator<ExecutionResult>
type Read = IteratorResult<ExecutionResult>

const done: Read = { done: true, value: undefined }

/** A queue in two stacks, because shifting a long array takes as long as the array. */
class Queue<T> {
  #arrived: T[] = []
  #oldestLast: T[] = []

  get length(): number {
    return this.#arrived.length + this.#oldestLast.length
  }

  push(value: T): void {
    this.#arrived.push(value)
  }

  shift(): T | undefined {
    if (this.#oldestLast.length === 0) {
      this.#oldestLast = this.#arrived.reverse()
      this.#arrived = []
    }
    return this.#oldestLast.pop()
  }

  clear(): void {
    this.#arrived = []
    this.#oldestLast = []
  }
}

/**
 * Subscribes at once and returns an iterator over the results. Once `maxBuffered` results wait to be read, the sink's
 * `next` returns a promise that resolves when one of them has been read. `return()` and `throw()` stop the operation and
 * take effect at once, also while `next()` is pending. An async generator would delay them.
 */
export function iterateResults(
  subscribe: (sink: ResultSink, onAbort: (reason: unknown) => void) => () => void,
  maxBuffered: number,
): Results {
  const buffered = new Queue<ExecutionResult>()
  let readers: { resolve: (read: Read) => void; reject: (error: unknown) => void }[] = []
  let isEnded = false
  let failure: { error: unknown } | undefined
  let makeRoom = () => {}

  function end(how?: { error: unknown }): void {
    if (isEnded) return
    isEnded = true
    makeRoom()
    const [first, ...others] = readers
    readers = []
    if (first && how) first.reject(how.error)
    else failure = how
    if (!how) first?.resolve(done)
    for (const { resolve } of others) resolve(done)
  }

  const sink: ResultSink = {
    next(result) {
      const reader = readers.shift()
      if (reader) return reader.resolve({ done: false, value: result })
      buffered.push(result)
      if (buffered.length < maxBuffered) return undefined
      return new Promise<void>(resolve => {
        makeRoom = resolve
      })
    },
    error: error => end({ error }),
    complete: () => end(),
  }
  const stop = subscribe(sink, reason => {
    buffered.clear()
    end({ error: reason })
  })

  function leave(): void {
    stop()
    buffered.clear()
    failure = undefined
    end()
  }

  return {
    async next() {
      const result = buffered.shift()
      makeRoom()
      if (result !== undefined) return { done: false, value: result }
      if (!isEnded) return new Promise((resolve, reject) => readers.push({ resolve, reject }))
      const thrown = failure
      failure = undefined
      if (thrown) throw thrown.error
      return done
    },
    async return() {
      leave()
      return done
    },
    async throw(error: unknown) {
      leave()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
