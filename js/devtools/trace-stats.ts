/** Statistics of a trace. */

import type { Finding } from './inspector.ts'
import { addTotals, noTotals, type Trace } from './trace.ts'

/** Statistics of a stream so far. Times are milliseconds. */
export interface TraceStats {
  /** The number of connections. */
  connections: number
  /** The number of messages from the server, heartbeats and comments included. */
  messages: number
  /** The number of bytes. */
  bytes: number
  /** From the first request to the end, or until now. */
  duration: number
  /** From the first request to its first byte; undefined if none arrived. */
  timeToFirstByte: number | undefined
  /** Messages divided by the duration. */
  messagesPerSecond: number
  /** The longest time without a byte within a connection, as far as its chunks are kept. */
  longestSilence: number
  /** The number of findings by severity. */
  findings: Record<Finding['severity'], number>
}

/** A rule that was violated, and how often. */
export interface RuleCount extends Pick<Finding, 'severity' | 'rule' | 'message' | 'standard'> {
  /** How often it was violated. */
  count: number
  /** The number of the first message that violated it. */
  first: number
}

/** Returns the statistics of a trace. */
export function statsOf({ connections, dropped }: Pick<Trace, 'connections' | 'dropped'>): TraceStats {
  const stats: TraceStats = {
    connections: connections.length + dropped.connections,
    bytes: dropped.bytes,
    duration: 0,
    timeToFirstByte: connections[0]?.chunks[0]?.[0],
    messagesPerSecond: 0,
    longestSilence: 0,
    ...noTotals(),
  }
  addTotals(stats, dropped)
  const now = performance.now()
  for (const { totals, chunks, truncated, bytes, startedAt, endedAt = now } of connections) {
    stats.bytes += bytes
    addTotals(stats, totals)
    stats.duration = endedAt - (connections[0]?.startedAt ?? endedAt)
    const times = chunks.map(([time]) => time)
    if (!truncated) times.push(endedAt - startedAt)
    for (const [index, [time]] of chunks.entries()) {
      stats.longestSilence = Math.max(stats.longestSilence, (times[index + 1] ?? time) - time)
    }
  }
  stats.messagesPerSecond = stats.duration > 0 ? (stats.messages / stats.duration) * 1000 : 0
  return stats
}

/** Returns the rules that the kept messages violated, errors first, then warnings and notes. */
export function rulesOf({ messages }: Pick<Trace, 'messages'>): RuleCount[] {
  const counts = new Map<string, RuleCount>()
  for (const { number, findings } of messages) {
    for (const { severity, rule, message, standard } of findings) {
      const known = counts.get(rule)
      if (known) known.count++
      else counts.set(rule, { severity, rule, count: 1, first: number, message, standard })
    }
  }
  const gravity = ['error', 'warning', 'note']
  return [...counts.values()].sort((a, b) => gravity.indexOf(a.severity) - gravity.indexOf(b.severity))
}
