/** Waiting: for a promise, an event or a time, and never longer than until a signal aborts. */

import { longestDelayMs } from './limits.ts'

/** Calls back once when the signal aborts. Returns what removes the listener: Node 20 holds `{ signal }` ones weakly. */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  signal?.addEventListener('abort', callback, { once: true })
  return () => signal?.removeEventListener('abort', callback)
}

/** Settles with the promise, or resolves when the signal aborts. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const done = () => resolve(undefined)
    if (signal.aborted) done()
    const remove = onAbort(signal, done)
    promise.then(resolve, reject).finally(remove)
  })
}

/**
 * Settles with the promise, or rejects with the signal's reason when it aborts. What the promise resolves with
 * afterwards is handed to `discard`.
 */
export function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | null | undefined,
  discard?: (late: T) => void,
): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    const remove = onAbort(signal, abort)
    promise.then(value => (signal.aborted ? discard?.(value) : resolve(value)), reject).finally(remove)
  })
}

/** While the browser says that it is offline, attempts are no more frequent than this. */
const offlineMs = 30_000

/**
 * Waits, less when the signal aborts. Once `atLeast` milliseconds are over, it also ends when the network comes back, and
 * when the page does, from the back/forward cache or from being frozen. That the browser says it is offline can be
 * wrong: it delays and never forbids. Resolves with whether it was the network or the page that ended the wait.
 */
export async function delay(ms: number, signal: AbortSignal, atLeast = 0): Promise<boolean> {
  const begin = performance.now()
  if (signal.aborted) return false
  if (atLeast > 0) await firstOf([[signal, 'abort']], Math.min(atLeast, longestDelayMs))
  const isOffline = globalThis.navigator?.onLine === false
  const left = (isOffline ? Math.max(ms, offlineMs) : ms) - (performance.now() - begin)
  if (signal.aborted || (atLeast > 0 && left <= 0)) return false
  const ended = await firstOf(
    [
      [signal, 'abort'],
      [globalThis, 'online'],
      [globalThis, 'pageshow'],
      [globalThis.document, 'resume'],
    ],
    left,
  )
  return ended !== undefined && !signal.aborted
}

type Occasion = [target: Partial<EventTarget> | undefined, type: string]

/** Resolves with the first of these events, or with undefined after some milliseconds. Leaves no listener and no timer. */
export function firstOf(events: Occasion[], ms?: number): Promise<Event | undefined> {
  return new Promise(resolve => {
    const done = (event?: Event) => {
      clearTimeout(timer)
      for (const [target, type] of events) target?.removeEventListener?.(type, done)
      resolve(event)
    }
    const timer = ms === undefined ? undefined : setTimeout(done, ms)
    for (const [target, type] of events) target?.addEventListener?.(type, done)
  })
}
