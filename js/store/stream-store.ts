/** The state of a stream for a user interface, which is notified no more often than it can render. */

import { reasonOf, StreamError } from '../stream/errors.ts'
import { callSafely, reportError } from '../stream/report-error.ts'

/**
 * - `idle`: there is no stream to open.
 * - `connecting`, `open`, `reconnecting`: the stream is in use.
 * - `closed`: the stream is over, by the server or by `stop`.
 * - `failed`: the stream has failed for good.
 */
export type StreamStatus = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'closed' | 'failed'

/** When listeners are notified of messages: at most once per animation frame, or of each at once. */
export type Flush = 'frame' | 'sync'

/** What a user interface shows of a stream. Every change makes a new object. */
export interface StreamState<Data> {
  /** What the messages have been reduced to. */
  readonly data: Data
  readonly status: StreamStatus
  /** Why the stream has failed, or is reconnecting. */
  readonly error: StreamError | undefined
  /** The number of connections that were started. */
  readonly attempt: number
  /** When the next attempt is due, in milliseconds since the epoch; undefined unless the stream waits for one. */
  readonly retryAt: number | undefined
}

/** A change of the state. */
export interface Change<Data> {
  /** Makes the next data from the data so far. If it throws, the stream fails. */
  data?: (data: Data) => Data
  status?: StreamStatus
  error?: StreamError | undefined
  /** When the next attempt is due; it is forgotten with the next status. */
  retryAt?: number
  /** Whether a connection has started. */
  attempt?: boolean
}

/** The longest wait on a page that draws no frames because it is hidden. */
const hiddenMs = 250

/**
 * Applies a change. Returns whether it did: nothing changes once the stream is closed or has no listeners, or if `data`
 * throws.
 */
export type TakeChange<Data> = (change: Change<Data>) => boolean

/**
 * Opens a stream, which continues from `position` if there is one. Returns a function that closes it and returns the
 * position that it has reached.
 */
export type OpenStream<Data, Position> = (
  change: TakeChange<Data>,
  position: Position | undefined,
) => () => Position | undefined

/** What a store asks its owner for, each time it needs it. */
export interface StoreOptions {
  /** When listeners are notified; `frame` by default. */
  flush?: () => Flush | undefined
  /** Called when the stream has failed for good. */
  onError?: (error: StreamError) => void
}

/** The states in which a listener does not open the stream, because there is none or it is over. */
const still: readonly StreamStatus[] = ['idle', 'closed', 'failed']

/** A StreamError as it is; anything else, which a function of the user has thrown, is the `cause` of one. */
export function asStreamError(error: unknown): StreamError {
  if (error instanceof StreamError) return error
  return new StreamError('invalid-request', reasonOf(error), { cause: error })
}

/**
 * A store for one stream, as React's useSyncExternalStore needs it. The first listener opens the stream, and it is closed
 * when the last has left, unless one comes back within the same microtask, as in React's strict mode. A stream that is
 * over, whatever ended it, stays so until `reconnect` or `reset`.
 */
export class StreamStore<Data, Position = undefined> {
  readonly #open: OpenStream<Data, Position> | undefined
  readonly #initial: StreamState<Data>
  readonly #options: StoreOptions
  readonly #listeners = new Set<() => void>()
  #current: StreamState<Data>
  #shown: StreamState<Data>
  #position: Position | undefined
  #close: (() => void) | undefined
  #cancelFlush: (() => void) | undefined

  /** Without `open` the store stays `idle`. */
  constructor(data: Data, open: OpenStream<Data, Position> | undefined, options: StoreOptions = {}) {
    this.#open = open
    this.#options = options
    this.#initial = {
      data,
      status: open ? 'connecting' : 'idle',
      error: undefined,
      attempt: 0,
      retryAt: undefined,
    }
    this.#current = this.#shown = this.#initial
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    this.#start()
    return () => {
      this.#listeners.delete(listener)
      // not queueMicrotask, which the fake timers of test runners hold back
      Promise.resolve().then(() => {
        if (this.#listeners.size === 0) this.#end()
      })
    }
  }

  readonly getSnapshot = (): StreamState<Data> => this.#shown

  /** The state on a server, and on the page until it is hydrated. */
  readonly getServerSnapshot = (): StreamState<Data> => this.#initial

  /** Closes the stream and opens it again at once, from the position that it has reached. Keeps the data. */
  readonly reconnect = (): void => this.#begin(this.#current.data)

  /** Closes the stream and opens it again from its beginning, with the initial data. */
  readonly reset = (): void => {
    this.#end()
    this.#position = undefined
    this.#begin(this.#initial.data)
  }

  /** Closes the stream, or prevents it from being opened. Keeps the data. */
  readonly stop = (): void => {
    if (!this.#open) return
    this.#end()
    this.#current = { ...this.#current, status: 'closed', retryAt: undefined }
    this.#tell()
  }

  #begin(data: Data): void {
    this.#end()
    this.#current = { ...this.#initial, data }
    this.#start()
    this.#tell()
  }

  #start(): void {
    if (this.#close || this.#listeners.size === 0 || still.includes(this.#current.status)) return
    let isOver = false
    let close = (): Position | undefined => undefined
    const end = () => {
      isOver = true
      this.#position = close() ?? this.#position
    }
    // set before the stream is opened, because what arrives synchronously may already end it
    this.#close = end
    const take: TakeChange<Data> = change => !isOver && this.#listeners.size > 0 && this.#change(change)
    try {
      close = this.#open?.(take, this.#position) ?? close
    } catch (cause) {
      this.#fail(cause, reasonOf(cause))
    }
    if (isOver) end()
  }

  #end(): void {
    this.#close?.()
    this.#close = undefined
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
  }

  /** Ends the stream for good, with what the user's code has thrown. */
  #fail(cause: unknown, message: string): void {
    reportError(cause, true)
    this.#end()
    this.#change({ status: 'failed', error: new StreamError('invalid-request', message, { cause }) })
  }

  #change({ data, attempt = false, ...rest }: Change<Data>): boolean {
    const before = this.#current
    let next = before.data
    try {
      if (data) next = data(before.data)
    } catch (cause) {
      this.#fail(cause, `reduce threw: ${reasonOf(cause)}`)
      return false
    }
    const members = rest.status ? { retryAt: undefined, ...rest } : rest
    const isNews =
      !Object.is(next, before.data) ||
      attempt ||
      Object.entries(members).some(([name, value]) => before[name as 'status'] !== value)
    if (!isNews) return true
    this.#current = { ...before, ...members, data: next, attempt: before.attempt + Number(attempt) }
    // a change of status is rare and buttons depend on it, so it does not wait for a frame
    if (this.#options.flush?.() === 'sync' || !data) this.#tell()
    else this.#cancelFlush ??= nextFrame(() => this.#tell())
    if (rest.status === 'failed' && rest.error) callSafely(this.#options.onError, rest.error)
    return true
  }

  #tell(): void {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    this.#shown = this.#current
    for (const listener of this.#listeners) listener()
  }
}

/** Calls back in the next frame, or after a while if no frames are drawn. Returns a function that cancels it. */
function nextFrame(callback: () => void): () => void {
  const frame = globalThis.requestAnimationFrame?.(() => run())
  const timer = setTimeout(() => run(), frame === undefined ? 16 : hiddenMs)
  const cancel = () => {
    clearTimeout(timer)
    if (frame !== undefined) globalThis.cancelAnimationFrame(frame)
  }
  const run = () => {
    cancel()
    callback()
  }
  return cancel
}
