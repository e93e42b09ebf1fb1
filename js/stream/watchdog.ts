/** Ends dead connections, and those of hidden pages if the option asks for it. */

import { StreamError } from './errors.ts'
import { checkTimeout } from './limits.ts'
import { firstOf, orAborted } from './wait.ts'

/** When to give up a connection. Timeouts of 0 (the default) and Infinity mean no limit. */
export interface WatchdogOptions {
  /**
   * Milliseconds from the beginning of an attempt, including the functions of the options, to the head of the response.
   * Some servers send it with the first message or heartbeat only: Cosmo Router, whose heartbeats come every 5 seconds, and
   * proxies that buffer.
   */
  connectTimeout?: number | undefined
  /**
   * Milliseconds of silence on an open stream. Heartbeats and comments count as bytes. Time in which nothing was read,
   * because the page was busy or the consumer slow, does not count.
   */
  idleTimeout?: number | undefined
  /** Close the stream while the page is hidden, and connect again when it is shown. False by default. */
  disconnectWhenHidden?: boolean | undefined
}

/** Throws a RangeError for an option of a connection that is no number of milliseconds. */
export function checkTimeouts(options: WatchdogOptions & { healthyAfter?: number }): void {
  for (const option of ['connectTimeout', 'idleTimeout', 'healthyAfter'] as const)
    checkTimeout(option, options[option])
}

export interface Watchdog {
  /** Milliseconds from the head of the response to the last byte; undefined without a response. */
  readonly aliveMs: number | undefined
  /** Called when the response's head has arrived. The stream is read from now on. */
  opened(): void
  /** Called when bytes have arrived. The silence is not measured until `reading`. */
  alive(): void
  /** Called when the bytes have been processed, and the stream is read again. */
  reading(): void
  stop(): void
}

const frozen = 'the browser has frozen the page'

/** Aborts the attempt. The reason is a StreamError `connect-timeout`, `idle-timeout` or `paused`. */
export function watch(attempt: AbortController, options: WatchdogOptions): Watchdog {
  const page = globalThis.document
  const pause = () => {
    if (page?.hidden)
      attempt.abort(new StreamError('paused', 'the page is hidden, and disconnectWhenHidden is set'))
  }
  const freeze = () => {
    followFreezing()
    attempt.abort(new StreamError('paused', `${frozen}, which ends its connections`))
  }
  if (options.disconnectWhenHidden) page?.addEventListener?.('visibilitychange', pause)
  page?.addEventListener?.('freeze', freeze)

  const timerOf = (option: 'connectTimeout' | 'idleTimeout', code: 'connect-timeout' | 'idle-timeout') =>
    silenceTimer(checkTimeout(option, options[option]), limit =>
      attempt.abort(new StreamError(code, `nothing came for ${limit} ms; ${option} sets the limit`)),
    )
  const connect = timerOf('connectTimeout', 'connect-timeout')
  const idle = timerOf('idleTimeout', 'idle-timeout')
  const freezes = isDedicatedWorker()
    ? freezeDetector(() =>
        attempt.abort(new StreamError('paused', `${frozen} of this worker, and the stream stays silent`)),
      )
    : undefined
  let openedAt: number | undefined
  let lastByteAt = 0
  connect.start()
  return {
    get aliveMs() {
      return openedAt === undefined ? undefined : lastByteAt - openedAt
    },
    opened() {
      connect.stop()
      idle.start()
      freezes?.start()
      openedAt = performance.now()
      lastByteAt = openedAt
    },
    alive() {
      idle.pause()
      freezes?.alive()
      lastByteAt = performance.now()
    },
    reading() {
      idle.start()
      freezes?.reading()
    },
    stop() {
      connect.stop()
      idle.stop()
      freezes?.stop()
      page?.removeEventListener?.('visibilitychange', pause)
      page?.removeEventListener?.('freeze', freeze)
    },
  }
}

/**
 * Calls back when it has not been started anew, or paused, for `limit` milliseconds. No timer is set for every start: the
 * one there is looks how long it has been. A timer that fires late shows that the event loop was busy, or frozen, and then
 * something may have come that is not read yet: it waits once more, for as long as it was late, but not longer than `limit`.
 */
