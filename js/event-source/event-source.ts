/**
 * A drop-in EventSource on top of fetch.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface
 */

import { discardBody } from '../stream/chunk-reader.ts'
import { callSafely } from '../stream/report-error.ts'
import type { EventConnection } from '../stream/sharing.ts'
import type { EventSourceOptions, StreamEvent } from '../stream/types.ts'
import { warnOfUnknownOptions } from '../stream/unknown-options.ts'
import { onAbort } from '../stream/wait.ts'
import { parseAddress } from './address.ts'
import { CLOSED, CONNECTING, eventSourceOptionNames, OPEN, openConnection } from './connection.ts'
import { messageEventMaker } from './message-event.ts'
import { nextTask } from './next-task.ts'
import { type EventSourceEventMap, StreamErrorEvent, StreamOpenEvent } from './source-events.ts'
import { defineInterface } from './webidl.ts'

declare const process: { env: { NODE_ENV?: string } }

/** The type of `this` in a handler: the DOM's, so that a source can be used where the DOM's is expected. */
type DomEventSource = InstanceType<typeof globalThis.EventSource>

type Handler<E extends Event> = ((this: DomEventSource, event: E) => unknown) | null

/** The listeners that `addEventListener` accepts: those of the map above, and a MessageEvent for any other name. */
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
 * Throws a SyntaxError DOMException for a URL that does not parse, a TypeError without a URL, for options that are no
 * object, and for a body with GET or HEAD, and a RangeError for a limit that is none. Everything later is told by
 * `error` events.
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
    defineInterface(EventSource, 'EventSource', { CONNECTING, OPEN, CLOSED })
  }

  readonly #url: string
  readonly #withCredentials: boolean
  readonly #connection: EventConnection
  readonly #onEvent: EventSourceOptions['onEvent']
  readonly #handlers = new Map<string, { handler: object; listener: (event: Event) => void }>()
  /** Whether a handler is asynchronous, and may continue after it has returned. */
  #isAwaited = false

  constructor(url: string | URL, options: EventSourceOptions | null = {}) {
    // biome-ignore lint/complexity/noArguments: [WebIDL] the number of arguments counts: `undefined` is an address, no argument is an error
    if (arguments.length === 0) throw new TypeError('an EventSource needs an address: pass a URL')
    // [WebIDL] a dictionary is an object; null stands for an empty one
    if (options !== null && !isObject(options)) throw new TypeError('the options must be an object')
    super()
    try {
      if (process.env.NODE_ENV !== 'production')
        warnOfUnknownOptions('EventSource', options ?? {}, eventSourceOptionNames())
    } catch {
      // no `process`
    }
    this.#url = parseAddress(url)
    this.#withCredentials = Boolean(options?.withCredentials)
    this.#onEvent = options?.onEvent
    this.#connection = openConnection(this.#url, options ?? {}, {
      onOpen: response => this.#dispatch(new StreamOpenEvent('open', response)),
      onEvents: (events, origin) => this.#dispatchMessages(events, origin),
      onEnd: (error, willReconnectIn) =>
        this.dispatchEvent(new StreamErrorEvent('error', { error, willReconnectIn })),
    })
  }

  /**
   * Reads events from a stream instead of an address. The end of the stream, or its failure, fires `error` and
   * closes the source. Closing the source cancels the stream. Throws a TypeError if the stream is locked.
   * https://github.com/whatwg/html/pull/12272
   */
  static fromReadableStream(stream: ReadableStream<Uint8Array>): EventSource {
    const response = new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
    const source = new EventSource('about:event-stream', { fetch: async () => response, retry: () => null })
    // a source that is closed before its attempt begins reads nothing
    onAbort(source.#connection.closed, () => discardBody(response))
    return source
  }

  /** The address, absolute. */
  get url(): string {
    return this.#url
  }

  /** Whether credentials are sent to other origins. */
  get withCredentials(): boolean {
    return this.#withCredentials
  }

  /** CONNECTING (also while it waits to connect again), OPEN or CLOSED. */
  get readyState(): 0 | 1 | 2 {
    return this.#connection.readyState
  }

  /** The id that the next request will send as `Last-Event-ID`; empty if there is none. */
  get lastEventId(): string {
    return this.#connection.lastEventId
  }

  /** The reconnection time in milliseconds, which the retry policy may change: 3,000 unless the server sets another. */
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
    this.#isAwaited ||= isAsynchronous(listener)
    super.addEventListener(type, listener, options)
  }

  get #isClosed(): boolean {
    return this.readyState === CLOSED
  }

  async #dispatchMessages(events: StreamEvent[], origin: string): Promise<void> {
    const makeEvent = messageEventMaker()
    for (const event of events) {
      if (this.#isClosed) return
      this.#connection.lastEventId = event.lastEventId
      if (this.#onEvent) callSafely(this.#onEvent, event)
      if (this.#isClosed) return
      await this.#dispatch(makeEvent(event, origin))
    }
  }

  /**
   * [spec] every event is dispatched in its own task, so all microtasks of a handler run before the next event. If no
   * handler is known to be asynchronous, waiting for one microtask suffices.
   */
  #dispatch(event: Event): Promise<void> | undefined {
    this.dispatchEvent(event)
    return this.#isAwaited ? nextTask() : undefined
  }

  #handler<E extends Event>(type: string): Handler<E> {
    return (this.#handlers.get(type)?.handler ?? null) as Handler<E>
  }

  // [spec] an event handler is one listener, at the position where it was first set
  // https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-attributes
  #setHandler<E extends Event>(type: string, handler: Handler<E>): void {
    const known = this.#handlers.get(type)
    // [WebIDL] any object is accepted as a handler; one that is not callable does nothing
    if (!isObject(handler)) {
      if (known) super.removeEventListener(type, known.listener)
      this.#handlers.delete(type)
      return
    }
    this.#isAwaited ||= isAsynchronous(handler)
    if (known) {
      known.handler = handler
    } else {
      const entry = {
        handler: handler as object,
        listener: (event: Event) => this.#handle(entry.handler, event),
      }
      this.#handlers.set(type, entry)
      if (!callsHandlersItself()) super.addEventListener(type, entry.listener)
    }
  }

  #handle(handler: object, event: Event): void {
    if (typeof handler !== 'function') return
    const answer = handler.call(this, event)
    // [spec] a handler that returns false cancels a cancelable event
    if (answer === false) event.preventDefault()
    this.#isAwaited ||= typeof answer?.then === 'function'
  }
}

/** Whether the runtime calls the `on…` property of every event target, as workerd does. */
function callsHandlersItself(): boolean {
  let isCalled = false
  const onopen = () => {
    isCalled = true
  }
  Object.assign(new EventTarget(), { onopen }).dispatchEvent(new Event('open'))
  return isCalled
}

function isObject(value: unknown): value is object {
  return Object(value) === value
}

/** Whether a listener is an `async` function, or an object that handles events with one. */
function isAsynchronous(listener: object | null): boolean {
  const { handleEvent = listener } = (listener ?? {}) as { handleEvent?: object | null }
  return handleEvent?.[Symbol.toStringTag as never] === 'AsyncFunction'
}
