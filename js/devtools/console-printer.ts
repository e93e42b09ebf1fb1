/** Prints a trace to the browser's console as it grows. */

import { reasonOf } from '../stream/request.ts'
import type { Finding, InspectedMessage } from './inspector.ts'
import { isSaid, type Trace, type TraceConnection, type TraceEvent, type TraceEventType } from './trace.ts'
import { rulesOf, statsOf } from './trace-stats.ts'

export interface ConsolePrinterOptions {
  console: Console
  /** Whether what the inspector finds is printed too. */
  hasFindings: boolean
  /** What stands in front of every line. */
  label?: string
}

export interface ConsolePrinter {
  pause(): void
  /** Prints what has come in the meantime, and goes on. */
  resume(): void
  /** Prints the messages as a table. */
  table(): void
}

/** More messages in a second than anybody reads make a console unusable: what is above is counted only. */
const mostPerSecond = 100
const longestPreview = 120

const styles = {
  faint: 'color: gray; font-weight: normal',
  name: 'color: #0a84c1; font-weight: bold',
  good: 'color: #2e8b57; font-weight: bold',
  error: 'color: #d1242f; font-weight: bold',
  warning: 'color: #b7791f; font-weight: bold',
  note: 'color: #0a84c1; font-weight: normal',
}
type Style = keyof typeof styles

/** A text, and how it looks. */
type Piece = [style: Style, text: string]

export function printTrace(
  trace: Trace,
  { console, hasFindings, label }: ConsolePrinterOptions,
): ConsolePrinter {
  let waiting: (() => void)[] | undefined
  let second = 0
  let printed = 0
  let left = 0

  const line = (...pieces: Piece[]): [string, ...string[]] => {
    const all: Piece[] = label ? [['faint', label], ...pieces] : pieces
    return [
      all.map(([, text]) => `%c${text.replaceAll('%', '%%')}`).join(' '),
      ...all.map(([style]) => styles[style]),
    ]
  }

  function confessLeft(): void {
    if (left === 0) return
    console.log(
      ...line(['faint', `… and ${counted(left, 'more message')}, too fast to print: table() shows them`]),
    )
    left = 0
  }

  function printMessage(message: InspectedMessage): void {
    const now = Math.floor(performance.now() / 1000)
    if (now !== second) {
      second = now
      printed = 0
      confessLeft()
    }
    const findings = hasFindings ? message.findings : []
    if (!isSaid(message) && findings.length === 0) return
    if (++printed > mostPerSecond) left++
    else printOne(message, findings)
  }

  function printOne(message: InspectedMessage, findings: Finding[]): void {
    const { number, kind, event, id, time, size } = message
    const content = message.payload ?? message.text
    const title = line(
      ['faint', `#${number}`],
      [kind === 'transport-error' || kind === 'stopped' ? 'error' : 'name', event || kind],
      ...((id === undefined ? [] : [['faint', `id ${id}`]]) as Piece[]),
      ['faint', `${seconds(time)} · ${size} B`],
      ['faint', preview(content)],
      ...findings.map(({ severity, rule }): Piece => [severity, `${marks[severity]} ${rule}`]),
    )
    if (content === undefined && findings.length === 0) {
      console.log(...title)
      return
    }
    // what is wrong is shown at once, what is well on a click
    if (findings.length > 0) console.group(...title)
    else console.groupCollapsed(...title)
    if (content !== undefined) console.log(content)
    if (message.headers) console.log(...line(['faint', message.headers.trim()]))
    for (const finding of findings) printFinding(finding)
    console.groupEnd()
  }

  function printFinding({ severity, rule, byte, expected, found, message, standard }: Finding): void {
    const print = { error: console.error, warning: console.warn, note: console.info }[severity]
    const where = byte === undefined ? '' : ` at byte ${byte}`
    const contrast =
      expected || found ? `\nexpected ${expected ?? 'nothing'}, found ${found ?? 'nothing'}` : ''
    print.call(console, `${severity} ${rule}${where}: ${message}${contrast}\n${standard}`)
  }

  const printers: Record<TraceEventType, (event: TraceEvent) => void> = {
    connect: ({ connection }) => console.log(...line(['name', `→ ${connection?.method} ${connection?.url}`])),
    response({ connection }) {
      const { status = 0, startedAt = 0, respondedAt = 0, headers = [] } = connection ?? {}
      const type = headers.find(([name]) => name === 'content-type')?.[1] ?? 'without a type'
      console.log(
        ...line(
          [status === 200 ? 'good' : 'warning', `← ${status}`],
          ['faint', `${type} · ${seconds(respondedAt - startedAt)}`],
        ),
      )
    },
    message: ({ message }) => message && printMessage(message),
    disconnect({ connection }) {
      confessLeft()
      if (connection) console.log(...line(...describeEnd(connection)))
    },
    end() {
      confessLeft()
      if (trace.error !== undefined) console.error(`postsource: ${reasonOf(trace.error)}`)
      printSummary()
    },
  }

  function printSummary(): void {
    const { messages, bytes, connections, duration, findings } = statsOf(trace)
    const figures = [
      counted(messages, 'message'),
      counted(bytes, 'byte'),
      counted(connections, 'connection'),
      seconds(duration),
    ]
    const { error, warning, note } = findings
    const judged: Piece[] = [
      [error > 0 ? 'error' : 'good', counted(error, 'error')],
      [warning > 0 ? 'warning' : 'good', counted(warning, 'warning')],
      ['note', counted(note, 'note')],
    ]
    const shown = hasFindings ? judged : []
    console.log(...line(['name', 'Summary'], ['faint', figures.join(' · ')], ...shown))
    const rules = rulesOf(trace)
    if (hasFindings && rules.length > 0) console.table(rules)
  }

  for (const [type, print] of Object.entries(printers)) {
    trace.addEventListener(type, event => {
      const { message } = event as TraceEvent
      if (!waiting) print(event as TraceEvent)
      // no more than would be printed when it goes on
      else if (!message || waiting.length < mostPerSecond) waiting.push(() => print(event as TraceEvent))
      else if (isSaid(message)) left++
    })
  }
  return {
    pause() {
      waiting ??= []
    },
    resume() {
      const missed = waiting ?? []
      waiting = undefined
      for (const print of missed) print()
      confessLeft()
    },
    table() {
      console.table(
        trace.messages
          .filter(isSaid)
          .map(({ number, kind, event, id, time, size, payload, text, findings }) => ({
            number,
            kind,
            event,
            id,
            ms: Math.round(time),
            bytes: size,
            content: preview(payload ?? text),
            ...(hasFindings && { findings: findings.map(({ rule }) => rule).join(', ') }),
          })),
      )
    },
  }
}

const marks = { error: '✖', warning: '▲', note: 'ℹ' }

function describeEnd({ error, complete, startedAt, endedAt = startedAt }: TraceConnection): Piece[] {
  const after: Piece = ['faint', `after ${seconds(endedAt - startedAt)}`]
  if (error !== undefined) return [['error', `✕ failed: ${reasonOf(error)}`], after]
  return [['name', complete ? '✕ ended by the server' : '✕ closed'], after]
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

function preview(content: unknown): string {
  if (content === undefined) return ''
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  return text.length > longestPreview ? `${text.slice(0, longestPreview)}…` : text
}
