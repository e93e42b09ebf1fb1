/** Lists and follows the streams that a page has open, through any copy of the library. */

import { type OpenStream, openStreams, type StreamObserver } from '../stream/open-streams.ts'
import { type OptionNames, warnOfUnknownOptions } from '../stream/unknown-options.ts'
import { printTrace } from './console-printer.ts'
import { loadInspector } from './inspector.ts'
import { measureTrace } from './performance-measures.ts'
import { ConnectionRecorder, checkTraceLimits, Trace, type TraceLimits } from './trace.ts'

/** The options of {@link watchPage}. */
export interface WatchPageOptions extends TraceLimits {
  /** The console to print to; the global one by default. */
  console?: Console | undefined
  /** Whether to print the inspector's findings too. False by default. */
  inspect?: boolean | undefined
}

const optionNames: OptionNames<WatchPageOptions> = {
  console: true,
  inspect: true,
  maxBytes: true,
  maxConnections: true,
  maxMessages: true,
}

/** What {@link watchPage} returns. */
export interface PageWatch {
  /** The streams that were seen. Connections that continue one another are one stream. */
  readonly traces: Trace[]
  /** Prints the open streams as a table. */
  list(): void
  /** Stops observing. The streams themselves go on. */
  stop(): void
}

/**
 * Prints the messages of every stream that is open or opens later, and makes `performance.measure` entries for the
 * Performance panel. The inspector does not judge streams that were already open, because it has not seen their beginning.
 * Warns about unknown options on the console, and throws a RangeError for a limit that is no such number.
 */
export function watchPage(options: WatchPageOptions = {}): PageWatch {
  warnOfUnknownOptions('watchPage()', options, optionNames)
  checkTraceLimits(options)
  const { console = globalThis.console, inspect = false, ...limits } = options
  const traces: Trace[] = []
  const recorders = new WeakMap<OpenStream, ConnectionRecorder>()
  let observer: StreamObserver | undefined
  let isStopped = false

  /** The trace that this stream continues, or a new one. */
  function traceOf(stream: OpenStream): Trace {
    const known = traces.find(trace => isContinuation(trace, stream))
    if (known) return known
    const trace = new Trace(stream.url, () => {})
    traces.push(trace)
    printTrace(trace, { console, hasFindings: inspect, label: `[${traces.length}]` })
    measureTrace(trace)
    return trace
  }

  async function begin(): Promise<void> {
    const module = await loadInspector()
    if (isStopped) return
    const add = (stream: OpenStream, isLate: boolean) => {
      const recorder = new ConnectionRecorder(traceOf(stream), module, stream, { ...limits, isLate })
      recorders.set(stream, recorder)
      if (isLate && stream.response) recorder.record('response', undefined, stream)
    }
    for (const stream of openStreams().streams) add(stream, true)
    observer = (what, stream, value) => {
      if (what === 'request') add(stream, false)
      else recorders.get(stream)?.record(what, value, stream)
    }
    openStreams().observers.add(observer)
  }

  begin().catch(cause =>
    console.error('postsource: the inspector cannot be loaded, so no stream is observed', cause),
  )
  return {
    traces,
    list() {
      console.table(
        [...openStreams().streams].map(({ url, init, startedAt, response }) => ({
          method: init.method ?? 'GET',
          url,
          status: response?.status ?? 'connecting',
          type: response?.headers.get('content-type') ?? '',
          seconds: Math.round((performance.now() - startedAt) / 100) / 10,
        })),
      )
    },
    stop() {
      isStopped = true
      if (observer) openStreams().observers.delete(observer)
      for (const stream of openStreams().streams) recorders.get(stream)?.stop()
      for (const trace of traces) trace.finish()
    },
  }
}

/** Whether a stream is the next connection of a trace whose last one was lost. */
function isContinuation({ connections, isOver }: Trace, { url, init }: OpenStream): boolean {
  const last = connections.at(-1)
  if (isOver || last?.endedAt === undefined) return false
  const isSame =
    last.url === url &&
    last.method === (init.method ?? 'GET') &&
    (last.requestBody ?? null) === (init.body ?? null)
  return isSame && (last.complete || last.error !== undefined || last.status !== 200)
}
