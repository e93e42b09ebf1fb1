/** Formats the incidents of a trace for the browser's console. */

import { reasonOf } from '../stream/errors.ts'
import type { Finding, InspectedMessage } from './inspector.ts'
import { isSaid, type Trace, type TraceConnection } from './trace.ts'
import { rulesOf, statsOf } from './trace-stats.ts'

export interface ConsoleLinesOptions {
  console: Console
  /** Whether the inspector's findings are printed. */
  hasFindings: boolean
  /** A prefix for every line. */
  label?: string
}

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

/** A text and its style. */
type Piece = [style: Style, text: string]

const marks = { error: '✖', warning: '▲', note: 'ℹ' }

/** Writes to a console; every method prints one incident at once. */
export class ConsoleLines {
  readonly #console: Console
  readonly #hasFindings: boolean
  readonly #label: Piece[]

  constructor({ console, hasFindings, label }: ConsoleLinesOptions) {
    this.#console = console
    this.#hasFindings = hasFindings
    this.#label = label === undefined ? [] : [['faint', label]]
  }

  connect({ method, url }: TraceConnection): void {
    this.#print(['name', `→ ${method} ${url}`])
  }

  response({ status = 0, startedAt, respondedAt = startedAt, headers = [] }: TraceConnection): void {
    const type = headers.find(([name]) => name === 'content-type')?.[1] ?? 'no content type'
    this.#print(
      [status === 200 ? 'good' : 'warning', `← ${status}`],
      ['faint', `${type} · ${seconds(respondedAt - startedAt)}`],
    )
  }

  /** Whether there is anything to print of a message. */
  shows(message: InspectedMessage): boolean {
    return isSaid(message) || this.#findingsOf(message).length > 0
  }

  message(message: InspectedMessage): void {
    const content = message.payload ?? message.text
    const findings = this.#findingsOf(message)
    const title = this.#format(...titleOf(message, content, findings))
    if (content === undefined && findings.length === 0) {
      this.#console.log(...title)
      return
    }
    // a group with findings is expanded, one without is collapsed
    if (findings.length > 0) this.#console.group(...title)
    else this.#console.groupCollapsed(...title)
    if (content !== undefined) this.#console.log(content)
    if (message.headers) this.#print(['faint', message.headers.trim()])
    for (const finding of findings) this.#finding(finding)
    this.#console.groupEnd()
  }

  /** Messages that came too fast to be printed. */
  skipped(count: number): void {
    this.#print(['faint', `… and ${counted(count, 'more message')}, too fast to print. table() lists them`])
  }

  disconnect({ error, complete, startedAt, endedAt = startedAt }: TraceConnection): void {
    const after: Piece = ['faint', `after ${seconds(endedAt - startedAt)}`]
    if (error !== undefined) this.#print(['error', `✕ failed: ${reasonOf(error)}`], after)
    else this.#print(['name', complete ? '✕ ended by the server' : '✕ closed'], after)
  }

  /** The end of the trace: its error, its figures and the rules that were broken. */
  end(trace: Trace): void {
    if (trace.error !== undefined) this.#console.error(`postsource: ${reasonOf(trace.error)}`)
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
    this.#print(['name', 'Summary'], ['faint', figures.join(' · ')], ...(this.#hasFindings ? judged : []))
    const rules = rulesOf(trace)
    if (this.#hasFindings && rules.length > 0) this.#console.table(rules)
  }

  /** All messages that the trace keeps, as a table. */
  table({ messages }: Trace): void {
    const rows = messages
      .filter(isSaid)
      .map(({ number, kind, event, id, time, size, payload, text, findings }) => ({
        number,
        kind,
        event,
        id,
        ms: Math.round(time),
        bytes: size,
        content: preview(payload ?? text),
        ...(this.#hasFindings && { findings: findings.map(({ rule }) => rule).join(', ') }),
      }))
    this.#console.table(rows)
  }

  #finding({ severity, rule, byte, expected, found, message, standard }: Finding): void {
    const print = { error: this.#console.error, warning: this.#console.warn, note: this.#console.info }[
      severity
    ]
    const where = byte === undefined ? '' : ` at byte ${byte}`
    const contrast =
      expected || found ? `\nexpected ${expected ?? 'nothing'}, found ${found ?? 'nothing'}` : ''
    print.call(this.#console, `${severity} ${rule}${where}: ${message}${contrast}\n${standard}`)
  }

  #findingsOf({ findings }: InspectedMessage): Finding[] {
    return this.#hasFindings ? findings : []
  }

  #print(...pieces: Piece[]): void {
    this.#console.log(...this.#format(...pieces))
  }

  /** The arguments of `console.log`. https://console.spec.whatwg.org/#formatting-specifiers */
  #format(...pieces: Piece[]): [format: string, ...styles: string[]] {
    const all = [...this.#label, ...pieces]
    return [
      all.map(([, text]) => `%c${text.replaceAll('%', '%%')}`).join(' '),
      ...all.map(([style]) => styles[style]),
    ]
  }
}

function titleOf(
  { number, kind, event, id, time, size }: InspectedMessage,
  content: unknown,
  findings: Finding[],
): Piece[] {
  return [
    ['faint', `#${number}`],
    [kind === 'transport-error' || kind === 'stopped' ? 'error' : 'name', event || kind],
    ...((id === undefined ? [] : [['faint', `id ${id}`]]) as Piece[]),
    ['faint', `${seconds(time)} · ${size} B`],
    ['faint', preview(content)],
    ...findings.map(({ severity, rule }): Piece => [severity, `${marks[severity]} ${rule}`]),
  ]
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
