/** The state of a stream for a user interface, which is notified no more often than it can render. */

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
export interface StreamState<State> {
  /** What the messages have been reduced to; undefined before the first one. */
  readonly data: State | undefined
  readonly status: StreamStatus
  /** Why the stream has failed, or is reconnecting. */
  readonly error: unknown
  /** How many connections have been started. */
  readonly attempt: number
}

/** A change of the state. `data` makes the next data from the data so far. */
export interface Change<State> {
  data?: (data: State | undefined) => State | undefined
  status?: StreamStatus
  error?: unknown
  /** Whether a connection has started. */
  attempt?: boolean
}

/** The longest wait on a page that draws no frames because it is hidden. */
const hiddenMs = 250

/** Applies a change. Returns false and changes nothing once the stream is closed or has no listeners. */
export type TakeChange<State> = (change: Change<State>) => boolean

/** Opens a stream. Returns a function that closes it. */
export type OpenStream<State> = (change: TakeChange<State>) => () => void

/** The states in which a listener does not open the stream: there is none, or it is over. */
const still: readonly StreamStatus[] = ['idle', 'closed', 'failed']

/**
 * A store for one stream, as React's useSyncExternalStore wants it. The first listener opens the stream, and it is closed
 * when the last has left, unless one comes back within the same microtask, as in React's strict mode. A stream that is
 * over, whatever ended it, stays so until `restart`.
 */
export class StreamStore<State> {
  readonly #open: OpenStream<State>
  readonly #initial: StreamState<State>
  readonly #flush: () => Flush
  readonly #listeners = new Set<() => void>()
  #current: StreamState<State>
  #shown: StreamState<State>
  #close: (() => void) | undefined
  #cancelFlush: (() => void) | undefined

  /** Without `open` the store stays `idle`. */
  constructor(open: OpenStream<State> | undefined, flush: () => Flush = () => 'frame') {
    this.#open = open ?? (() => () => {})
    this.#flush = flush
    this.#initial = {
      data: undefined,
      status: open ? 'connecting' : 'idle',
      error: undefined,
      attempt: 0,
    }
    this.#current = this.#shown = this.#initial
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    this.#start()
    return () => {
      this.#listeners.delete(listener)
      queueMicrotask(() => {
        if (this.#listeners.size === 0) this.#end()
      })
    }
  }

  readonly getSnapshot = (): StreamState<State> => this.#shown

  /** The state on a server, and on the page until it is hydrated. */
  readonly getServerSnapshot = (): StreamState<State> => this.#initial

  /** Closes the stream and opens it again, without data. */
  readonly restart = (): void => {
    this.#end()
    this.#current = this.#initial
    this.#start()
    this.#tell()
  }

  /** Closes the stream, or prevents that it is opened. Keeps the data. */
  readonly stop = (): void => {
    if (this.#current.status === 'idle') return
    this.#end()
    this.#current = { ...this.#current, status: 'closed' }
    this.#tell()
  }

  #start(): void {
    if (this.#close || this.#listeners.size === 0 || still.includes(this.#current.status)) return
    let isOver = false
    let close = () => {}
    // set before the stream is opened, because what arrives synchronously may already end it
    this.#close = () => {
      isOver = true
      close()
    }
    close = this.#open(change => {
      if (isOver || this.#listeners.size === 0) return false
      this.#change(change)
      return true
    })
    if (isOver) close()
  }

  #end(): void {
    this.#close?.()
    this.#close = undefined
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
  }

  #change({ data, attempt, ...rest }: Change<State>): void {
    const before = this.#current
    const next = data ? data(before.data) : before.data
    const isNews =
      !Object.is(next, before.data) ||
      attempt ||
      Object.entries(rest).some(([name, value]) => before[name as 'status'] !== value)
    if (!isNews) return
    this.#current = { ...before, ...rest, data: next, attempt: before.attempt + (attempt ? 1 : 0) }
    // a change of status is rare and buttons depend on it, so it does not wait for a frame
    if (this.#flush() === 'sync' || !data) this.#tell()
    else this.#cancelFlush ??= nextFrame(() => this.#tell())
  }

  #tell(): void {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    this.#shown = this.#current
    for (const listener of this.#listeners) listener()
  }
}

/** Calls back in the next frame, or after a while where no frames are drawn. Returns a function that cancels it. */
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
