/** Plays a recording back to a client, without a server. */

import { checkNumber, longestDelayMs } from '../stream/limits.ts'
import { fromBase64, type RecordedConnection, type Recording } from './recording.ts'

/** The options of `replayFetch`. */
export interface ReplayOptions {
  /** How many times as fast as the recorded stream: greater than 0, `Infinity` for no delays. 1 by default. */
  speed?: number | undefined
  /** Called after the last connection has ended and its reader has seen the end. */
  onEnd?: (() => void) | undefined
}

/**
 * Returns a `fetch` that answers from a recording. The first request gets the first recorded response, and so on, with
 * the recorded timing. Pass it to a client as its `fetch`. The returned function rejects with a TypeError, as for an
 * unreachable server, if the recording has no response or no further connection. Throws a RangeError if `speed` is not
 * greater than 0.
 */
export function replayFetch(
  { connections }: Recording,
  { speed = 1, onEnd }: ReplayOptions = {},
): typeof fetch {
  if (checkNumber('speed', speed) === 0) throw new RangeError('speed must be more than 0, not 0')
  let next = 0
  return async (_input, init) => {
    const connection = connections[next++]
    const isLast = next >= connections.length
    const over = new AbortController()
    const { signal } = over
    const abort = () => over.abort(init?.signal?.reason)
    if (init?.signal?.aborted) abort()
    init?.signal?.addEventListener('abort', abort, { once: true })
    const startedAt = performance.now()
    const until = (time: number) => sleep(startedAt + time / speed - performance.now(), signal)
    const finish = () => {
      if (isLast) setTimeout(() => onEnd?.())
    }
    await until(connection?.respondedAt ?? connection?.end ?? 0)
    signal.throwIfAborted()
    if (connection?.status === undefined) {
      finish()
      throw new TypeError('the recording has no response to this request')
    }
    const { status, headers = [] } = connection
    // a Response with this status must not have a body
    const isEmpty = [101, 204, 205, 304].includes(status)
    if (isEmpty) finish()
    const body = isEmpty ? null : bodyOf(connection, { isLast, over, until, finish })
    return new Response(body, { status, headers })
  }
}

/** The body of a recorded response. Calls `finish` at its last read. */
function bodyOf(
  { chunks, end, endedBy }: RecordedConnection,
  given: {
    isLast: boolean
    over: AbortController
    until: (time: number) => Promise<void>
    finish: () => void
  },
): ReadableStream<Uint8Array> {
  const { isLast, over, until, finish } = given
  const { signal } = over
  const left = chunks.filter(([, base64]) => base64 !== '')
  return new ReadableStream(
    {
      start(controller) {
        signal.addEventListener('abort', () => controller.error(signal.reason))
      },
      // one chunk for each pull, because an error would drop queued chunks
      async pull(controller) {
        const [time, base64] = left.shift() ?? [end]
        await until(time)
        if (signal.aborted) return
        if (base64 !== undefined) return controller.enqueue(fromBase64(base64))
        // the client closed it, so the server would have sent more
        if (endedBy === 'server') controller.close()
        else if (endedBy !== 'client' || !isLast)
          controller.error(new TypeError('the recorded connection ends here'))
        finish()
      },
      cancel: () => over.abort(),
    },
    { highWaterMark: 0 },
  )
}

/** At least one turn of the event loop only where there is something to wait for. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (!(ms > 0) || signal.aborted) return Promise.resolve()
  return new Promise(resolve => {
    const timer = setTimeout(done, Math.min(ms, longestDelayMs))
    signal.addEventListener('abort', done)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
