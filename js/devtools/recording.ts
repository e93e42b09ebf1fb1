/**
 * Streams as small JSON files: the responses and their timing. A recording can be opened, attached to a bug or
 * replayed.
 */

import { reasonOf } from '../stream/errors.ts'
import { type InspectorContext, type InspectorModule, loadInspector } from './inspector.ts'
import { countMessage, noTotals, Trace, type TraceConnection } from './trace.ts'

/**
 * A stream with all its connections, as plain JSON. Only harmless headers are kept, so that no cookie or token is
 * in it; `omittedHeaders` names the others. The address, the request's body and the bytes are kept as they are.
 */
export interface Recording {
  /** The version of the format. */
  version: 1
  /** The address of the stream. */
  url: string
  /** The connections, in order. */
  connections: RecordedConnection[]
}

/** One attempt. Times are milliseconds since its request was sent. */
export interface RecordedConnection extends Pick<InspectorContext, 'protocol' | 'openedAt'> {
  /** The address of the request. */
  url: string
  /** The method of the request. */
  method: string
  /** The kept headers of the request. */
  requestHeaders?: [name: string, value: string][]
  /** The body of the request, if it was a text. */
  requestBody?: string
  /** Milliseconds from the first request of the recording to this one. */
  startedAt: number
  /** Missing if there was no response. */
  respondedAt?: number
  /** The status of the response. Missing if there was no response. */
  status?: number
  /** The kept headers of the response. Missing if there was no response. */
  headers?: [name: string, value: string][]
  /** The names of the request's and the response's headers that are not kept. Missing if there are none. */
  omittedHeaders?: string[]
  /** The arrival time of each chunk, and its bytes in base64. */
  chunks: [time: number, base64: string][]
  /** When the connection ended. */
  end: number
  /** Who ended the connection: the server or the client; or the error that it failed with. */
  endedBy: 'server' | 'client' | Failure
}

interface Failure {
  error: string
}

/**
 * The headers that a recording keeps: those that the inspector judges or that explain how a stream was delivered, and
 * that never carry a credential. An application may put a token into any other header, whatever its name.
 */
const harmlessHeaders = new Set(
  (
    'accept accept-charset accept-encoding accept-language access-control-allow-credentials ' +
    'access-control-allow-headers access-control-allow-methods access-control-allow-origin ' +
    'access-control-expose-headers access-control-max-age age allow alt-svc apollo-require-preflight cache-control ' +
    'cf-cache-status connection content-encoding content-language content-length content-type date expires ' +
    'graphql-require-preflight keep-alive last-event-id mcp-protocol-version origin pragma retry-after server ' +
    'transfer-encoding user-agent vary via x-accel-buffering x-cache x-powered-by x-requested-with'
  ).split(' '),
)

/** Returns a trace as plain JSON. See {@link Recording} for what is left out. */
export function toRecording({ url, connections }: Pick<Trace, 'url' | 'connections'>): Recording {
  const begin = connections[0]?.startedAt ?? 0
  return { version: 1, url, connections: connections.map(connection => record(connection, begin)) }
}

function record(connection: TraceConnection, begin: number): RecordedConnection {
  const { url, method, requestBody, requestHeaders, startedAt, respondedAt, endedAt, status, headers } =
    connection
  const omittedHeaders = omittedOf(connection)
  return {
    url,
    method,
    requestHeaders: requestHeaders.filter(isHarmless),
    ...(requestBody !== undefined && { requestBody }),
    protocol: connection.protocol,
    startedAt: round(startedAt - begin),
    openedAt: 0,
    ...(respondedAt !== undefined && { respondedAt: round(respondedAt - startedAt) }),
    ...(status !== undefined && { status }),
    ...(headers && { headers: headers.filter(isHarmless) }),
    ...(omittedHeaders.length > 0 && { omittedHeaders }),
    chunks: connection.chunks.map(([time, bytes]) => [round(time), toBase64(bytes)]),
    end: round((endedAt ?? performance.now()) - startedAt),
    endedBy: enderOf(connection),
  }
}

function isHarmless([name]: [name: string, value: string]): boolean {
  return harmlessHeaders.has(name.toLowerCase())
}

function omittedOf({ requestHeaders, headers = [], omittedHeaders = [] }: TraceConnection): string[] {
  const names = [...requestHeaders, ...headers].filter(header => !isHarmless(header)).map(([name]) => name)
  return [...new Set([...omittedHeaders, ...names])].sort()
}

function enderOf({ complete, truncated, error }: TraceConnection): RecordedConnection['endedBy'] {
  if (truncated) return { error: 'the recording was full' }
  if (error !== undefined) return { error: reasonOf(error) }
  return complete ? 'server' : 'client'
}

