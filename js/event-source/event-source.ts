/**
 * A drop-in EventSource on top of fetch.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface
 */

import type { StreamError } from '../stream/errors.ts'
import type { EventSourceOptions, StreamEvent } from '../stream/types.ts'
import { CLOSED, CONNECTING, EventStreamConnection, OPEN } from './connection.ts'

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

  readonly #connection: EventStreamConnection
  readonly #handlers = new Map<string, { handler: Handler<never>; listener: (event: Event) => void }>()
  readonly #heard = new Set<string>()

  constructor(url: string | URL, options: EventSourceOptions = {}) {
    super()
    this.url = parseUrl(url)
    this.withCredentials = Boolean(options.withCredentials)
    this.#connection = new EventStreamConnection(this.url, options, {
      onOpen: response => this.dispatchEvent(new StreamOpenEvent('open', response)),
      onEvents: (events, origin) => this.#dispatch(events, origin),
      onEnd: (error, willReconnectIn) =>
        this.dispatchEvent(new StreamErrorEvent('error', { error, willReconnectIn })),
    })
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
    return this.#connection.readyState
  }

  /** The id that the next request will send as `Last-Event-ID`; empty if there is none. */
  get lastEventId(): string {
    return this.#connection.lastEventId
  }

  /** Milliseconds between the end of a connection and the next attempt, before the retry policy has its say. */
  get reconnectionTime(): number {
    return this.#connection.reconnectionTime
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
    this.#connection.close()
  }

  override addEventListener(
    type: string,
    listener: never,
    options?: boolean | AddEventListenerOptions,
  ): void {
    this.#heard.add(type)
    super.addEventListener(type, listener, options)
  }

  async #dispatch(events: StreamEvent[], origin: string): Promise<void> {
    for (const { type, data, lastEventId } of events) {
      if (this.readyState === CLOSED) return
      this.#connection.lastEventId = lastEventId
      // making and dispatching an event costs more than all the rest: not where nobody has ever listened
      if (!this.#heard.has(type)) continue
      this.dispatchEvent(new MessageEvent(type, { data, lastEventId, origin }))
      // [spec] every event is a task of its own: what a handler awaits comes before the next event
      await undefined
    }
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
