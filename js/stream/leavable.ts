/** Iterators over generators that can be left at any time. */

/**
 * Returns an iterator over the values of a generator that ends, and cancels what it reads, when `leaving` aborts. Leaving
 * the iterator, by `return()` or `throw()`, aborts `leaving` and takes effect at once; a generator alone would first finish
 * its pending await. A generator that was never started cannot cancel anything, so `discard` is called instead.
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