/** Rounds to microseconds, because finer digits are noise. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

/** Reads the text of a recording. Throws an Error that says what is wrong with it. */
export function parseRecording(text: string): Recording {
  let recording: Partial<Recording>
  try {
    recording = JSON.parse(text)
  } catch (cause) {
    throw new Error(`this is not a recording: ${(cause as Error).message}`, { cause })
  }
  if (!Array.isArray(recording?.connections))
    throw new Error('this is not a recording: it has no list of connections')
  if (recording.version !== 1) {
    throw new Error(`the recording has version ${recording.version}, but this library reads version 1`)
  }
  for (const [index, connection] of recording.connections.entries()) {
    const wrong = wrongMember(connection)
    if (wrong) throw new Error(`connection ${index + 1} of the recording cannot be read: see its ${wrong}`)
  }
  if (!isText(recording.url)) throw new Error('this is not a recording: it has no url')
  return recording as Recording
}

type Check = (value: unknown) => boolean

const isText: Check = value => typeof value === 'string'
const isTime: Check = value => typeof value === 'number' && value >= 0
const optional =
  (check: Check): Check =>
  value =>
    value === undefined || check(value)

/** Checks for each member of a recorded connection. */
const members: Record<keyof RecordedConnection, Check> = {
  url: isText,
  method: isText,
  requestHeaders: optional(isHeaders),
  requestBody: optional(isText),
  protocol: optional(value => ['auto', 'plain', 'graphql'].includes(value as string)),
  startedAt: isTime,
  openedAt: optional(isTime),
  respondedAt: optional(isTime),
  status: optional(Number.isInteger),
  headers: optional(isHeaders),
  omittedHeaders: optional(value => Array.isArray(value) && value.every(isText)),
  chunks: value =>
    Array.isArray(value) &&
    value.every(chunk => Array.isArray(chunk) && isTime(chunk[0]) && isBase64(chunk[1])),
  end: isTime,
  endedBy: optional(value => value === 'server' || value === 'client' || isText((value as Failure)?.error)),
}

/** Returns the name of the first member that is wrong. */
function wrongMember(connection: RecordedConnection | null): string | undefined {
  return Object.entries(members).find(
    ([name, check]) => !check(connection?.[name as keyof typeof members]),
  )?.[0]
}

function isHeaders(value: unknown): boolean {
  try {
    return Array.isArray(value) && value.flat().every(isText) && new Headers(value as []) !== undefined
  } catch {
    return false
  }
}

function isBase64(value: unknown): boolean {
  try {
    return typeof value === 'string' && fromBase64(value).length >= 0
  } catch {
    return false
  }
}

/**
 * Returns the trace that a recording was made from, inspected again. Its times count from its first request. Rejects
 * with a StreamError `unsupported` if WebAssembly is missing or forbidden.
 */
export async function traceRecording({ url, connections }: Recording): Promise<Trace> {
  const module = await loadInspector()
  const trace = new Trace(url, () => {})
  for (const [index, recorded] of connections.entries())
    trace.connections.push(reopen(recorded, index + 1, module))
  trace.finish()
  return trace
}

function reopen(recorded: RecordedConnection, number: number, module: InspectorModule): TraceConnection {
  const { requestHeaders = [], startedAt, respondedAt, end, endedBy, protocol = 'auto', ...rest } = recorded
  const { url, method, requestBody, status, headers, omittedHeaders } = rest
  const chunks = recorded.chunks.map(([time, base64]): [number, Uint8Array] => [time, fromBase64(base64)])
  const inspector = module.open({ ...recorded, openedAt: 0 })
  const messages = respondedAt === undefined ? [] : inspector.feed(new Uint8Array(), respondedAt)
  for (const [time, bytes] of chunks) messages.push(...inspector.feed(bytes, time))
  const isAnswered = status !== undefined || chunks.length > 0
  if (endedBy !== 'client' && isAnswered) messages.push(...inspector.finish(end))
  inspector.close()
  const totals = noTotals()
  for (const message of messages) countMessage(totals, message)
  return {
    number,
    url,
    method,
    requestHeaders,
    ...(requestBody !== undefined && { requestBody }),
    protocol,
    startedAt,
    ...(respondedAt !== undefined && { respondedAt: startedAt + respondedAt }),
    endedAt: startedAt + end,
    ...(status !== undefined && { status }),
    ...(headers && { headers }),
    ...(omittedHeaders && { omittedHeaders }),
    ...(typeof endedBy === 'object' && { error: new Error(endedBy.error) }),
    messages,
    dropped: 0,
    totals,
    chunks,
    bytes: chunks.reduce((sum, [, bytes]) => sum + bytes.length, 0),
    truncated: false,
    complete: endedBy === 'server',
  }
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

/** Decodes base64. Throws if the text is not base64. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), character => character.charCodeAt(0))
}
