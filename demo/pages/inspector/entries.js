/** One list of all entries in the order of time: requests, messages and ends of connections. */

import { bytesOf } from '/dist/devtools.js'

export const severities = ['', 'note', 'warning', 'error']
const heartbeats = ['comment', 'heartbeat']
const mostEntries = 50_000
const longestSummary = 400

/**
 * The entries of one or several traces. An entry has its `connection`, its `kind`, its `time` in milliseconds since
 * the first request, and its `rank` (the worst of its findings, an index of `severities`). An entry for a message has
 * its `message`.
 */
export class Entries {
  list = []
  connections = []
  #numbers = new Map()
  kinds = new Set()
  counts = { messages: 0, bytes: 0, note: 0, warning: 0, error: 0 }
  /** The number of entries that were dropped at the front. */
  dropped = 0
  #onChange

  constructor(onChange) {
    this.#onChange = onChange
  }

  /** Adds the entries that a trace reports from now on. */
  trace(trace) {
    trace.addEventListener('connect', ({ connection }) => this.begin(connection))
    trace.addEventListener('message', ({ connection, message }) => this.add(connection, message))
    trace.addEventListener('disconnect', ({ connection }) => this.end(connection))
  }

  begin(connection) {
    this.connections.push(connection)
    this.#numbers.set(connection, this.connections.length)
    this.#push({ connection, kind: 'request', time: this.timeOf(connection, 0), rank: 0 })
  }

  add(connection, message) {
    const rank = Math.max(0, ...message.findings.map(({ severity }) => severities.indexOf(severity)))
    for (const { severity } of message.findings) this.counts[severity]++
    if (message.kind !== 'response' && message.kind !== 'end') this.counts.messages++
    this.counts.bytes += message.size
    this.#push({
      connection,
      message,
      kind: message.kind,
      time: this.timeOf(connection, message.time),
      rank,
      isHeartbeat: heartbeats.includes(message.kind),
    })
  }

  /** Adds the end of a connection. If the server ended it, the trace has a message for it, and nothing is added. */
  end(connection) {
    if (!connection.complete) {
      const time = this.timeOf(connection, connection.endedAt - connection.startedAt)
      this.#push({ connection, kind: connection.error === undefined ? 'closed' : 'failed', time, rank: 0 })
    }
    this.#onChange()
  }

  /** Sorts by time, after connections were added one by one. */
  sort() {
    this.list.sort((a, b) => a.time - b.time)
    this.#onChange()
  }

  timeOf(connection, time) {
    return connection.startedAt + time - this.connections[0].startedAt
  }

  /** Numbers the connections of all traces, from 1. */
  numberOf(connection) {
    return this.#numbers.get(connection)
  }

  #push(entry) {
    entry.number = this.numberOf(entry.connection)
    this.list.push(entry)
    this.kinds.add(entry.kind)
    // a tenth at a time, because removing the front of a list is expensive
    if (this.list.length > mostEntries) {
      this.list.splice(0, mostEntries / 10)
      this.dropped += mostEntries / 10
    }
    this.#onChange()
  }
}

/** The index of the first entry that is not before `time`. */
export function indexAt(list, time) {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (list[middle].time < time) low = middle + 1
    else high = middle
  }
  return low
}

export function formatTime(ms) {
  return `${(ms / 1000).toFixed(3)}`
}

export function formatSize(bytes) {
  if (bytes < 10_000) return `${bytes} B`
  return bytes < 10_000_000 ? `${(bytes / 1000).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

/** The label that distinguishes an entry from others of its kind: an event's name and id, a part's number. */
export function labelOf({ message, number, kind }) {
  if (kind === 'request') return `#${number}`
  const { event, id, part, operation } = message ?? {}
  return [
    event,
    id !== undefined && `id ${id}`,
    part !== undefined && `part ${part}`,
    operation !== undefined && `operation ${operation}`,
  ]
    .filter(Boolean)
    .join(' · ')
}

/** An entry as one line of text. */
export function summaryOf({ connection, message, kind }) {
  if (kind === 'request') return `${connection.method} ${connection.url}`
  if (kind === 'closed') return 'closed by the client'
  if (kind === 'failed') return reasonOf(connection.error)
  if (kind === 'response') {
    const type = connection.headers?.find(([name]) => name === 'content-type')?.[1]
    return `${connection.status} ${type ?? 'without a Content-Type'}`
  }
  if (kind === 'end') return `the end, after ${formatSize(message.end)}`
  if (message.payload !== undefined) return JSON.stringify(message.payload).slice(0, longestSummary)
  if (message.text) return message.text.slice(0, longestSummary)
  const { begin, end } = message
  return new TextDecoder().decode(bytesOf(connection, begin, Math.min(end, begin + longestSummary))).trim()
}

export function reasonOf(error) {
  return error instanceof Error ? error.message : String(error)
}

/** Whether an entry passes a filter: `text` in lower case, a `kind` or '', and the least `rank`. */
export function passes(entry, { text, kind, rank }) {
  if (kind !== '' && entry.kind !== kind) return false
  if (entry.rank < rank) return false
  if (text === '') return true
  entry.searched ??= [
    entry.kind,
    labelOf(entry),
    summaryOf(entry),
    ...(entry.message?.findings ?? []).map(({ rule, message, severity }) => `${severity} ${rule} ${message}`),
  ]
    .join('\n')
    .toLowerCase()
  return entry.searched.includes(text)
}
