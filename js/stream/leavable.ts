/** Generators that can be left at any time. */

/**
 * An iterator over the values of a generator that ends, and cancels what it reads, when `leaving` aborts. Leaving the
 * iterator, by `return()` or `throw()`, aborts it and takes effect at once; a generator alone would first wait for what it
 * waits for. One that was never started is not there to cancel anything: then `discard` is called.
 */
export function leavable<T>(
  values: AsyncGenerator<T, void, undefined>,
  leaving: AbortController,
  discard: () => void,
): AsyncGenerator<T, void, undefined> {
  let isStarted = false
  const leave = () => {
    if (!isStarted) discard()
    isStarted = true
    leaving.abort()
  }
  const iterator = {
    next() {
      isStarted = true
      return values.next()
    },
    return() {
      leave()
      return values.return()
    },
    throw(error: unknown) {
      leave()
      return values.throw(error)
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator as AsyncGenerator<T, void, undefined>
}
