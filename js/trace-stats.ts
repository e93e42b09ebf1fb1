/** A trace in figures. */

import type { Finding } from './inspector.ts'
import type { Trace } from './trace.ts'

/** What a stream amounts to so far. Times are milliseconds. */
export interface TraceStats {
  connections: number
  /** Events, results and whatever else the server has said, with heartbeats and comments. */
  messages: number
  bytes: number
  duration: number
  /** Until the first byte of the first connection. */
  timeToFirstByte: number | undefined
  messagesPerSecond: number
  /** The longest time without a byte within a connection. */
  longestSilence: number
  findings: Record<Finding['severity'], number>
}

/** How often a rule was broken. */
export interface RuleCount extends Pick<Finding, 'severity' | 'rule' | 'message' | 'standard'> {
  count: number
  /** The number of the first message that broke it. */
  first: number
}

/** A message that the server has said, rather than one about the response. */
export function isSaid({ kind }: { kind: string }): boolean {
  return kind !== 'response' && kind !== 'end'
}

export function statsOf({ connections }: Pick<Trace, 'connections'>): TraceStats {
  const stats: TraceStats = {
    connections: connections.length,
    messages: 0,
    bytes: 0,
    duration: 0,
    timeToFirstByte: connections[0]?.chunks[0]?.[0],
    messagesPerSecond: 0,
    longestSilence: 0,
    findings: { error: 0, warning: 0, note: 0 },
  }
  const now = performance.now()
  for (const { messages, dropped, chunks, bytes, startedAt, endedAt = now } of connections) {
    stats.bytes += bytes
    stats.messages += dropped + messages.filter(isSaid).length
    stats.duration = endedAt - (connections[0]?.startedAt ?? endedAt)
    const times = [...chunks.map(([time]) => time), endedAt - startedAt]
    for (const [index, [time]] of chunks.entries()) {
      stats.longestSilence = Math.max(stats.longestSilence, (times[index + 1] ?? time) - time)
    }
    for (const { severity } of messages.flatMap(({ findings }) => findings)) stats.findings[severity]++
  }
  stats.messagesPerSecond = stats.duration > 0 ? (stats.messages / stats.duration) * 1000 : 0
  return stats
}

/** The rules that were broken, the gravest first. */
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
