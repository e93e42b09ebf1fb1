/** Opens a stream with the library's own clients, and traces it: for the console, the terminal and the demo. */

import { EventSource } from '../event-source/event-source.ts'
import { createClient } from '../graphql/client.ts'
import type { ProtocolOption } from '../graphql/negotiation.ts'
import { readParts } from '../graphql/read-parts.ts'
import { openStreams, type StreamObserver } from '../stream/open-streams.ts'
import { send, streamHeaders } from '../stream/request.ts'
import { loadInspector } from './inspector.ts'
import type { Recording } from './recording.ts'
import { type ReplayOptions, replayFetch } from './replay.ts'
import { ConnectionRecorder, Trace, type TraceEvent, type TraceLimits } from './trace.ts'

/** What to ask for, and how. */
export interface FollowOptions extends TraceLimits {
  /**
   * A GraphQL query. Without one, the address is asked as it is, and an event stream read, or with the protocol
   * `multipart` the parts of a body.
   */
  query?: string
  variables?: Record<string, unknown>
  operationName?: string
  extensions?: Record<string, unknown>
  /** GET by default, POST where there is a query or a body. */
  method?: string
  headers?: HeadersInit
  body?: BodyInit
  credentials?: RequestCredentials
  /** What to ask for; by default what the server has, an event stream first. */
  protocol?: ProtocolOption
  /** Whether to connect again where the stream breaks off. True by default. */
  reconnect?: boolean
  /** What to use for `fetch`; the global one by default. */
  fetch?: typeof fetch
  signal?: AbortSignal
}

/**
 * Follows a stream until it is complete, fails for good or is stopped. Throws a TypeError for an address that is none;
 * everything later is told by the trace, which has nothing to tell before the caller's turn is over.
 */
export function follow(url: string | URL, options: FollowOptions = {}): Trace {
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

/** Follows a recording: the stream as it was, without a server. */
export function followRecording(
  recording: Recording,
  { speed = 1 }: Pick<ReplayOptions, 'speed'> = {},
): Trace {
  const { protocol, requestBody, headers } = recording.connections.at(-1) ?? {}
  const type = new Headers(headers).get('content-type') ?? ''
  const trace: Trace = follow(recording.url, {
    ...(protocol === 'graphql' && { query: queryOf(requestBody) }),
    ...(type.startsWith('multipart/') && { protocol: 'multipart' }),
    fetch: replayFetch(recording, { speed, onEnd: () => trace.stop() }),
  })
  return trace
}

/** The query that was sent, or one that asks for as much: what is answered does not depend on it. */
function queryOf(body = ''): string {
  try {
    const { query } = JSON.parse(body)
    if (typeof query === 'string') return query
  } catch {
    // of a GET, or not ours
  }
  return '{ __typename }'
}

function absolute(url: string | URL): string {
  return new URL(url, globalThis.document?.baseURI).href
}

async function run(trace: Trace, options: FollowOptions, signal: AbortSignal): Promise<void> {
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

/** Reads until there is nothing more to come. */
type Reading = FollowOptions & { fetch: typeof fetch; signal: AbortSignal }

function read(trace: Trace, reading: Reading): Promise<void> {
  if (reading.query !== undefined) return readOperation(trace, reading, reading.query)
  if (reading.protocol === 'multipart') return readMultipart(trace, reading)
  return readEventStream(trace, reading)
}

function readOperation(trace: Trace, reading: Reading, query: string): Promise<void> {
  const { headers, credentials, fetch, signal, protocol, reconnect = true, ...operation } = reading
  const client = createClient({
    url: trace.url,
    fetchFn: fetch,
    retryAttempts: reconnect ? 5 : 0,
    method: reading.method?.toUpperCase() === 'GET' ? 'GET' : 'POST',
    ...(headers && { headers }),
    ...(credentials && { credentials }),
    ...(protocol && { protocol }),
  })
  return new Promise((resolve, reject) => {
    const { variables, operationName, extensions } = operation
    const stop = client.subscribe(
      {
        query,
        ...(variables && { variables }),
        ...(operationName && { operationName }),
        ...(extensions && { extensions }),
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
  { headers, body, method, credentials, fetch, signal, reconnect = true }: Reading,
): Promise<void> {
  const source = new EventSource(trace.url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    fetch,
    signal,
    ...(headers && { headers }),
    ...(body !== undefined && { body }),
    ...(credentials && { credentials }),
    ...(!reconnect && { retry: () => null }),
  })
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => resolve())
    // an operation that was asked for by its address alone is over when it says so
    trace.addEventListener('message', event => {
      if ((event as TraceEvent).message?.kind !== 'complete') return
      source.close()
      resolve()
    })
    source.addEventListener('error', ({ error, willReconnectIn }) => {
      if (willReconnectIn !== null) return
      // 204 is how a server says that there is no more
      if (error === undefined || error.code === 'ended' || error.status === 204) resolve()
      else reject(error)
    })
  })
}
