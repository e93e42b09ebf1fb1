/** Shows a trace in the browser's Performance panel. */

import type { Trace, TraceConnection, TraceEvent } from './trace.ts'

const trackGroup = 'postsource'

/**
 * Makes `performance.measure` entries while a trace grows: `connect`, `first byte`, each message, `reconnect` (the wait
 * between two connections) and the whole connection. Chromium shows them on a track of their own.
 * https://developer.chrome.com/docs/devtools/performance/extension
 */
export function measureTrace(trace: Trace): void {
  const track = trace.url
  const begun = new WeakSet<TraceConnection>()

  function measure(what: string, start: number, end: number, color: string): PerformanceMeasure {
    const detail = { devtools: { dataType: 'track-entry', track, trackGroup, color } }
    return performance.measure(`postsource: ${what}`, { start, end, detail })
  }

  on('connect', ({ connection }) => {
    const last = trace.connections.at(-2)
    if (connection && last?.endedAt !== undefined) {
      measure('reconnect', last.endedAt, connection.startedAt, 'warning')
    }
  })
  on('response', ({ connection }) => {
    if (connection) measure('connect', connection.startedAt, connection.respondedAt ?? 0, 'secondary')
  })
  on('message', ({ connection, message }) => {
    if (!connection || !message || message.number === 0) return
    const { startedAt, respondedAt = startedAt } = connection
    const time = startedAt + message.time
    if (!begun.has(connection)) measure('first byte', respondedAt, time, 'tertiary')
    begun.add(connection)
    const { name } = measure(message.event || message.kind, time, time, 'primary')
    // the panel and observers have received it; keeping all entries would use more and more memory
    performance.clearMeasures(name)
  })
  on('disconnect', ({ connection }) => {
    if (connection) measure('connection', connection.startedAt, connection.endedAt ?? 0, 'primary-light')
  })

  function on(type: string, listener: (event: TraceEvent) => void): void {
    trace.addEventListener(type, event => listener(event as TraceEvent))
  }
}
