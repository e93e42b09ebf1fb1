/** The trace of one stream: its connections, their bytes, and the inspector's findings. */

import { StreamError } from '../stream/errors.ts'
import { checkNumber } from '../stream/limits.ts'
import type { OpenStream, StreamIncident } from '../stream/open-streams.ts'
import type { Finding, InspectedMessage, Inspector, InspectorContext, InspectorModule } from './inspector.ts'

/** How much of a stream is kept in memory. */
export interface TraceLimits {
  /** The largest number of messages of a connection; the oldest are dropped first. 10,000 by default. */
  maxMessages?: number | undefined
  /** The largest number of bytes of a connection; those that come later are dropped. 16 MiB by default. */
  maxBytes?: number | undefined
  /**
   * The largest number of connections; the first is kept, and the oldest others are dropped first. 1,000 by default.
   */
  maxConnections?: number | undefined
}

/** Throws a RangeError for a limit that is no such number. `Infinity` keeps everything. */
export function checkTraceLimits({ maxMessages = 0, maxBytes = 0, maxConnections = 1 }: TraceLimits): void {
  checkNumber('maxMessages', maxMessages)
  checkNumber('maxBytes', maxBytes)
  checkNumber('maxConnections', maxConnections, { min: 1 })
}

/** Whether a message comes from the server, rather than being the inspector's own about the response or its end. */
export function isSaid({ kind }: { kind: string }): boolean {
  return kind !== 'response' && kind !== 'end'
}

/** Counts of a connection. */
export interface TraceTotals {
  /** Messages from the server. */
  messages: number
  /** Findings by severity. */
  findings: Record<Finding['severity'], number>
}

/** Totals that are all zero. */
export function noTotals(): TraceTotals {
  return { messages: 0, findings: { error: 0, warning: 0, note: 0 } }
}

/** Adds `more` to `totals`. */
export function addTotals(totals: TraceTotals, more: TraceTotals): void {
  totals.messages += more.messages
  for (const severity of ['error', 'warning', 'note'] as const)
    totals.findings[severity] += more.findings[severity]
}

/** Counts a message. */
export function countMessage(totals: TraceTotals, message: InspectedMessage): void {
  if (isSaid(message)) totals.messages++
  for (const { severity } of message.findings) totals.findings[severity]++
}

/** One attempt: a request and its response. All times are milliseconds on the clock of `performance.now()`. */
export interface TraceConnection {
  /** Counts from 1. */
  readonly number: number
  /** The address of the request. */
  readonly url: string
  /** The method of the request. */
  readonly method: string
  /** The headers of the request. */
  readonly requestHeaders: [name: string, value: string][]
  /** The body of the request, if it was a text. */
  readonly requestBody?: string
  /** The protocol that the inspector was told. */
  readonly protocol: NonNullable<InspectorContext['protocol']>
  /** When the request was sent. */
  readonly startedAt: number
  /** When the head of the response arrived. */
  readonly respondedAt?: number
  /** When the connection ended; undefined while it is open. */
  readonly endedAt?: number
  /** The status of the response. */
  readonly status?: number
  /** The headers of the response. */
  readonly headers?: [name: string, value: string][]
  /** Of a trace made from a recording: the names of the headers that the recording left out. */
  readonly omittedHeaders?: string[]
  /** The error that it failed with; undefined if the server or the client ended it. */
  readonly error?: unknown
  /** The messages that are kept; their times count from `startedAt`. */
  readonly messages: InspectedMessage[]
  /** The number of messages that were dropped. */
  readonly dropped: number
  /** Counts of everything that has arrived, whether it is kept or not. */
  readonly totals: TraceTotals
  /** The chunks that are kept, each with the milliseconds from `startedAt` to its arrival. */
  readonly chunks: [time: number, bytes: Uint8Array][]
  /** The number of bytes that have arrived. */
  readonly bytes: number
  /** Whether more bytes have arrived than are kept. */
  readonly truncated: boolean
  /** Whether the server ended the response. */
  readonly complete: boolean
}

