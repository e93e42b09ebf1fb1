/** The function `fetchEventSource` of @microsoft/fetch-event-source 2, over this library's reader. */

import { BodyReader, type Decoder, readBody } from '../stream/decode-body.ts'
import { reasonOf, StreamError } from '../stream/errors.ts'
import { reconnect } from '../stream/reconnect.ts'
import { isIdempotent } from '../stream/repeat.ts'
import { byteString, checkBody, essence, send } from '../stream/request.ts'
import type { AttemptEnd } from '../stream/types.ts'
import { fetchOptionNames, type OptionNames, warnOfUnknownOptions } from '../stream/unknown-options.ts'
import { onAbort, unlessAborted } from '../stream/wait.ts'
import { watch, whenShown } from '../stream/watchdog.ts'
import { load } from '../wasm/module.ts'
import { type SseModule, SseReader, sse } from '../wasm/sse-reader.ts'
import type { SseVisitor } from '../wasm/table.ts'

/** The media type of an event stream, which the default `onopen` expects. */
export const EventStreamContentType = 'text/event-stream'

const defaultRetryMs = 1000

/** One event as the server wrote it. */
export interface EventSourceMessage {
  /** The event's own `id` field; empty if it has none. */
  id: string
  /** The `event` field; empty if the event has none. */
  event: string
  /** The `data` lines, joined by a line feed. */
  data: string
  /** The reconnection time in milliseconds, if the server has set one since the previous event. */
  retry?: number | undefined
}

// biome-ignore lint/suspicious/noConfusingVoidType: the peer's type, which callers' functions are written for
type Answer = number | null | undefined | void
// biome-ignore lint/suspicious/noExplicitAny: likewise
type ErrorHandler = (error: any) => Answer | Promise<Answer>

/** The options of {@link fetchEventSource}: those of `fetch`, and these. All are optional. */
export interface FetchEventSourceInit extends Omit<RequestInit, 'headers'> {
  /** Headers to send. `accept` is `text/event-stream` unless it is given here. */
  headers?: Record<string, string> | undefined
  /** Called with every response before it is read. What it throws goes to `onerror`. Expects an event stream by default. */
  onopen?: ((response: Response) => void | Promise<void>) | undefined
  /** Called with every event. What it throws goes to `onerror`. */
  onmessage?: ((message: EventSourceMessage) => void) | undefined
  /**
   * Called when the server ends the stream, also within an event, which is dropped as the peer drops it: some servers leave
   * out the last blank line, and would be asked again for ever. What it throws goes to `onerror`; otherwise the promise
   * resolves.
   */
  onclose?: (() => void) | undefined
  /**
   * Called with what an attempt failed with. Throw to stop: the promise rejects with what was thrown. A number from 0 on is
   * the delay in milliseconds before the next attempt. Anything else waits for the reconnection time, 1,000 ms unless the
   * server has set another, where the method is idempotent; any other request is sent again only after a number. May be
   * asynchronous.
   */
  onerror?: ErrorHandler | undefined
  /**
   * Whether to keep the stream while the page is hidden. If not, the stream is closed and requested again when the page is
   * shown. By default false for GET and HEAD, and true for every other method, which would be executed twice.
   */
  openWhenHidden?: boolean | undefined
  /** The function to call in place of the global `fetch`. */
  fetch?: typeof fetch | undefined
}

declare const process: { env: { NODE_ENV?: string } }

/** A function, because bundlers keep a constant that spreads another one. */
const optionNames = (): OptionNames<FetchEventSourceInit> => ({
  ...fetchOptionNames,
  fetch: true,
  onclose: true,
  onerror: true,
  onmessage: true,
  onopen: true,
  openWhenHidden: true,
  window: true,
})

/**
 * Requests an event stream and delivers its events until the server ends it, the signal aborts or `onerror` throws.
 * Connects again after a failure, with the last event id.
 *
 * Resolves when the server ends the stream and when the signal aborts. Rejects with what `onerror` throws. If a request
 * whose method is not idempotent fails and `onerror` returns no number, rejects with the error of the attempt, because
 * such a request is not sent twice automatically (RFC 9110, section 9.2.2).
 * https://github.com/Azure/fetch-event-source#readme
 */
export async function fetchEventSource(
  input: RequestInfo | URL,
  options: FetchEventSourceInit = {},
): Promise<void> {
  try {
    if (process.env.NODE_ENV !== 'production')
      warnOfUnknownOptions('fetchEventSource()', options, optionNames())
  } catch {
    // no `process`
  }
  const { onerror, openWhenHidden, signal, ...init } = options
  if (signal?.aborted) return
  const mayRepeat = isIdempotent(methodOf(input, init))
  const disconnectWhenHidden = !(openWhenHidden ?? !mayRepeat)
  const stopping = new AbortController()
  const letGo = onAbort(signal ?? undefined, () => stopping.abort())
  const stream = new MessageStream(input, init)
  try {
    await reconnect({
      attempt: () => attempt(stream, stopping.signal, disconnectWhenHidden),
      async retry(_attempt, { error, reconnectionTime }) {
        if (error.code === 'paused' && (mayRepeat || disconnectWhenHidden)) return 0
        const { cause = error } = error
        const answer = await onerror?.(cause)
        if (typeof answer === 'number' && answer >= 0) return answer
        if (!mayRepeat) throw cause
        return reconnectionTime ?? null
      },
      onEnded() {},
      signal: stopping.signal,
    })
  } finally {
    letGo()
  }
}

