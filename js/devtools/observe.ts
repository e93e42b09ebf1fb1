/** Lists and follows every stream that a page has open through postsource, whichever copy of it. */

import { type OpenStream, openStreams, type StreamObserver } from '../stream/open-streams.ts'
import { printTrace } from './console-printer.ts'
import { loadInspector } from './inspector.ts'
import { measureTrace } from './performance-measures.ts'
import { ConnectionRecorder, Trace, type TraceLimits } from './trace.ts'

export interface ObserveOptions extends TraceLimits {
  /** The console to print to; the global one by default. */
  console?: Console
  /** Whether what the inspector finds is printed too. False by default. */
  inspect?: boolean
}

/** The streams of a page. */
export interface Observation {
  /** Those that were seen, with all their connections as long as they follow one another. */
  readonly traces: Trace[]
  /** Prints the streams that are open now. */
  list(): void
  /** Looks no more; the streams go on. */
  stop(): void
}

/**
 * Prints every stream that is open, and from now on what they say, and every stream that is opened. Their lives show in
 * the Performance panel too, as `performance.measure` entries. What a stream said before is not known any more: of
 * one that was open already nothing is judged.
 */
export function observe({
  console = globalThis.console,
  inspect = false,
  ...limits
}: ObserveOptions = {}): Observation {
  const traces: Trace[] = []
  const recorders = new WeakMap<OpenStream, ConnectionRecorder>()
  let observer: StreamObserver | undefined
  let isStopped = false

  /** The trace that this stream goes on with, or a new one. */
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

  begin().catch(cause => console.error('postsource: the inspector cannot be loaded', cause))
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

/** Whether the stream is the next connection of one that has broken off. */
function isContinuation({ connections, isOver }: Trace, { url, init }: OpenStream): boolean {
  const last = connections.at(-1)
  if (isOver || last?.endedAt === undefined) return false
  const isSame =
    last.url === url &&
    last.method === (init.method ?? 'GET') &&
    (last.requestBody ?? null) === (init.body ?? null)
  return isSame && (last.complete || last.error !== undefined || last.status !== 200)
}