/** An event of a {@link Trace}. The last one is `end`. */
export class TraceEvent extends Event {
  /** The connection; undefined for `end`. */
  readonly connection: TraceConnection | undefined
  /** The message; undefined for other events. */
  readonly message: InspectedMessage | undefined

  constructor(type: TraceEventType, connection?: TraceConnection, message?: InspectedMessage) {
    super(type)
    this.connection = connection
    this.message = message
  }
}

/** The types of a {@link TraceEvent}: a request was sent, its head arrived, a message, the connection ended, the trace ended. */
export type TraceEventType = 'connect' | 'response' | 'message' | 'disconnect' | 'end'

/** One stream with all its connections. Fires {@link TraceEvent}s. */
export class Trace extends EventTarget {
  /** The address of the stream. */
  readonly url: string
  /** The kept connections, in order. */
  readonly connections: TraceConnection[] = []
  /** Counts of the connections that were dropped. */
  readonly dropped = { connections: 0, bytes: 0, ...noTotals() }
  /** The error that the stream failed with for good; undefined until then. */
  error: unknown
  /** Resolves when the stream is over, whether it failed or not. Never rejects. */
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

  /** Whether `end` has been fired. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** The kept messages of all connections. */
  get messages(): InspectedMessage[] {
    return this.connections.flatMap(({ messages }) => messages)
  }

  /** Ends the stream. */
  stop(): void {
    this.#stop()
  }

  /**
   * Adds a connection. Called by what fills the trace. The first connection is never dropped, because all times count
   * from it.
   */
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

  /** Fires an event. Called by what fills the trace. */
  fire(type: TraceEventType, connection?: TraceConnection, message?: InspectedMessage): void {
    this.dispatchEvent(new TraceEvent(type, connection, message))
  }

  /** Ends the trace, once. Called by what fills the trace. */
  finish(error?: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.error = error
    this.fire('end')
    this.#end()
  }
}

export interface RecorderOptions extends TraceLimits, Pick<InspectorContext, 'protocol'> {
  /** Whether the beginning of the stream was missed, so that it cannot be judged. False by default. */
  isLate?: boolean
}

/** Fills one connection of a trace with the reports of a StreamObserver. */
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

  /** The inspector's context of the response. Times count from `startedAt`. */
  get context(): InspectorContext {
    return {
      ...(this.status !== undefined && { status: this.status }),
      ...(this.headers && { headers: this.headers }),
      method: this.method,
      requestHeaders: this.requestHeaders,
      protocol: this.protocol,
      openedAt: 0,
    }
  }

  /** Handles one incident. */
  record(what: StreamIncident, value: unknown, { response, respondedAt }: OpenStream): void {
    if (what === 'response' && response) this.#respond(response, respondedAt)
    else if (what === 'chunk') this.#receive(value as Uint8Array)
    else if (what === 'end') this.#end()
    else if (what === 'error') this.#end(value)
    else if (what === 'close') this.#close()
  }

  /** Ignores everything later, even if the stream continues. */
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
    // if our own decoder has failed, the bytes have not ended
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
    // a tenth at a time, because removing the front of a list is expensive
    const surplus = this.messages.length - this.#limits.maxMessages
    if (surplus > this.#limits.maxMessages / 10) {
      this.messages.splice(0, surplus)
      this.dropped += surplus
    }
  }
}

/** Whether a body is a GraphQL request, rather than, for instance, a search with a member `query`. */
function isGraphqlRequest(body: RequestInit['body']): boolean {
  return (
    typeof body === 'string' &&
    /"query"\s*:\s*"\s*(\\n|#|\{|query\b|mutation\b|subscription\b|fragment\b)/.test(body)
  )
}

/** Returns the kept bytes of a connection between `begin` and `end`. */
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
