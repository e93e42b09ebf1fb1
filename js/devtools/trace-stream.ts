/** Opens a stream with the library's own clients and traces it. The console, the command and the demo stand on it. */

import { EventSource } from '../event-source/event-source.ts'
import { createClient } from '../graphql/client.ts'
import type { ProtocolOption } from '../graphql/negotiation.ts'
import { readParts } from '../graphql/read-parts.ts'
import { openStreams, type StreamObserver } from '../stream/open-streams.ts'
import { send, streamHeaders } from '../stream/request.ts'
import { type OptionNames, warnOfUnknownOptions } from '../stream/unknown-options.ts'
import { loadInspector } from './inspector.ts'
import type { Recording } from './recording.ts'
import { type ReplayOptions, replayFetch } from './replay.ts'
import { ConnectionRecorder, checkTraceLimits, Trace, type TraceEvent, type TraceLimits } from './trace.ts'

/** The options of {@link traceStream}. */
export interface TraceOptions extends TraceLimits {
  /**
   * A GraphQL operation. Without one, the address itself is requested and read as an event stream, or with the protocol
   * `multipart` as the parts of a body.
   */
  query?: string | undefined
  /** The variables of the operation. */
  variables?: Record<string, unknown> | undefined
  /** Selects the operation of a document that has several. */
  operationName?: string | undefined
  /** Extensions of the GraphQL request, such as `persistedQuery`. */
  extensions?: Record<string, unknown> | undefined
  /** The HTTP method: GET by default, or POST if there is a query or a body. */
  method?: string | undefined
  /** Headers to send. */
  headers?: HeadersInit | undefined
  /** The request's body, for a stream without a query. */
  body?: BodyInit | undefined
  /** As in the `RequestInit` of `fetch`. */
  credentials?: RequestCredentials | undefined
  /** The protocol to request. By default any that the server offers, preferably an event stream. */
  protocol?: ProtocolOption | undefined
  /** Whether to connect again when the connection is lost. True by default. */
  reconnect?: boolean | undefined
  /**
   * Whether the request may be sent again. By default only if its method is idempotent, or it is a query or a
   * subscription. Any other request may have been executed before its connection was lost.
   * https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
   */
  idempotent?: boolean | undefined
  /** The function to call in place of the global `fetch`. */
  fetch?: typeof fetch | undefined
  /** Aborting it stops the stream. */
  signal?: AbortSignal | undefined
}

/** `console` is an option of the functions that print what is followed. */
const optionNames: OptionNames<TraceOptions & { console?: Console }> = {
  body: true,
  console: true,
  credentials: true,
  extensions: true,
  fetch: true,
  headers: true,
  idempotent: true,
  maxBytes: true,
  maxConnections: true,
  maxMessages: true,
  method: true,
  operationName: true,
  protocol: true,
  query: true,
  reconnect: true,
  signal: true,
  variables: true,
}

/**
 * Opens a stream and traces it until it is complete, has failed for good or is stopped. Throws a TypeError for an invalid
 * address and a RangeError for a limit that is no such number, and warns about unknown options on the console. Everything
 * later is an event of the trace, of which none comes before the caller's turn is over.
 */
export function traceStream(url: string | URL, options: TraceOptions = {}): Trace {
  warnOfUnknownOptions('traceStream()', options, optionNames)
  checkTraceLimits(options)
  const stopping = new AbortController()
  const trace = new Trace(absolute(url), () => stopping.abort())
  options.signal?.addEventListener('abort', trace.stop.bind(trace), { signal: stopping.signal })
  if (options.signal?.aborted) trace.stop()
  void run(trace, options, stopping.signal).then(
    () => trace.finish(),
    cause => trace.finish(stopping.signal.aborted ? undefined : cause),
  )
  return trace
}

/**
 * Follows a recording as if it were the stream, without a server. `speed` is how many times as fast as it was, 1 by
 * default. Throws a RangeError if it is not greater than 0.
 */
export function replayTrace(recording: Recording, { speed = 1 }: Pick<ReplayOptions, 'speed'> = {}): Trace {
  const { protocol, requestBody, headers } = recording.connections.at(-1) ?? {}
  const type = new Headers(headers).get('content-type') ?? ''
  const trace: Trace = traceStream(recording.url, {
    ...(protocol === 'graphql' && { query: queryOf(requestBody) }),
    ...(type.startsWith('multipart/') && { protocol: 'multipart' }),
    fetch: replayFetch(recording, { speed, onEnd: () => trace.stop() }),
  })
  return trace
}

