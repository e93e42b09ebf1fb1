/** Streams as small JSON files: what was answered and when, to look at later, to attach to a bug, to play back. */

import { longestDelayMs } from '../stream/reconnect.ts'
import { reasonOf } from '../stream/request.ts'
import { type InspectorContext, type InspectorModule, loadInspector } from './inspector.ts'
import { countMessage, noTotals, Trace, type TraceConnection } from './trace.ts'

/**
 * A stream over all its connections, as plain JSON. Headers that say who asked are left out: cookies and tokens. The
 * address, the request's body and the bytes are kept as they are.
 */
export interface Recording {
  version: 1
  url: string
  connections: RecordedConnection[]
}

/** One attempt. Times are milliseconds from the request on. */
export interface RecordedConnection extends Pick<InspectorContext, 'protocol' | 'openedAt'> {
  url: string
  method: string
  requestHeaders?: [name: string, value: string][]
  requestBody?: string
  /** Milliseconds from the first request of the recording to this one. */
  startedAt: number
  /** Missing where there was no answer. */
  respondedAt?: number
  status?: number
  headers?: [name: string, value: string][]
  /** When each chunk came, and its bytes in base64. */
  chunks: [time: number, base64: string][]
  /** When it was over. */
  end: number
  /** Who has ended it: the server, or the client; or what it has failed with. */
  endedBy: 'server' | 'client' | Failure
}

interface Failure {
  error: string
}

/** Headers that say who asks, or give the right to. */
const secret =
  /^(proxy-)?authorization$|cookie|token|api-?key|secret|(^|-)auth(-|$)|session|password|credential|signature|csrf|xsrf/i

/** What a trace holds, to be kept as JSON. */
export function toRecording({ url, connections }: Pick<Trace, 'url' | 'connections'>): Recording {
  const begin = connections[0]?.startedAt ?? 0
  return { version: 1, url, connections: connections.map(connection => record(connection, begin)) }
}

function record(connection: TraceConnection, begin: number): RecordedConnection {
  const { url, method, requestBody, startedAt, respondedAt, endedAt, status } = connection
  const open = ([name]: [string, string]) => !secret.test(name)
  return {
    url,
    method,
    requestHeaders: connection.requestHeaders.filter(open),
    ...(requestBody !== undefined && { requestBody }),
    protocol: connection.protocol,
    startedAt: round(startedAt - begin),
    openedAt: 0,
    ...(respondedAt !== undefined && { respondedAt: round(respondedAt - startedAt) }),
    ...(status !== undefined && { status }),
    ...(connection.headers && { headers: connection.headers.filter(open) }),
    chunks: connection.chunks.map(([time, bytes]) => [round(time), toBase64(bytes)]),
    end: round((endedAt ?? performance.now()) - startedAt),
    endedBy: enderOf(connection),
  }
}

function enderOf({ complete, truncated, error }: TraceConnection): RecordedConnection['endedBy'] {
  if (truncated) return { error: 'the recording was full' }
  if (error !== undefined) return { error: reasonOf(error) }
  return complete ? 'server' : 'client'
}

/** To microseconds: more is noise. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

/** Reads a recording. Throws an Error that says what is wrong with it. */
export function parseRecording(text: string): Recording {
  let recording: Partial<Recording>
  try {
    recording = JSON.parse(text)
  } catch (cause) {
    throw new Error(`this is no recording: ${(cause as Error).message}`, { cause })
  }
  if (!Array.isArray(recording?.connections))
    throw new Error('this is no recording: it has no list of connections')
  if (recording.version !== 1) {
    throw new Error(`the recording is of version ${recording.version}; this library reads version 1`)
  }
  for (const [index, connection] of recording.connections.entries()) {
    const wrong = wrongMember(connection)
    if (wrong) throw new Error(`connection ${index + 1} of the recording cannot be read: see its ${wrong}`)
  }
  if (!isText(recording.url)) throw new Error('this is no recording: it has no url')
  return recording as Recording
}

type Check = (value: unknown) => boolean

