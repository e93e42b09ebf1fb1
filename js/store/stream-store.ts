/** The state of a stream for a user interface: folded outside of it, and told no more often than it can be shown. */

/** Where a stream stands. */
export type StreamStatus = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'closed' | 'failed'

/** When changes are told: once a frame, or with every message. */
export type Flush = 'frame' | 'sync'

/** What is shown of a stream. A new object with every change. */
export interface StreamState<State> {
  /** What the messages have been folded to; undefined before the first. */
  readonly data: State | undefined
  readonly status: StreamStatus
  /** What the stream has failed with, or is reconnecting after. */
  readonly error: unknown
  /** How many connections have been begun. */
  readonly attempt: number
}

/** Changes the state. `data` is a function of the data so far. */
export interface Change<State> {
  data?: (data: State | undefined) => State | undefined
  status?: StreamStatus
  error?: unknown
  /** Whether a connection has begun. */
  attempt?: boolean
}

/** How long a hidden page, which draws no frames, waits at most. */
const hiddenMs = 250

/** Takes a change. False, and nothing is changed, once the stream is closed or nobody listens. */
export type TakeChange<State> = (change: Change<State>) => boolean

/** Begins a stream and returns what ends it. */
export type OpenStream<State> = (change: TakeChange<State>) => () => void

/** What opens no stream by itself: there is none, or it is over. */
const still: readonly StreamStatus[] = ['idle', 'closed', 'failed']

/**
 * One stream while anybody listens. It is opened with the first listener and closed with the last, but for one that
 * comes back at once, as React's does in strict mode. One that is over, whoever ended it, stays so until `restart`.
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

  /** Without `open` the store stays idle. */
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

  /** What a server shows, and the page until the stream is opened. */
  readonly getServerSnapshot = (): StreamState<State> => this.#initial

  /** Closes the stream and opens it anew, with no data. */
  readonly restart = (): void => {
    this.#end()
    this.#current = this.#initial
    this.#start()
    this.#tell()
  }

  /** Closes the stream, or keeps it from being opened; the data stay. */
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
    // known before it is opened: what comes at once may already end it
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
    // what changes the stream itself is shown at once: it is rare, and buttons hang on it
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

/** Calls back with the next frame, or after a while where no frames are drawn. Returns what cancels it. */
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