/**
 * One connection. Resolves with what it failed with, which is the `cause` of the error, or with undefined where the server
 * has ended the stream.
 */
async function attempt(
  stream: MessageStream,
  stopping: AbortSignal,
  disconnectWhenHidden: boolean,
): Promise<AttemptEnd | undefined> {
  await whenShown(stopping, { disconnectWhenHidden })
  if (stopping.aborted) return undefined
  const controller = new AbortController()
  const letGo = onAbort(stopping, () => controller.abort())
  const watchdog = watch(controller, { disconnectWhenHidden })
  try {
    await stream.read(controller.signal)
    return undefined
  } catch (cause) {
    const pause: unknown = controller.signal.reason
    return {
      error: pause instanceof StreamError ? pause : new StreamError('network', reasonOf(cause), { cause }),
      retryable: true,
      reconnectionTime: stream.reconnectionTime,
      request: { method: '', lastEventId: '' },
      // `onerror` decides
      idempotent: true,
      received: 0,
    }
  } finally {
    watchdog.stop()
    letGo()
    controller.abort()
  }
}

/** The state that all connections of one call share. */
class MessageStream {
  /** Milliseconds until the next attempt, unless `onerror` returns a number. */
  reconnectionTime = defaultRetryMs
  readonly #input: RequestInfo | URL
  readonly #init: Omit<FetchEventSourceInit, 'onerror' | 'openWhenHidden' | 'signal'>
  #lastEventId: string | undefined

  constructor(
    input: RequestInfo | URL,
    init: Omit<FetchEventSourceInit, 'onerror' | 'openWhenHidden' | 'signal'>,
  ) {
    this.#input = input
    this.#init = init
  }

  /** Requests the stream and delivers its events. Rejects with the error, or with what a callback throws. */
  async read(signal: AbortSignal): Promise<void> {
    const { onopen = expectEventStream, onmessage, onclose } = this.#init
    const module = await load(sse)
    const response = await this.#request(signal)
    signal.throwIfAborted()
    await unlessAborted(Promise.resolve(onopen(response)), signal)
    checkBody(response)
    const decoder = new MessageDecoder(module)
    await readBody(new BodyReader(response, decoder, signal), messages => {
      this.reconnectionTime = decoder.reconnectionTime ?? this.reconnectionTime
      for (const message of messages) {
        signal.throwIfAborted()
        onmessage?.(message)
      }
      this.#lastEventId = decoder.lastEventId ?? this.#lastEventId
    })
    signal.throwIfAborted()
    onclose?.()
  }

  async #request(signal: AbortSignal): Promise<Response> {
    const { onopen, onmessage, onclose, fetch = globalThis.fetch, headers, ...init } = this.#init
    const input = this.#input
    const request = input instanceof Request ? input.clone() : input // the body of a Request can be sent only once
    const sent = new Headers(input instanceof Request ? input.headers : undefined)
    sent.set('accept', EventStreamContentType)
    for (const [name, value] of Object.entries(headers ?? {})) sent.set(name, value)
    if (this.#lastEventId === '') sent.delete('last-event-id')
    else if (this.#lastEventId !== undefined) sent.set('last-event-id', byteString(this.#lastEventId))
    const url = input instanceof Request ? input.url : String(input)
    try {
      return await send(url, { ...init, headers: sent, signal }, (_url, all) => fetch(request, all))
    } catch (error) {
      throw (error as StreamError).cause ?? error // programs expect the error of `fetch` itself
    }
  }
}

/** Decodes the chunks of one event stream to messages. */
class MessageDecoder implements Decoder<EventSourceMessage>, SseVisitor {
  error: StreamError | undefined
  /** The last `id` field; undefined before the first. */
  lastEventId: string | undefined
  reconnectionTime: number | undefined
  readonly #reader: SseReader
  #messages: EventSourceMessage[] = []
  #retry: number | undefined

  constructor(module: SseModule) {
    this.#reader = new SseReader(module)
  }

  decode(chunk: Uint8Array): EventSourceMessage[] {
    this.#messages = []
    this.error = this.#reader.read(chunk, this)
    return this.#messages
  }

  free(): void {
    this.#reader.free()
  }

  onEvent(event: string, data: string, id: string | undefined): void {
    if (id !== undefined) this.lastEventId = id
    this.#messages.push({ id: id ?? '', event, data, retry: this.#retry })
    this.#retry = undefined
  }

  onId(id: string): void {
    this.lastEventId = id
  }

  onRetry(digits: string): void {
    this.reconnectionTime = this.#retry = Number(digits)
  }
}

function methodOf(input: RequestInfo | URL, { method }: RequestInit): string {
  return method ?? (input instanceof Request ? input.method : 'GET')
}

function expectEventStream(response: Response): void {
  if (essence(response) === EventStreamContentType) return
  const type = response.headers.get('content-type')
  throw new Error(`Expected content-type to be ${EventStreamContentType}, Actual: ${type}`)
}
