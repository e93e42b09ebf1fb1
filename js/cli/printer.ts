/** Prints messages: for people on a terminal, or for programs as one line of JSON each. */

import { styleText } from 'node:util'
import { type Finding, type InspectedMessage, type InspectorRule, jsonOf } from '../devtools/inspector.ts'
import { isSaid } from '../devtools/trace.ts'

export interface TerminalPrinterOptions {
  format: 'json' | 'people'
  hasColors: boolean
  /** Whether to print findings, and the messages that are only about the response. */
  hasFindings: boolean
  write: (text: string) => void
}

type Format = 'bold' | 'cyan' | 'dim' | 'red' | 'yellow'

const longestPayload = 2000
const colors: Record<Finding['severity'], Format> = {
  error: 'red',
  warning: 'yellow',
  note: 'cyan',
}

/** Prints and counts messages. The native command prints the same lines. */
export class TerminalPrinter {
  readonly counts = { error: 0, warning: 0, note: 0 }
  messages = 0
  readonly #options: TerminalPrinterOptions

  constructor(options: TerminalPrinterOptions) {
    this.#options = options
  }

  get format(): TerminalPrinterOptions['format'] {
    return this.#options.format
  }

  /**
   * Prints a message of the connection number `connection`, which counts from 1 and is printed from the second
   * connection on.
   */
  print(message: InspectedMessage, connection: number): void {
    const { format, hasFindings, write } = this.#options
    const said = isSaid(message)
    const findings = hasFindings ? message.findings : []
    if (said) this.messages++
    for (const { severity } of message.findings) this.counts[severity]++
    if (!hasFindings && !said) return
    if (format === 'json') {
      write(`${asJson(message, hasFindings, connection)}\n`)
    } else if (said || findings.length > 0) {
      write(this.#line(message, connection))
      for (const finding of findings) write(this.#findingLines(finding))
    }
  }

  /** The counts, in a line for people. */
  summary(bytes: number): string {
    const { error, warning, note } = this.counts
    return (
      `${counted(this.messages, 'message')} in ${counted(bytes, 'byte')}: ` +
      `${counted(error, 'error')}, ${counted(warning, 'warning')}, ${counted(note, 'note')}\n`
    )
  }

  rule(rule: InspectorRule): string {
    if (this.#options.format === 'json') return `${JSON.stringify(rule)}\n`
    const head = this.#severity(rule.severity, `${rule.severity.padEnd(7)} ${rule.rule}`)
    return `${head}\n        ${rule.sentence}\n${this.#style('dim', `        ${rule.standard}`)}\n`
  }

  #line(message: InspectedMessage, connection: number): string {
    const { number, time, size, kind, part, event, id, retry, operation } = message
    const faint = (text: string) => this.#style('dim', text)
    const place = connection > 1 ? `${String(connection).padStart(2)}/` : ''
    const seconds = (time / 1000).toFixed(3).padStart(10)
    const content = payloadOf(message)
    return [
      faint(`${place}${String(number).padStart(4)} ${seconds} s ${String(size).padStart(8)} B  `),
      this.#style('bold', kind),
      part === undefined ? '' : ` part ${part}`,
      event === undefined ? '' : ` ${printable(event)}`,
      id === undefined ? '' : faint(` id ${printable(id)}`),
      retry === undefined ? '' : faint(` retry ${printable(retry)}`),
      operation === undefined ? '' : faint(` operation ${printable(operation)}`),
      content === '' ? '' : `  ${printable(content)}`,
      '\n',
    ].join('')
  }

  #findingLines({ severity, rule, byte, message, expected, found, standard }: Finding): string {
    const where = byte === undefined ? '' : ` at byte ${byte}`
    const contrast =
      expected || found ? `       expected ${printable(expected)}, found ${printable(found)}\n` : ''
    return (
      `     ${this.#severity(severity, `${severity} ${rule}`)}${where}: ${printable(message)}\n` +
      this.#style('dim', `${contrast}       ${standard}`) +
      '\n'
    )
  }

  #severity(severity: Finding['severity'], text: string): string {
    return this.#style(colors[severity], severity === 'error' ? this.#style('bold', text) : text)
  }

  #style(format: Format, text: string): string {
    return this.#options.hasColors ? styleText(format, text, { validateStream: false }) : text
  }
}

const findingsMember = ',"findings":['

function asJson(message: InspectedMessage, hasFindings: boolean, connection: number): string {
  let text = jsonOf(message)
  // the findings are the last member; no text can contain the pattern, because its quotes would be escaped
  if (!hasFindings) text = `${text.slice(0, text.lastIndexOf(findingsMember))}${findingsMember}]}`
  // JSON does not escape these control characters, which occur in strings only
  text = text.replace(/[\x7F-\x9F]/g, escaped)
  return connection > 1 ? `${text.slice(0, -1)},"connection":${connection}}` : text
}

/** The payload as the server wrote it, or the text. */
function payloadOf(message: InspectedMessage): string {
  const payloadMember = ',"payload":'
  if (message.payload === undefined) return message.text ?? ''
  const text = jsonOf(message)
  return text.slice(text.indexOf(payloadMember) + payloadMember.length, text.lastIndexOf(findingsMember))
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Escapes control characters, which could control the terminal, and truncates long text. */
export function printable(text = ''): string {
  const bytes = Buffer.from(text)
  const shown = bytes
    .toString('utf8', 0, longestPayload)
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are replaced here
    .replace(/[\x00-\x1F\x7F-\x9F]/g, escaped)
  return bytes.length > longestPayload ? `${shown} … ${bytes.length} bytes in all` : shown
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
