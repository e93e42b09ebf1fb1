/** Makes an async iterator over the results of an operation. */

import type { ResultSink } from './options.ts'
import type { ExecutionResult } from './types.ts'

type Results = AsyncIterableIterator<ExecutionResult>
type Read = IteratorResult<ExecutionResult>

const done: Read = { done: true, value: undefined }

/**
 * Subscribes at once and returns an iterator over the results. Once `maxBuffered` results wait to be read, the sink's
 * `next` returns a promise that resolves when one of them has been read. `return()` and `throw()` stop the operation and
 * take effect at once, also while `next()` is pending. An async generator would delay them.
 */
export function iterateResults(
  subscribe: (sink: ResultSink, onAbort: (reason: unknown) => void) => () => void,
  maxBuffered: number,
): Results {
  const buffered: ExecutionResult[] = []
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
    buffered.length = 0
    end({ error: reason })
  })

  function leave(): void {
    stop()
    buffered.length = 0
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