const isText: Check = value => typeof value === 'string'
const isTime: Check = value => typeof value === 'number' && value >= 0
const optional =
  (check: Check): Check =>
  value =>
    value === undefined || check(value)

/** What each member of a connection has to be. */
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
  chunks: value =>
    Array.isArray(value) &&
    value.every(chunk => Array.isArray(chunk) && isTime(chunk[0]) && isBase64(chunk[1])),
  end: isTime,
  endedBy: optional(value => value === 'server' || value === 'client' || isText((value as Failure)?.error)),
}

/** The name of the first member that is not what it has to be. */
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

/** A recording as the trace that it was made from, inspected anew; its times count from its first request. */
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
  const { url, method, requestBody, status, headers } = rest
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

/** How a recording is played. */
export interface ReplayOptions {
  /** How many times as fast as it was: more than 0; Infinity for at once. 1 by default. */
  speed?: number
  /** Told when the last connection is over, and its reader has had time to see that. */
  onEnd?: () => void
}

/**
 * A `fetch` that answers from a recording: the first request as the first was answered, and so on, with the bytes when
 * they came. Give it to a client in the place of its own. Rejects with a TypeError, as for a server that is gone, where
 * nothing was answered or is left. Throws a RangeError for a speed that is none.
 */
export function replayFetch(
  { connections }: Recording,
  { speed = 1, onEnd }: ReplayOptions = {},
): typeof fetch {
  if (!(speed > 0)) throw new RangeError(`speed must be more than 0, not ${speed}`)
  let next = 0
  return async (_input, init) => {
    const connection = connections[next++]
    const isLast = next >= connections.length
    const over = new AbortController()
    const { signal } = over
    const abort = () => over.abort(init?.signal?.reason)
    if (init?.signal?.aborted) abort()
    init?.signal?.addEventListener('abort', abort, { once: true })
    const startedAt = performance.now()
    const until = (time: number) => sleep(startedAt + time / speed - performance.now(), signal)
    const finish = () => {
      if (isLast) setTimeout(() => onEnd?.())
    }
    await until(connection?.respondedAt ?? connection?.end ?? 0)
    signal.throwIfAborted()
    if (connection?.status === undefined) {
      finish()
      throw new TypeError('the recording has no answer to this request')
    }
    const { status, headers = [] } = connection
    // a status without a body takes none
    const isEmpty = [101, 204, 205, 304].includes(status)
    if (isEmpty) finish()
    const body = isEmpty ? null : bodyOf(connection, { isLast, over, until, finish })
    return new Response(body, { status, headers })
  }
}

/** The body of a recorded response, whose last read is told by `finish`. */
function bodyOf(
  { chunks, end, endedBy }: RecordedConnection,
  given: {
    isLast: boolean
    over: AbortController
    until: (time: number) => Promise<void>
    finish: () => void
  },
): ReadableStream<Uint8Array> {
  const { isLast, over, until, finish } = given
  const { signal } = over
  const left = chunks.filter(([, base64]) => base64 !== '')
  return new ReadableStream(
    {
      start(controller) {
        signal.addEventListener('abort', () => controller.error(signal.reason))
      },
      // each chunk when it is asked for: an error would drop what is queued
      async pull(controller) {
        const [time, base64] = left.shift() ?? [end]
        await until(time)
        if (signal.aborted) return
        if (base64 !== undefined) return controller.enqueue(fromBase64(base64))
        // what its client has closed would have gone on
        if (endedBy === 'server') controller.close()
        else if (endedBy !== 'client' || !isLast)
          controller.error(new TypeError('the recorded connection ends here'))
        finish()
      },
      cancel: () => over.abort(),
    },
    { highWaterMark: 0 },
  )
}

/** At least one turn of the event loop only where there is something to wait for. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (!(ms > 0) || signal.aborted) return Promise.resolve()
  return new Promise(resolve => {
    const timer = setTimeout(done, Math.min(ms, longestDelayMs))
    signal.addEventListener('abort', done)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), character => character.charCodeAt(0))
}
