/** What an EventSource does on the wire: one attempt after the other, what each resumes from, and how it ends. */

import { ChunkReader } from '../stream/chunk-reader.ts'
import { BodyReader, readBody } from '../stream/decode-body.ts'
import { StreamError } from '../stream/errors.ts'
import { reconnect, standardRetry } from '../stream/reconnect.ts'
import { isConnectionLoss, isIdempotent } from '../stream/repeat.ts'
import { checkEventStream, eventStreamRequest, networkError, originOf, send } from '../stream/request.ts'
import type { EventSourceOptions, RetryCause, StreamEvent } from '../stream/types.ts'
import { fetchOptionNames, type OptionNames, warnOfUnknownOptions } from '../stream/unknown-options.ts'
import { causeOfEnd, watch, whenShown } from '../stream/watchdog.ts'
import { checkMaxMessageBytes } from '../wasm/limits.ts'
import { ensureReadable, load } from '../wasm/module.ts'
import { sse } from '../wasm/sse-reader.ts'
import { EventDecoder } from './event-decoder.ts'

export const CONNECTING = 0
export const OPEN = 1
export const CLOSED = 2

/** The reconnection time in milliseconds until the server sets another. */
const defaultReconnectionTime = 3000

declare const process: { env: { NODE_ENV?: string } }

/** A function, because bundlers keep a constant that spreads another one. */
const optionNames = (): OptionNames<EventSourceOptions> => ({
  ...fetchOptionNames,
  connectTimeout: true,
  fetch: true,
  idempotent: true,
  idleTimeout: true,
  ids: true,
  lastEventId: true,
  maxMessageBytes: true,
  onGap: true,
  pauseWhenHidden: true,
  retry: true,
  withCredentials: true,
})

/** What a connection tells its owner. Nothing is told once the connection is closed. */
export interface ConnectionObserver {
  /** The server has answered with an event stream. A promise is waited for before it is read. */
  onOpen(response: Response): void | Promise<void>
  /** The events of a chunk. A promise is waited for before more is read. */
  onEvents(events: StreamEvent[], origin: string): void | Promise<void>
  /** An attempt has ended. `willReconnectIn` is milliseconds, null where it was the last one. */
  onEnd(error: StreamError, willReconnectIn: number | null): void
}

/** Connects at once, and again as the retry policy says, until it is closed. */
export class EventStreamConnection {
  readyState: typeof CONNECTING | typeof OPEN | typeof CLOSED = CONNECTING
  /** The last event id of the events handed on; the owner sets it as it hands on those of a batch. */
  lastEventId: string
  /** Milliseconds until the next attempt, before the retry policy has its say. */
  reconnectionTime = defaultReconnectionTime

  readonly #url: string
  readonly #options: EventSourceOptions
  readonly #observer: ConnectionObserver
  readonly #method: string
  readonly #closing = new AbortController()
  #hasReceived = false

  /** Throws a RangeError for a limit that is none, and a TypeError for a body with GET or HEAD. */
  constructor(url: string, options: EventSourceOptions, observer: ConnectionObserver) {
    try {
      if (process.env.NODE_ENV !== 'production') warnOfUnknownOptions('EventSource', options, optionNames())
    } catch {
      // no `process`
    }
    const { withCredentials, credentials, lastEventId = '', method = 'GET', body, signal } = options
    this.#url = url
    this.#options = {
      ...options,
      credentials: credentials ?? (withCredentials ? 'include' : 'same-origin'),
    }
    this.#observer = observer
    this.#method = method.toUpperCase()
    this.lastEventId = lastEventId
    checkMaxMessageBytes(options.maxMessageBytes)
    if (body && (this.#method === 'GET' || this.#method === 'HEAD')) {
      throw new TypeError(`a ${this.#method} request has no body: give a method such as POST with it`)
    }
    if (signal?.aborted) {
      this.readyState = CLOSED
      return
    }
    signal?.addEventListener('abort', () => this.close(), { once: true, signal: this.#closing.signal })
    void this.#run()
  }

  /** Ends the attempt, or the wait for the next, for good and in silence. */
  close(): void {
    this.readyState = CLOSED
    this.#closing.abort()
  }

  async #run(): Promise<void> {
    const { retry = standardRetry } = this.#options
    try {
      await reconnect({
        attempt: () => this.#attempt(),
        retry,
        onEnded: (error, delay) => this.#announceEnd(error, delay),
        signal: this.#closing.signal,
      })
    } catch (cause) {
      this.#announceEnd(
        new StreamError('invalid-request', `the retry policy threw: ${cause}`, { cause }),
        null,
      )
    }
    if (this.readyState === CLOSED) this.#closing.abort() // lets go of the user's signal
  }

  /** One connection from the request to its end. Resolves with the cause of the end. */
  async #attempt(): Promise<RetryCause | undefined> {
    await whenShown(this.#closing.signal, this.#options)
    if (this.#closing.signal.aborted) return undefined
    // one controller per attempt: whatever the end, nothing of this attempt is left when the next begins
    const attempt = new AbortController()
    const abort = () => attempt.abort()
    this.#closing.signal.addEventListener('abort', abort)
    let isSent = false
    let received = 0
    let error = new StreamError('ended', 'the server ended the stream')
    const watchdog = watch(attempt, this.#options)
    try {
      const { maxMessageBytes } = this.#options
      const lastEventId = this.#cursor
      const request = await eventStreamRequest(this.#requestOptions(), lastEventId)
      if (!this.#isIdempotent) await ensureReadable(sse)
      isSent = !attempt.signal.aborted
      const answer = send(this.#url, { ...request, signal: attempt.signal }, this.#options.fetch)
      const loading = load(sse) // while the request is on its way
      const response = await answer
      await checkEventStream(response)
      const module = await loading
      watchdog.opened()
      if (!attempt.signal.aborted) await this.#announceOpen(response)
      const decoder = new EventDecoder(module, { maxMessageBytes, lastEventId })
      const origin = originOf(response, this.#url)
      const body = new BodyReader(new ChunkReader(response), decoder, attempt.signal)
      await readBody(body, async events => {
        watchdog.alive()
        this.reconnectionTime = decoder.reconnectionTime ?? this.reconnectionTime
        received += events.length
        this.#hasReceived ||= received > 0
        await this.#observer.onEvents(events, origin)
        if (!this.#closing.signal.aborted) this.lastEventId = decoder.lastEventId
      })
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
      reconnectionTime: this.reconnectionTime,
      lastEventId: this.#cursor,
      method: this.#method,
      idempotent: !isSent || this.#isIdempotent,
      received,
    }
  }

  get #isIdempotent(): boolean {
    return this.#options.idempotent ?? isIdempotent(this.#method)
  }

  /** What the next request can resume from. */
  get #cursor(): string {
    return this.#options.ids === 'keys' ? '' : this.lastEventId
  }

  #announceOpen(response: Response): void | Promise<void> {
    this.readyState = OPEN
    if (this.#hasReceived && this.#cursor === '') this.#options.onGap?.()
    return this.#observer.onOpen(response)
  }

  #announceEnd(error: StreamError, willReconnectIn: number | null): void {
    this.readyState = willReconnectIn === null ? CLOSED : CONNECTING
    this.#observer.onEnd(error, willReconnectIn)
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
}