/** The query that was sent, or any query: the recorded answer does not depend on it. */
function queryOf(body = ''): string {
  try {
    const { query } = JSON.parse(body)
    if (typeof query === 'string') return query
  } catch {
    // the body of a GET, or of another client
  }
  return '{ __typename }'
}

function absolute(url: string | URL): string {
  return new URL(url, globalThis.document?.baseURI).href
}

async function run(trace: Trace, options: TraceOptions, signal: AbortSignal): Promise<void> {
  const module = await loadInspector()
  const { fetch = globalThis.fetch, query, ...limits } = options
  const recorders = new WeakMap<RequestInit, ConnectionRecorder>()
  const recordedFetch = async (url: RequestInfo | URL, init: RequestInit = {}) => {
    const stream = { url: String(url), init, startedAt: performance.now() }
    const protocol = query === undefined ? 'auto' : 'graphql'
    recorders.set(init, new ConnectionRecorder(trace, module, stream, { ...limits, protocol }))
    return fetch(url, init)
  }
  const observer: StreamObserver = (what, stream, value) => {
    recorders.get(stream.init)?.record(what, value, stream)
  }
  openStreams().observers.add(observer)
  try {
    if (!signal.aborted) await read(trace, { ...options, fetch: recordedFetch, signal })
  } finally {
    openStreams().observers.delete(observer)
  }
}

type Reading = TraceOptions & { fetch: typeof fetch; signal: AbortSignal }

/** Reads until the stream is over. */
function read(trace: Trace, reading: Reading): Promise<void> {
  if (reading.query !== undefined) return readOperation(trace, reading, reading.query)
  if (reading.protocol === 'multipart') return readMultipart(trace, reading)
  return readEventStream(trace, reading)
}

function readOperation(trace: Trace, reading: Reading, query: string): Promise<void> {
  const { headers, credentials, fetch, signal, protocol, reconnect = true, ...operation } = reading
  const client = createClient({
    url: trace.url,
    fetch,
    maxRetries: reconnect ? 5 : 0,
    method: reading.method?.toUpperCase() === 'GET' ? 'GET' : 'POST',
    ...(headers && { headers }),
    ...(credentials && { credentials }),
    ...(protocol && { protocol }),
  })
  return new Promise((resolve, reject) => {
    const { variables, operationName, extensions, idempotent } = operation
    const stop = client.subscribe(
      {
        query,
        ...(variables && { variables }),
        ...(operationName && { operationName }),
        ...(extensions && { extensions }),
        ...(idempotent !== undefined && { idempotent }),
      },
      { next() {}, error: reject, complete: resolve },
    )
    signal.addEventListener('abort', () => {
      stop()
      resolve()
    })
  })
}

async function readMultipart(trace: Trace, { headers, body, method, credentials, fetch, signal }: Reading) {
  const init = {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: streamHeaders('multipart/mixed', '', headers),
    body: body ?? null,
    credentials: credentials ?? 'same-origin',
    signal,
  }
  for await (const _part of readParts(await send(trace.url, init, fetch), { signal }));
}

function readEventStream(
  trace: Trace,
  { headers, body, method, credentials, fetch, signal, idempotent, reconnect = true }: Reading,
): Promise<void> {
  const source = new EventSource(trace.url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    fetch,
    signal,
    ...(headers && { headers }),
    ...(body !== undefined && { body }),
    ...(credentials && { credentials }),
    ...(idempotent !== undefined && { idempotent }),
    ...(!reconnect && { retry: () => null }),
  })
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => resolve())
    // an operation whose address alone was requested ends with its `complete`
    trace.addEventListener('message', event => {
      if ((event as TraceEvent).message?.kind !== 'complete') return
      source.close()
      resolve()
    })
    source.addEventListener('error', ({ error, willReconnectIn }) => {
      if (willReconnectIn !== null) return
      // [spec] a server ends reconnection with 204
      if (error === undefined || (error.code === 'ended' && !error.incomplete) || error.status === 204)
        resolve()
      else reject(error)
    })
  })
}