function silenceTimer(limit: number, onOver: (limit: number) => void) {
  let begin = 0
  let due = 0
  let isPaused = false
  let hasGrace = true
  let timer: ReturnType<typeof setTimeout> | undefined
  const set = (ms: number) => {
    due = performance.now() + ms
    timer = setTimeout(look, ms)
  }
  function look(): void {
    timer = undefined
    if (isPaused) return
    const now = performance.now()
    const left = begin + limit - now
    if (left > 0) set(left)
    else if (hasGrace) {
      hasGrace = false
      set(Math.min(limit, now - due))
    } else afterReading(judge)
  }
  function judge(): void {
    if (!isPaused && !hasGrace) onOver(limit)
  }
  return {
    start() {
      if (limit === Number.POSITIVE_INFINITY) return
      begin = performance.now()
      isPaused = false
      hasGrace = true
      if (timer === undefined) set(limit)
    },
    pause() {
      isPaused = true
    },
    stop() {
      isPaused = true
      clearTimeout(timer)
    },
  }
}

/** The period of the timer in workers, in milliseconds. */
const tickMs = 1000
/** A tick that is later than this, in milliseconds, follows a long task or a freeze. */
const gapMs = 5000
/** The shortest silence, in milliseconds, that shows a stream to be dead. */
const shortestSilenceMs = 30_000

/**
 * Calls back when the stream has died because the page was frozen. Chromium freezes the dedicated workers of a page with
 * it, but they get no event, and their responses yield no byte afterwards. In a worker, a freeze looks like a long task:
 * timers fire late. The next bytes tell them apart. After a long task everything that the server has sent is there. A stream
 * is dead if it stays silent for twice as long as the server ever was, the gap included.
 *
 * A stream on which the server has never paused and continued is not judged: set `idleTimeout` for it.
 */
function freezeDetector(onDead: () => void) {
  let lastByteAt = 0
  let longestSilence = 0
  let isReading = true
  let hasGap = false
  let due = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  function tick(): void {
    const now = performance.now()
    const isLate = now - due > gapMs
    const isSilent = isReading && now - lastByteAt > Math.max(shortestSilenceMs, 2 * longestSilence)
    // a tick that is on time follows the gap: what has come meanwhile has been read
    if (hasGap && !isLate && isSilent && longestSilence >= tickMs) onDead()
    else set(now)
    hasGap ||= isLate
  }
  function set(now: number): void {
    due = now + tickMs
    timer = setTimeout(tick, tickMs)
  }
  return {
    start() {
      lastByteAt = performance.now()
      set(lastByteAt)
    },
    alive() {
      const now = performance.now()
      longestSilence = Math.max(longestSilence, now - lastByteAt)
      lastByteAt = now
      isReading = false
      hasGap = false
    },
    reading() {
      isReading = true
    },
    stop: () => clearTimeout(timer),
  }
}

/** Other workers outlive a page and are not frozen with it. */
function isDedicatedWorker(): boolean {
  return 'DedicatedWorkerGlobalScope' in globalThis
}

/** Node runs all due timers before it reads from sockets. This waits until it has read. */
function afterReading(callback: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void }
  if (setImmediate) setImmediate(callback)
  else callback()
}

/** Resolves when the page is not frozen. */
let thawing: Promise<unknown> | undefined

function followFreezing(): void {
  thawing ??= firstOf([
    [globalThis.document, 'resume'],
    [globalThis.document, 'visibilitychange'],
    [globalThis, 'pageshow'],
  ]).then(() => {
    thawing = undefined
  })
}

/** Resolves when the page may connect, because it is not frozen and, with the option, shown; or when the signal aborts. */
export async function whenShown(
  signal: AbortSignal,
  { disconnectWhenHidden }: WatchdogOptions,
): Promise<void> {
  if (thawing) await orAborted(thawing, signal)
  const { document } = globalThis
  while (disconnectWhenHidden && document?.hidden && !signal.aborted) {
    await firstOf([
      [document, 'visibilitychange'],
      [signal, 'abort'],
    ])
  }
}

/** The error that ended an attempt: the watchdog's, if it aborted the attempt, or the caught one. */
export function causeOfEnd({ signal }: AbortController, caught: unknown): unknown {
  return signal.reason instanceof StreamError ? signal.reason : caught
}
