/** The streams that are open, and the hook through which `observe` of postsource/devtools follows them. */

/** An open stream. */
export interface OpenStream {
  readonly url: string
  readonly init: RequestInit
  /** When it was requested, in milliseconds on the clock of `performance.now()`. */
  readonly startedAt: number
  /** The response, once its head has arrived. */
  response?: Response
  /** When the head arrived, on the same clock. */
  respondedAt?: number
}

/** The events of a stream, in this order. `end` or `error` may be missing. `close` always comes last. */
export type StreamIncident = 'request' | 'response' | 'chunk' | 'end' | 'error' | 'close'

/** Called for every event. `value` is a chunk, valid during the call, or the error that the stream failed with. */
export type StreamObserver = (what: StreamIncident, stream: OpenStream, value?: unknown) => void

/** The registry, shared by all copies of the library in a page. A console has its own copy. */
interface OpenStreams {
  readonly streams: Set<OpenStream>
  readonly observers: Set<StreamObserver>
}

const key = Symbol.for('postsource')
const page = globalThis as { [key]?: OpenStreams }
let registry: OpenStreams | undefined

/** Made by the first copy that opens or observes a stream, because importing the library has no side effects. */
export function openStreams(): OpenStreams {
  // kept here, because reading a member of a window takes a microsecond, and this is read for every chunk
  registry ??= page[key] ??= { streams: new Set(), observers: new Set() }
  return registry
}

const byAnswer = new WeakMap<Response | ReadableStream, OpenStream>()

/** Registers a stream that is requested now. It is open until its signal aborts or its reader closes it. */
export function trackStream(url: string, init: RequestInit): OpenStream {
  const stream = { url, init, startedAt: performance.now() }
  openStreams().streams.add(stream)
  init.signal?.addEventListener('abort', () => tell('close', stream))
  tell('request', stream)
  return stream
}

export function tell(what: StreamIncident, stream: OpenStream | undefined, value?: unknown): void {
  if (stream === undefined || (what === 'close' && !openStreams().streams.delete(stream))) return
  for (const observe of openStreams().observers) observe(what, stream, value)
}

/** Called when the head of the response arrives. */
export function answer(stream: OpenStream | undefined, response: Response): void {
  if (stream === undefined) return
  stream.response = response
  stream.respondedAt = performance.now()
  byAnswer.set(response, stream)
  // a `fetch` of the options may give anything as the body
  if (Object(response.body) === response.body) byAnswer.set(response.body as ReadableStream, stream)
  tell('response', stream)
}

/** Returns the stream of a response. A response that the page requested itself is registered now, if there are observers. */
export function streamOf(source: Response | ReadableStream): OpenStream | undefined {
  const response = 'body' in source ? source : undefined
  const known = byAnswer.get(source)
  if (known || openStreams().observers.size === 0) return known
  const stream = trackStream(response?.url ?? '', {})
  // a body without a response is always an event stream
  answer(stream, response ?? new Response(null, { headers: { 'content-type': 'text/event-stream' } }))
  return stream
}
