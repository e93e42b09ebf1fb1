/** The streams that are open, and the hook through which `observe` of postsource/devtools follows them. */

/** A stream on its way. */
export interface OpenStream {
  readonly url: string
  readonly init: RequestInit
  /** When it was requested, in milliseconds on the clock of `performance.now()`. */
  readonly startedAt: number
  /** Once its head has come. */
  response?: Response
  /** When that was, on the same clock. */
  respondedAt?: number
}

/** What happens to a stream, in this order. `end` or `error` may be missing; `close` always comes, and comes last. */
export type StreamIncident = 'request' | 'response' | 'chunk' | 'end' | 'error' | 'close'

/** Told of all that happens. `value` is a chunk, valid during the call, or what the stream has failed with. */
export type StreamObserver = (what: StreamIncident, stream: OpenStream, value?: unknown) => void

/** One for all copies of the library in a page: the console's is another one than the page's own. */
interface OpenStreams {
  readonly streams: Set<OpenStream>
  readonly observers: Set<StreamObserver>
}

const key = Symbol.for('postsource')
const page = globalThis as { [key]?: OpenStreams }

/** Made by the first copy that streams, or looks: importing the library leaves the page as it was. */
export function openStreams(): OpenStreams {
  page[key] ??= { streams: new Set(), observers: new Set() }
  return page[key]
}

const byAnswer = new WeakMap<Response | ReadableStream, OpenStream>()

/** A stream that is requested now. It is open until its signal aborts or its reader closes it. */
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

/** Its head has come. */
export function answer(stream: OpenStream | undefined, response: Response): void {
  if (stream === undefined) return
  stream.response = response
  stream.respondedAt = performance.now()
  byAnswer.set(response, stream)
  if (response.body) byAnswer.set(response.body, stream)
  tell('response', stream)
}

/** The stream of an answer. One that the page has requested by itself is known from here on, if anybody looks. */
export function streamOf(source: Response | ReadableStream): OpenStream | undefined {
  const response = 'body' in source ? source : undefined
  const known = byAnswer.get(source)
  if (known || openStreams().observers.size === 0) return known
  const stream = trackStream(response?.url ?? '', {})
  // only events are read from a body alone
  answer(stream, response ?? new Response(null, { headers: { 'content-type': 'text/event-stream' } }))
  return stream
}
