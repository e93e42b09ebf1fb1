/** Waiting: for a promise, an event or a time, and never longer than until a signal aborts. */

/** Settles with the promise, or resolves when the signal aborts. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const done = () => resolve(undefined)
    if (signal.aborted) done()
    signal.addEventListener('abort', done)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', done))
  })
}

/** While the browser says that it is offline, attempts are no more frequent than this. */
const offlineMs = 30_000

/**
 * Waits, less when the signal aborts, when the network comes back, and when the page does, from the back/forward
 * cache or from being frozen. That the browser says it is offline can be wrong: it delays and never forbids.
 */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  const isOffline = globalThis.navigator?.onLine === false
  const ends: Occasion[] = [
    [signal, 'abort'],
    [globalThis, 'online'],
    [globalThis, 'pageshow'],
    [globalThis.document, 'resume'],
  ]
  return firstOf(ends, isOffline ? Math.max(ms, offlineMs) : ms)
}

type Occasion = [target: Partial<EventTarget> | undefined, type: string]

/** Resolves at the first of these events, or after some milliseconds. Leaves no listener and no timer. */
export function firstOf(events: Occasion[], ms?: number): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer)
      for (const [target, type] of events) target?.removeEventListener?.(type, done)
      resolve()
    }
    const timer = ms === undefined ? undefined : setTimeout(done, ms)
    for (const [target, type] of events) target?.addEventListener?.(type, done)
  })
}
