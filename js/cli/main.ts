#!/usr/bin/env node
/** The command `postsource`: shows streams in a terminal, with the client that pages use. */

import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { loadInspector, type MessageKind } from '../devtools/inspector.ts'
import { parseRecording, toRecording, traceRecording } from '../devtools/recording.ts'
import type { Trace, TraceConnection, TraceEvent } from '../devtools/trace.ts'
import { statsOf } from '../devtools/trace-stats.ts'
import { traceStream } from '../devtools/trace-stream.ts'
import { reasonOf, StreamError } from '../stream/errors.ts'
import { followOptionsOf, help, positive, readOptions, readText, UsageError, type Values } from './options.ts'
import { printable, TerminalPrinter } from './printer.ts'

const statusOfError: Partial<Record<StreamError['code'], number>> = {
  'http-status': 3,
  'content-type': 3,
  network: 4,
  ended: 4,
  malformed: 5,
  'limit-exceeded': 5,
  unsupported: 5,
  'invalid-request': 2,
  transport: 6,
}

/** The kinds that `--count` counts: content, without heartbeats and comments. */
/** How much of a refused response's body is shown. */
const excerptCharacters = 1024

const content: MessageKind[] = ['event', 'result', 'part', 'text']

async function main(): Promise<number> {
  const { values, positionals } = readOptions(process.argv.slice(2))
  if (values.help) return tell(help)
  if (values.version) return tell(`${version()}\n`)
  const printer = printerOf(values)
  if (values.rules) {
    for (const rule of (await loadInspector()).rules()) tell(printer.rule(rule))
    return 0
  }
  if (values.strict && !values.inspect) throw new UsageError('--strict needs --inspect')
  const [address, ...others] = positionals
  if (address === undefined || others.length > 0)
    throw new UsageError('expected one argument; pass one URL or one recording')
  if (/^https?:/i.test(address)) return showStream(address, values, printer)
  return showRecording(address, values, printer)
}

function tell(text: string): 0 {
  process.stdout.write(text)
  return 0
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
}

function printerOf({ json, color, inspect }: Values): TerminalPrinter {
  if (!['auto', 'always', 'never'].includes(color))
    throw new UsageError('--color must be auto, always or never')
  const isTerminal = process.stdout.isTTY
  return new TerminalPrinter({
    format: json || (!isTerminal && color !== 'always') ? 'json' : 'people',
    hasColors: color === 'always' || (color === 'auto' && isTerminal && !process.env.NO_COLOR),
    hasFindings: inspect ?? false,
    write: tell,
  })
}

async function showRecording(path: string, values: Values, printer: TerminalPrinter): Promise<number> {
  let trace: Trace
  try {
    trace = await traceRecording(parseRecording(readText(path)))
  } catch (cause) {
    throw new UsageError(`${path} is not an http or https URL, and ${(cause as Error).message}`, { cause })
  }
  for (const { messages, number } of trace.connections) {
    for (const message of messages) printer.print(message, number)
  }
  return judge(trace, values, printer)
}

async function showStream(url: string, values: Values, printer: TerminalPrinter): Promise<number> {
  const { quiet, record } = values
  if (!URL.canParse(url)) throw new UsageError(`${url} is not a valid URL`)
  const followOptions = followOptionsOf(url, values)
  const count = positive(values, 'count')
  const timeout = positive(values, 'timeout')
  // before a request is sent
  const file = record === undefined ? undefined : openForWriting(record)

  // messages are printed and not kept; bytes are kept only for a recording
  const kept =
    file === undefined
      ? { maxMessages: 0, maxBytes: 0, maxConnections: 2 }
      : { maxMessages: 0, maxConnections: Number.POSITIVE_INFINITY }
  const trace = traceStream(url, { ...followOptions, ...kept })
  const state = { left: count ?? Number.POSITIVE_INFINITY, isAnswered: false, isTimedOut: false, signal: 0 }
  listen(trace, 'message', ({ message, connection }) => {
    if (!message || !connection || state.left <= 0) return
    printer.print(message, connection.number)
    if (content.includes(message.kind) && --state.left <= 0) trace.stop()
  })
  listen(trace, 'response', () => {
    state.isAnswered = true
  })
  if (!quiet) reportConnections(trace)
  const timer = setTimeout(
    () => {
      state.isTimedOut = true
      if (!state.isAnswered && isWaiting(trace.connections.at(-1))) process.stderr.write(unanswered)
      trace.stop()
    },
    (timeout ?? 0) * 1000,
  )
  if (timeout === undefined) clearTimeout(timer)
  const interrupt = (number: number) => () => {
    // a second signal ends the process at once
    if (state.signal !== 0) process.exit(128 + number)
    state.signal = number
    trace.stop()
  }
  process.on('SIGINT', interrupt(2)).on('SIGTERM', interrupt(15))
  process.stdout.on('error', () => trace.stop())

  await trace.ended
  clearTimeout(timer)
  if (file !== undefined) {
    const recording = toRecording(trace)
    write(record ?? '', file, `${JSON.stringify(recording)}\n`)
    const { number } = trace.connections.find(({ truncated }) => truncated) ?? {}
    if (number)
      process.stderr.write(`postsource: ${record} lacks the end of connection ${number}: too long\n`)
    const omitted = new Set(recording.connections.flatMap(({ omittedHeaders = [] }) => omittedHeaders))
    if (omitted.size > 0 && !quiet)
      process.stderr.write(`postsource: ${record} leaves out the headers ${[...omitted].join(', ')}\n`)
  }
  const status = judge(trace, values, printer)
  if (state.signal !== 0) return 128 + state.signal
  if (!state.isTimedOut || (count === undefined && state.isAnswered)) return status
  return 124
}

