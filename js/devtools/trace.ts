/** What went over the wire for one stream, connection by connection, with what the inspector says of it. */

import { StreamError } from '../stream/errors.ts'
import type { OpenStream, StreamIncident } from '../stream/open-streams.ts'
import type { Finding, InspectedMessage, Inspector, InspectorContext, InspectorModule } from './inspector.ts'

/** How much of a stream is kept. */
export interface TraceLimits {
  /** Messages of a connection; the oldest go first. 10,000 by default. */
  maxMessages?: number
  /** Bytes of a connection; the first ones are kept. 16 MiB by default. */
  maxBytes?: number
  /** Connections of a stream; the oldest but the first go first. 1,000 by default. */
  maxConnections?: number
}

/** A message that the server has said, rather than one about the response. */
export function isSaid({ kind }: { kind: string }): boolean {
  return kind !== 'response' && kind !== 'end'
}

/** What a connection amounts to. */
export interface TraceTotals {
  /** Messages that the server has said. */
  messages: number
  findings: Record<Finding['severity'], number>
}

/** The totals of nothing. */
export function noTotals(): TraceTotals {
  return { messages: 0, findings: { error: 0, warning: 0, note: 0 } }
}

/** Adds `more` to them. */
export function addTotals(totals: TraceTotals, more: TraceTotals): void {
  totals.messages += more.messages
  for (const severity of ['error', 'warning', 'note'] as const)
    totals.findings[severity] += more.findings[severity]
}

/** Adds a message to them. */
export function countMessage(totals: TraceTotals, message: InspectedMessage): void {
  if (isSaid(message)) totals.messages++
  for (const { severity } of message.findings) totals.findings[severity]++
}

/** One attempt: a request, and what was answered. All times are milliseconds on the clock of `performance.now()`. */
export interface TraceConnection {
  /** From 1 on. */
  readonly number: number
  readonly url: string
  readonly method: string
  readonly requestHeaders: [name: string, value: string][]
  readonly requestBody?: string
  /** What it was inspected as. */
  readonly protocol: NonNullable<InspectorContext['protocol']>
  readonly startedAt: number
  readonly respondedAt?: number
  readonly endedAt?: number
  readonly status?: number
  readonly headers?: [name: string, value: string][]
  /** The names of the headers that the recording does not keep from which the trace was made. */
  readonly omittedHeaders?: string[]
  /** What it has failed with; undefined where the server or the client has ended it. */
  readonly error?: unknown
  /** With times that count from `startedAt`. */
  readonly messages: InspectedMessage[]
  /** How many messages were dropped to make room. */
  readonly dropped: number
  /** What has come, also where it is not kept. */
  readonly totals: TraceTotals
  /** The bytes as they came: milliseconds from `startedAt`, and a chunk. */
  readonly chunks: [time: number, bytes: Uint8Array][]
  /** How many bytes have come. */
  readonly bytes: number
  /** Whether there were more bytes than are kept. */
  readonly truncated: boolean
  /** Whether the server has ended the response. */
  readonly complete: boolean
}

/** An incident in a stream's life: `connect`, `response`, `message`, `disconnect`, and `end` for good. */
export class TraceEvent extends Event {
  /** Missing at the `end`. */
  readonly connection: TraceConnection | undefined
  /** Of a `message`. */
  readonly message: InspectedMessage | undefined

  constructor(type: TraceEventType, connection?: TraceConnection, message?: InspectedMessage) {
    super(type)
    this.connection = connection
    this.message = message
  }
}

export type TraceEventType = 'connect' | 'response' | 'message' | 'disconnect' | 'end'

/** One stream over all its connections. Fires {@link TraceEvent}s. */
export class Trace extends EventTarget {
  readonly url: string
  readonly connections: TraceConnection[] = []
  /** What the connections amount to that were dropped to make room. */
  readonly dropped = { connections: 0, bytes: 0, ...noTotals() }
  /** What the stream has failed with for good. */
  error: unknown
  /** Resolves when the stream is over for good. */
  readonly ended: Promise<void>
  readonly #stop: () => void
  #end: () => void = () => {}
  #isOver = false

  constructor(url: string, stop: () => void) {
    super()
    this.url = url
    this.#stop = stop
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** All messages that are kept, of all connections. */
  get messages(): InspectedMessage[] {
    return this.connections.flatMap(({ messages }) => messages)
  }

  /** Ends the stream. */
  stop(): void {
    this.#stop()
  }

  /** For whoever fills the trace: a connection begins. The first one stays, as all times count from it. */
  begin(connection: TraceConnection, maxConnections: number): void {
    this.connections.push(connection)
    const surplus = Math.max(0, this.connections.length - maxConnections)
    for (const { bytes, totals } of this.connections.splice(1, surplus)) {
      this.dropped.connections++
      this.dropped.bytes += bytes
      addTotals(this.dropped, totals)
    }
    this.fire('connect', connection)
  }

  /** For whoever fills the trace: an incident. */
  fire(type: TraceEventType, connection?: TraceConnection, message?: InspectedMessage): void {
    this.dispatchEvent(new TraceEvent(type, connection, message))
  }

  /** For whoever fills the trace: the stream is over. */
  finish(error?: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.error = error
    this.fire('end')
    this.#end()
  }
}

export interface RecorderOptions extends TraceLimits, Pick<InspectorContext, 'protocol'> {
  /** The stream's beginning was missed: nothing can be judged. */
  isLate?: boolean
}

/** Fills one connection of a trace. */
export class ConnectionRecorder implements TraceConnection {
  readonly number: number
  readonly url: string
  readonly method: string
  readonly requestHeaders: [string, string][]
  readonly requestBody?: string
  readonly protocol: NonNullable<InspectorContext['protocol']>
  readonly startedAt: number
  respondedAt?: number
  endedAt?: number
  status?: number
  headers?: [string, string][]
  error?: unknown
  readonly messages: InspectedMessage[] = []
  dropped = 0
  readonly totals = noTotals()
  readonly chunks: [number, Uint8Array][] = []
  bytes = 0
  truncated = false
  complete = false

