/**
 * A drop-in EventSource on top of fetch.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface
 */

import { ChunkReader } from '../stream/chunk-reader.ts'
import { decodeBody } from '../stream/decode-body.ts'
import { StreamError } from '../stream/errors.ts'
import { isConnectionLoss, reconnect, standardRetry } from '../stream/reconnect.ts'
import { networkError, originOf, requestEventStream } from '../stream/request.ts'
import type { EventSourceOptions, RetryCause, RetryPolicy, StreamEvent } from '../stream/types.ts'
import { causeOfEnd, watch, whenShown } from '../stream/watchdog.ts'
import { checkMaxMessageBytes } from '../wasm/limits.ts'
import { load } from '../wasm/module.ts'
import { EventDecoder } from './event-decoder.ts'

const CONNECTING = 0
const OPEN = 1
const CLOSED = 2

/** The reconnection time in milliseconds until the server sets another. */
const defaultReconnectionTime = 3000

/** An `open` event that carries what the server answered. */
export class StreamOpenEvent extends Event {
  readonly status: number
  readonly headers: Headers

  constructor(type: string, { status, headers }: { status: number; headers: Headers }) {
    super(type)
    this.status = status
    this.headers = headers
  }
}

/**
 * An `error` event that says why. A server's own event named `error` is a `MessageEvent` instead, which
 * tells the two apart.
 */
export class StreamErrorEvent extends Event {
  readonly error: StreamError
  /** Milliseconds until the next attempt; null if the source is closed for good. */
  readonly willReconnectIn: number | null

  constructor(
    type: string,
    { error, willReconnectIn }: { error: StreamError; willReconnectIn: number | null },
  ) {
    super(type)
    this.error = error
    this.willReconnectIn = willReconnectIn
  }
}

/** What a handler's `this` is typed as: the DOM's, or a source would not fit where the DOM's is expected. */
type DomEventSource = InstanceType<typeof globalThis.EventSource>

type Handler<E extends Event> = ((this: DomEventSource, event: E) => unknown) | null

/**
 * The events that every source has, by name. What is ours of `open` and `error` is optional, because a server may
 * give an event of its own these names: that one is a MessageEvent.
 */
export interface EventSourceEventMap {
  open: Event & Partial<Pick<StreamOpenEvent, 'status' | 'headers'>>
  message: MessageEvent
  error: Event & Partial<Pick<StreamErrorEvent, 'error' | 'willReconnectIn'>>
}