const unanswered =
  'postsource: there was no answer. If the server itself answers at once, a proxy before it holds the response back.\n'

/** Whether a request was sent, and nothing has come. */
function isWaiting(connection: TraceConnection | undefined): boolean {
  return connection !== undefined && connection.status === undefined && connection.endedAt === undefined
}

/** Prints the summary. Returns the exit status. */
function judge(trace: Trace, { inspect, strict }: Values, printer: TerminalPrinter): number {
  const { error, warning } = printer.counts
  if (trace.error !== undefined) complain(trace.error)
  if (inspect) {
    const output = printer.format === 'people' ? process.stdout : process.stderr
    output.write(printer.summary(statsOf(trace).bytes))
    if (error > 0 || (strict && warning > 0)) return 1
  }
  if (trace.error === undefined) return 0
  return (trace.error instanceof StreamError && statusOfError[trace.error.code]) || 4
}

function complain(error: unknown): void {
  const lines = [`postsource: ${reasonOf(error)}`]
  if (error instanceof StreamError) {
    lines.push(
      causeOfFetch(error.cause),
      hint(error),
      ...(error.body ?? '').slice(0, excerptCharacters).trim().split(/\r?\n/),
    )
  }
  const shown = lines.filter(line => line !== '').map(printable)
  process.stderr.write(`${shown.join('\n  ')}\n`)
}

function hint({ code, headers }: StreamError): string {
  const isMultipart = code === 'content-type' && headers?.get('content-type')?.startsWith('multipart/')
  return isMultipart ? '--multipart reads it' : ''
}

/** The reason for an error of `fetch`, whose own message only says that it failed; or nothing. */
function causeOfFetch(error: unknown): string {
  const { cause } = error instanceof TypeError ? error : {}
  if (!(cause instanceof Error)) return ''
  // the message is empty if several addresses were tried
  return cause.message || String((cause as NodeJS.ErrnoException).code ?? '')
}

function openForWriting(path: string): number {
  try {
    return openSync(path, 'w')
  } catch (cause) {
    throw new UsageError(`${path} cannot be written: ${(cause as Error).message}`, { cause })
  }
}

function write(path: string, file: number, text: string): void {
  try {
    writeFileSync(file, text)
    closeSync(file)
  } catch (cause) {
    throw new UsageError(`${path} cannot be written: ${(cause as Error).message}`, { cause })
  }
}

/** Prints the state of the connections to standard error. */
function reportConnections(trace: Trace): void {
  const report = (text: string) => process.stderr.write(`${printable(text)}\n`)
  listen(trace, 'connect', ({ connection }) => report(`→ ${connection?.method} ${connection?.url}`))
  listen(trace, 'response', ({ connection }) => {
    const { status, headers = [], startedAt = 0, respondedAt = 0 } = connection ?? {}
    const type = headers.find(([name]) => name === 'content-type')?.[1] ?? 'no content type'
    report(`← ${status} ${type} (${Math.round(respondedAt - startedAt)} ms)`)
  })
  listen(trace, 'disconnect', ({ connection }) => report(`✕ ${endOf(connection)}`))
}

function endOf(connection: TraceConnection | undefined): string {
  const { error, complete, startedAt = 0, endedAt = 0 } = connection ?? {}
  const after = `after ${((endedAt - startedAt) / 1000).toFixed(1)} s`
  if (error !== undefined) {
    return `failed ${after}: ${[reasonOf(error), causeOfFetch(error)].filter(Boolean).join(': ')}`
  }
  return `${complete ? 'ended by the server' : 'closed'} ${after}`
}

function listen(trace: Trace, type: string, listener: (event: TraceEvent) => void): void {
  trace.addEventListener(type, event => listener(event as TraceEvent))
}

process.stdout.on('error', error => {
  // the reader has closed the pipe, for instance `head`
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') return
  process.stderr.write(`postsource: the output cannot be written: ${error.message}\n`)
  process.on('exit', () => {
    process.exitCode = 2
  })
})
// standard error is closed, so nothing can be printed
process.stderr.on('error', () => {})

main().then(
  status => {
    process.exitCode = status
  },
  error => {
    const hint = error instanceof UsageError ? '; --help says more' : ''
    const text = error instanceof UsageError ? printable(error.message) : error.stack
    process.stderr.write(`postsource: ${text}${hint}\n`)
    process.exitCode = error instanceof UsageError ? 2 : 4
  },
)