  readonly #trace: Trace
  readonly #module: InspectorModule
  readonly #limits: { maxMessages: number; maxBytes: number }
  readonly #isLate: boolean
  #inspector: Inspector | undefined

  constructor(
    trace: Trace,
    module: InspectorModule,
    { url, init, startedAt }: OpenStream,
    options: RecorderOptions,
  ) {
    const { maxMessages = 10_000, maxBytes = 16 * 1024 * 1024, maxConnections = 1000 } = options
    const { protocol, isLate = false } = options
    this.#trace = trace
    this.#module = module
    this.protocol = protocol ?? (isGraphqlRequest(init.body) ? 'graphql' : 'auto')
    this.#isLate = isLate
    this.#limits = { maxMessages, maxBytes }
    this.number = (trace.connections.at(-1)?.number ?? 0) + 1
    this.url = url
    this.method = init.method ?? 'GET'
    this.requestHeaders = [...new Headers(init.headers)]
    if (typeof init.body === 'string') this.requestBody = init.body
    this.startedAt = startedAt
    trace.begin(this, maxConnections)
  }

  /** The context in which the response is inspected; times count from `startedAt`. */
  get context(): InspectorContext {
    return {
      ...(this.status !== undefined && { status: this.status }),
      ...(this.headers && { headers: this.headers }),
      method: this.method,
      protocol: this.protocol,
      openedAt: 0,
    }
  }

  /** Takes what a StreamObserver is told. */
  record(what: StreamIncident, value: unknown, { response, respondedAt }: OpenStream): void {
    if (what === 'response' && response) this.#respond(response, respondedAt)
    else if (what === 'chunk') this.#receive(value as Uint8Array)
    else if (what === 'end') this.#end()
    else if (what === 'error') this.#end(value)
    else if (what === 'close') this.#close()
  }

  /** Takes no more, whether the stream goes on or not. */
  stop(): void {
    this.endedAt ??= performance.now()
    this.#inspector?.close()
  }

  #respond(response: Response, respondedAt = performance.now()): void {
    this.respondedAt = respondedAt
    this.status = response.status
    this.headers = [...response.headers]
    this.#inspector = this.#module.open(this.context)
    this.#trace.fire('response', this)
    this.#add(this.#inspector.feed(new Uint8Array(), this.respondedAt - this.startedAt))
  }

  #receive(chunk: Uint8Array): void {
    const time = this.#now
    this.truncated ||= this.bytes + chunk.length > this.#limits.maxBytes
    if (!this.truncated) this.chunks.push([time, chunk.slice()])
    this.bytes += chunk.length
    this.#add(this.#inspector?.feed(chunk, time) ?? [])
  }

  #end(error?: unknown): void {
    this.complete = error === undefined
    this.error = error
    // what our own decoder refuses is not the end of the bytes
    if (!(error instanceof StreamError)) this.#add(this.#inspector?.finish(this.#now) ?? [])
  }

  #close(): void {
    if (this.endedAt !== undefined) return
    this.stop()
    this.#trace.fire('disconnect', this)
  }

  get #now(): number {
    return performance.now() - this.startedAt
  }

  #add(messages: InspectedMessage[]): void {
    for (const message of messages) {
      if (this.#isLate) message.findings = []
      countMessage(this.totals, message)
      this.messages.push(message)
      this.#trace.fire('message', this, message)
    }
    // by a tenth at once, as the front of a list is dear to move
    const surplus = this.messages.length - this.#limits.maxMessages
    if (surplus > this.#limits.maxMessages / 10) {
      this.messages.splice(0, surplus)
      this.dropped += surplus
    }
  }
}

/** Whether what was sent is a GraphQL query; a search for something called `query` is none. */
function isGraphqlRequest(body: RequestInit['body']): boolean {
  return (
    typeof body === 'string' &&
    /"query"\s*:\s*"\s*(\\n|#|\{|query\b|mutation\b|subscription\b|fragment\b)/.test(body)
  )
}

/** The bytes of a connection from `begin` to `end`, as far as they are kept. */
export function bytesOf({ chunks }: Pick<TraceConnection, 'chunks'>, begin: number, end: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, end - begin))
  let at = 0
  let filled = 0
  for (const [, chunk] of chunks) {
    const piece = chunk.subarray(Math.max(0, begin - at), Math.max(0, end - at))
    if (piece.length > 0) bytes.set(piece, Math.max(0, at - begin))
    filled += piece.length
    at += chunk.length
    if (at >= end) break
  }
  return bytes.subarray(0, filled)
}