/** The listeners that `addEventListener` takes: those of the map above, and a MessageEvent for any other name. */
export interface EventSource {
  addEventListener<K extends keyof EventSourceEventMap>(
    type: K,
    listener: (this: DomEventSource, event: EventSourceEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void
  addEventListener(
    type: string,
    listener: (this: DomEventSource, event: MessageEvent) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void
  removeEventListener<K extends keyof EventSourceEventMap>(
    type: K,
    listener: (this: DomEventSource, event: EventSourceEventMap[K]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void
  removeEventListener(
    type: string,
    listener: (this: DomEventSource, event: MessageEvent) => unknown,
    options?: boolean | EventListenerOptions,
  ): void
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void
}

/**
 * The browser's EventSource, with a method, headers, a body, a signal and a retry policy.
 *
 * Throws a SyntaxError DOMException for a URL that does not parse, a TypeError for a body with GET or HEAD
 * and a RangeError for a limit that is none. Everything later is told by `error` events.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface above only types what EventTarget implements
export class EventSource extends EventTarget {
  declare static readonly CONNECTING: typeof CONNECTING
  declare static readonly OPEN: typeof OPEN
  declare static readonly CLOSED: typeof CLOSED
  declare readonly CONNECTING: typeof CONNECTING
  declare readonly OPEN: typeof OPEN
  declare readonly CLOSED: typeof CLOSED
  static {
    // [WebIDL] constants stand on the interface and on its prototype
    for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSED })) {
      Object.defineProperty(EventSource, name, { value, enumerable: true })
      Object.defineProperty(EventSource.prototype, name, { value, enumerable: true })
    }
  }

  /** The address, absolute. */
  readonly url: string
  /** Whether credentials are sent to other origins. */
  readonly withCredentials: boolean

  readonly #options: EventSourceOptions
  readonly #method: string
  readonly #retry: RetryPolicy
  readonly #closing = new AbortController()
  readonly #handlers = new Map<string, { handler: Handler<never>; listener: (event: Event) => void }>()
  readonly #heard = new Set<string>()
  #readyState: typeof CONNECTING | typeof OPEN | typeof CLOSED = CONNECTING
  #lastEventId: string
  #reconnectionTime = defaultReconnectionTime
  #hasReceived = false

  constructor(url: string | URL, options: EventSourceOptions = {}) {
    super()
    const {
      withCredentials = false,
      retry = standardRetry,
      lastEventId = '',
      maxMessageBytes,
      signal,
    } = options
    this.url = parseUrl(url)
    this.withCredentials = Boolean(withCredentials)
    this.#options = {
      ...options,
      credentials: options.credentials ?? (withCredentials ? 'include' : 'same-origin'),
    }
    this.#method = (options.method ?? 'GET').toUpperCase()
    this.#retry = retry
    this.#lastEventId = lastEventId
    checkMaxMessageBytes(maxMessageBytes)
    if (options.body && (this.#method === 'GET' || this.#method === 'HEAD')) {
      throw new TypeError(`a ${this.#method} request has no body: give a method such as POST with it`)
    }
    if (signal?.aborted) {
      this.#readyState = CLOSED
      return
    }
    signal?.addEventListener('abort', () => this.close(), { once: true, signal: this.#closing.signal })
    void this.#run()
  }

  /**
   * Reads events from a stream instead of an address. The end of the stream, or its failure, fires `error` and
   * closes the source. Throws a TypeError if the stream is locked.
   * https://github.com/whatwg/html/pull/12272
   */
  static fromReadableStream(stream: ReadableStream<Uint8Array>): EventSource {
    const response = new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
    return new EventSource('about:event-stream', { fetch: async () => response, retry: () => null })
  }

  /** CONNECTING (also while it waits to connect again), OPEN or CLOSED. */
  get readyState(): 0 | 1 | 2 {
    return this.#readyState
  }

  /** The id that the next request will send as `Last-Event-ID`; empty if there is none. */
  get lastEventId(): string {
    return this.#lastEventId
  }

  /** Milliseconds between the end of a connection and the next attempt, before the retry policy has its say. */
  get reconnectionTime(): number {
    return this.#reconnectionTime
  }

  get onopen(): Handler<EventSourceEventMap['open']> {
    return this.#handler('open')
  }
  set onopen(handler: Handler<EventSourceEventMap['open']>) {
    this.#setHandler('open', handler)
  }

  get onmessage(): Handler<MessageEvent> {
    return this.#handler('message')
  }
  set onmessage(handler: Handler<MessageEvent>) {
    this.#setHandler('message', handler)
  }

  get onerror(): Handler<EventSourceEventMap['error']> {
    return this.#handler('error')
  }
  set onerror(handler: Handler<EventSourceEventMap['error']>) {
    this.#setHandler('error', handler)
  }

  /** Ends the connection, or the wait for the next, for good. Nothing is dispatched afterwards. */
  close(): void {
    this.#readyState = CLOSED
    this.#closing.abort()
  }

  override addEventListener(
    type: string,
    listener: never,
    options?: boolean | AddEventListenerOptions,
  ): void {
    this.#heard.add(type)
    super.addEventListener(type, listener, options)
  }

  async #run(): Promise<void> {
    try {
      await reconnect({
        attempt: () => this.#attempt(),
        retry: this.#retry,
        onEnded: (error, delay) => this.#announceEnd(error, delay),
        signal: this.#closing.signal,
      })
    } catch (cause) {
      this.#announceEnd(
        new StreamError('invalid-request', `the retry policy threw: ${cause}`, { cause }),
        null,
      )
    }
    if (this.#readyState === CLOSED) this.#closing.abort() // lets go of the user's signal
  }

  /** One connection from the request to its end. Resolves with the cause of the end. */
  async #attempt(): Promise<RetryCause | undefined> {
    await whenShown(this.#closing.signal, this.#options)
    if (this.#closing.signal.aborted) return undefined
    // one controller per attempt: whatever the end, nothing of this attempt is left when the next begins
    const attempt = new AbortController()
    const abort = () => attempt.abort()
    this.#closing.signal.addEventListener('abort', abort)
    let received = 0
    let error = new StreamError('ended', 'the server ended the stream')
    const watchdog = watch(attempt, this.#options)
    try {
      const module = await load()
      const { maxMessageBytes } = this.#options
      const lastEventId = this.#cursor
      const response = await requestEventStream({
        url: this.url,
        options: this.#requestOptions(),
        lastEventId,
        signal: attempt.signal,
      })
      watchdog.opened()
      if (!attempt.signal.aborted) this.#announceOpen(response)
      const chunks = new ChunkReader(response)
      const decoder = new EventDecoder(module, { maxMessageBytes, lastEventId })
      const origin = originOf(response, this.url)
      for await (const events of decodeBody(chunks, decoder, attempt.signal)) {
        watchdog.alive()
        this.#reconnectionTime = decoder.reconnectionTime ?? this.#reconnectionTime
        received += events.length
        this.#hasReceived ||= received > 0
        await this.#dispatch(events, origin)
        if (this.#readyState === CLOSED) break
        this.#lastEventId = decoder.lastEventId
      }
      error = causeOfEnd(attempt, error) as StreamError
    } catch (cause) {
      error = networkError(causeOfEnd(attempt, cause))
    } finally {
      watchdog.stop()
      this.#closing.signal.removeEventListener('abort', abort)
      attempt.abort()
    }
    return {
      error,
      retryable: isConnectionLoss(error),
      reconnectionTime: this.#reconnectionTime,
      lastEventId: this.#cursor,
      method: this.#method,
      received,
    }
  }

  async #dispatch(events: StreamEvent[], origin: string): Promise<void> {
    for (const { type, data, lastEventId } of events) {
      if (this.#readyState === CLOSED) return
      this.#lastEventId = lastEventId
      // making and dispatching an event costs more than all the rest: not where nobody has ever listened
      if (!this.#heard.has(type)) continue
      this.dispatchEvent(new MessageEvent(type, { data, lastEventId, origin }))
      // [spec] every event is a task of its own: what a handler awaits comes before the next event
      await undefined
    }
  }

  /** What the next request can resume from. */
  get #cursor(): string {
    return this.#options.ids === 'keys' ? '' : this.#lastEventId
  }

  #announceOpen(response: Response): void {
    this.#readyState = OPEN
    if (this.#hasReceived && this.#cursor === '') this.#options.onGap?.()
    this.dispatchEvent(new StreamOpenEvent('open', response))
  }

  #announceEnd(error: StreamError, willReconnectIn: number | null): void {
    this.#readyState = willReconnectIn === null ? CLOSED : CONNECTING
    this.dispatchEvent(new StreamErrorEvent('error', { error, willReconnectIn }))
  }

  #requestOptions(): EventSourceOptions {
    const {
      withCredentials,
      retry,
      lastEventId,
      maxMessageBytes,
      signal,
      connectTimeout,
      idleTimeout,
      pauseWhenHidden,
      ids,
      onGap,
      ...request
    } = this.#options
    return request
  }

  #handler<E extends Event>(type: string): Handler<E> {
    return (this.#handlers.get(type)?.handler ?? null) as Handler<E>
  }

  // [spec] an event handler is one listener, in the place where it was first set
  // https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-attributes
  #setHandler<E extends Event>(type: string, value: Handler<E>): void {
    const handler = typeof value === 'function' ? (value as Handler<never>) : null
    const known = this.#handlers.get(type)
    if (known !== undefined && handler !== null) {
      known.handler = handler
    } else if (known !== undefined) {
      this.removeEventListener(type, known.listener)
      this.#handlers.delete(type)
    } else if (handler !== null) {
      const entry = {
        handler: handler as Handler<never>,
        listener: (event: Event) => {
          entry.handler?.call(this, event as never)
        },
      }
      this.#handlers.set(type, entry)
      this.addEventListener(type, entry.listener as never)
    }
  }
}

function parseUrl(url: string | URL): string {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href
  try {
    return new URL(url, base).href
  } catch {
    throw new DOMException(
      `${url} is not a valid URL${base ? '' : ' (there is no page to resolve it against)'}`,
      'SyntaxError',
    )
  }
}
