/** The connection of an EventSource: its attempts, the id that each resumes from, and how it ends. */

import { BodyReader, readBody } from '../stream/decode-body.ts'
import { StreamError } from '../stream/errors.ts'
import { checkNumber } from '../stream/limits.ts'
import { defaultReconnectionTime, reconnect, standardRetry } from '../stream/reconnect.ts'
import { isConnectionLoss, isIdempotent } from '../stream/repeat.ts'
import { callSafely, reportError } from '../stream/report-error.ts'
import {
  askUser,
  checkEventStream,
  eventStreamRequest,
  networkError,
  originOf,
  type StreamRequest,
  send,
  textOfBytes,
} from '../stream/request.ts'
import type { ConnectionObserver, EventConnection } from '../stream/sharing.ts'
import type { Attempt, AttemptEnd, EventSourceOptions } from '../stream/types.ts'
import { fetchOptionNames, type OptionNames } from '../stream/unknown-options.ts'
import { onAbort, unlessAborted } from '../stream/wait.ts'
import { causeOfEnd, checkTimeouts, type Watchdog, watch, whenShown } from '../stream/watchdog.ts'
import { checkMaxMessageBytes } from '../wasm/limits.ts'
import { ensureReadable, load } from '../wasm/module.ts'
import { sse } from '../wasm/sse-reader.ts'
import { EventDecoder } from './event-decoder.ts'

export const CONNECTING = 0
export const OPEN = 1
export const CLOSED = 2

/** A function, because bundlers keep a constant that spreads another one. */
export const eventSourceOptionNames = (): OptionNames<EventSourceOptions> => ({
  ...fetchOptionNames,
  connectTimeout: true,
  fetch: true,
  healthyAfter: true,
  idempotent: true,
  idleTimeout: true,
  json: true,
  lastEventId: true,
  maxMessageBytes: true,
  maxRetries: true,
  onEvent: true,
  onGap: true,
  disconnectWhenHidden: true,
  resumeById: true,
  retry: true,
  tabs: true,
  url: true,
  withCredentials: true,
})

/**
 * Connects at once, unless the option `tabs` shares the stream: then the tab that leads does.
 *
 * Throws what an {@link EventStreamConnection} throws.
 */
export function openConnection(
  url: string,
  options: EventSourceOptions,
  observer: ConnectionObserver,
): EventConnection {
  const connect = (own: EventSourceOptions, to: ConnectionObserver) => new EventStreamConnection(url, own, to)
  return options.tabs ? options.tabs.shareEvents(url, options, observer, connect) : connect(options, observer)
}

/** The progress of an attempt. */
interface Progress {
  isSent: boolean
  isOpen: boolean
  received: number
  aliveMs: number | undefined
}

/** Connects at once, and reconnects as the retry policy says, until it is closed. */
export class EventStreamConnection implements EventConnection {
  readyState: typeof CONNECTING | typeof OPEN | typeof CLOSED = CONNECTING
  /** The last event id of the delivered events. The owner sets it while it delivers a batch. */
  lastEventId: string

  readonly #url: string
  readonly #options: EventSourceOptions
  readonly #observer: ConnectionObserver
  readonly #closing = new AbortController()
  #serverRetry: number | undefined
  #hasReceived = false
  /** The argument for the functions of the options. */
  #attempt: Omit<Attempt, 'lastEventId'> = { attempt: 1, response: undefined, error: undefined }
  #method: string | undefined
  /** The address that the last GET was redirected to. */
  #redirect: string | undefined

  /** Throws a RangeError for a number out of its range, and a TypeError for a body with GET or HEAD. */
  constructor(url: string, options: EventSourceOptions, observer: ConnectionObserver) {
    const { withCredentials, credentials, body, json, signal } = options
    const { method = json === undefined ? 'GET' : 'POST' } = options
    const { maxRetries = 0 } = options
    this.#url = url
    this.#options = {
      ...options,
      method,
      credentials: credentials ?? (withCredentials ? 'include' : 'same-origin'),
    }
    this.#observer = observer
    this.lastEventId = options.lastEventId ?? ''
    checkMaxMessageBytes(options.maxMessageBytes)
    checkTimeouts(options)
    checkNumber('maxRetries', maxRetries)
    if (body && json !== undefined)
      throw new TypeError('both body and json are given: a request has one of them')
    if ((body || json !== undefined) && typeof method === 'string' && /^(get|head)$/i.test(method)) {
      throw new TypeError(`a ${method} request has no body: give a method such as POST with it`)
    }
    if (signal?.aborted) {
      this.readyState = CLOSED
      return
    }
    const letGo = onAbort(signal, () => this.close())
    onAbort(this.#closing.signal, letGo)
    void this.#run()
  }

  /** The reconnection time in milliseconds, which the retry policy may change. */
  get reconnectionTime(): number {
    return this.#serverRetry ?? defaultReconnectionTime
  }

  /** Aborts when the connection is closed, by either side. */
  get closed(): AbortSignal {
    return this.#closing.signal
  }

  /** Ends the attempt, or the wait for the next one, for good. Calls no callback. */
  close(): void {
    this.readyState = CLOSED
    this.#closing.abort()
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  async #run(): Promise<void> {
    const { retry = standardRetry, maxRetries, healthyAfter, headers } = this.#options
    try {
      await reconnect({
        attempt: () => this.#connect(),
        retry,
        canRefresh: typeof headers === 'function',
        maxRetries,
        onEnded: (error, delay) => this.#announceEnd(error, delay),
        signal: this.#closing.signal,
        healthyAfter,
      })
    } catch (cause) {
      reportError(cause, true)
      this.#announceEnd(
        new StreamError('invalid-request', `the retry policy threw: ${cause}`, { cause }),
        null,
      )
    }
    this.#closing.abort() // removes the listener from the user's signal
  }

  /** One connection from the request to its end. Resolves with the cause of the end. */
  async #connect(): Promise<AttemptEnd | undefined> {
    await whenShown(this.#closing.signal, this.#options)
    if (this.#isClosed) return undefined
    this.#observer.onAttempt?.()
    const progress: Progress = { isSent: false, isOpen: false, received: 0, aliveMs: undefined }
    const error =
      (await this.#guard(async (signal, watchdog) => {
        try {
          await this.#stream(signal, watchdog, progress)
        } finally {
          progress.aliveMs = watchdog.aliveMs
        }
      })) ?? new StreamError('ended', 'the server ended the stream')
    if (this.#isClosed) return undefined
    this.readyState = CONNECTING
    return this.#causeOf(error, progress)
  }

  /** Runs what the timeouts, the page and the end of the connection can abort. Resolves with the error that it has failed with. */
  async #guard(
    run: (signal: AbortSignal, watchdog: Watchdog) => Promise<unknown>,
  ): Promise<StreamError | undefined> {
    // one controller per attempt, so that nothing of an attempt is left when the next one begins
    const attempt = new AbortController()
    const unlink = onAbort(this.#closing.signal, () => attempt.abort())
    const watchdog = watch(attempt, this.#options)
    try {
      await run(attempt.signal, watchdog)
      return causeOfEnd(attempt, undefined) as StreamError | undefined
    } catch (cause) {
      return networkError(causeOfEnd(attempt, cause))
    } finally {
      watchdog.stop()
      unlink()
      attempt.abort()
    }
  }

  /** Requests the stream and delivers its events. Resolves at its end, or when the signal aborts. */
  async #stream(signal: AbortSignal, watchdog: Watchdog, progress: Progress): Promise<void> {
    const { url, init, lastEventId } = await this.#request(signal)
    // a request that must not be repeated is not sent if the response could not be read
    const readable = this.#mayRepeat(init.method) ? undefined : ensureReadable(sse)
    if (readable) await unlessAborted(readable, signal)
    progress.isSent = !signal.aborted
    const answer = send(url, init, this.#options.fetch)
    const loading = load(sse) // in parallel with the request
    loading.catch(() => {}) // the request may fail first
    const response = await answer
    watchdog.opened()
    await checkEventStream(response, signal)
    const module = await unlessAborted(loading, signal)
    if (!signal.aborted) {
      progress.isOpen = true
      await this.#announceOpen(response, init.method, lastEventId)
    }
    const { maxMessageBytes } = this.#options
    const decoder = new EventDecoder(module, { maxMessageBytes, lastEventId })
    const origin = originOf(response, url)
    await readBody(new BodyReader(response, decoder, signal), async events => {
      watchdog.alive()
      this.#serverRetry = decoder.reconnectionTime ?? this.#serverRetry
      progress.received += events.length
      this.#hasReceived ||= progress.received > 0
      await this.#observer.onEvents(events, origin)
      if (signal.aborted) return
      this.lastEventId = decoder.lastEventId
      watchdog.reading()
    })
  }

  /** The request of this attempt, and the id that it resumes from. */
  async #request(signal: AbortSignal): Promise<{ url: string; init: StreamRequest; lastEventId: string }> {
    const attempt = this.#told
    const method = await this.#nextMethod(signal)
    const own = await askUser('url', this.#options.url, attempt, signal)
    const url = own === undefined ? (this.#redirect ?? this.#url) : resolveUrl(own, this.#url)
    const options = this.#requestOptions()
    // headers for one origin must not be sent to another
    if (own === undefined && new URL(url).origin !== new URL(this.#url).origin) delete options.headers
    const init = await eventStreamRequest(options, attempt, signal)
    let { lastEventId } = attempt
    if (lastEventId === '') {
      const { headers } = init
      // an id in the user's headers is where the stream starts; once it has begun, only its own ids are sent
      if (attempt.response) headers.delete('last-event-id')
      lastEventId = textOfBytes(headers.get('last-event-id') ?? '')
      if (this.#options.resumeById !== false) this.lastEventId = lastEventId
    }
    return { url, init: { ...init, method }, lastEventId }
  }

  /** The method of the next request, in upper case. The function of the option is called once. */
  async #nextMethod(signal: AbortSignal): Promise<string> {
    if (this.#method === undefined) {
      const method = await askUser('method', this.#options.method, this.#told, signal)
      this.#method = String(method ?? 'GET').toUpperCase()
    }
    return this.#method
  }

  get #told(): Attempt {
    return { ...this.#attempt, lastEventId: this.#cursor }
  }

  #mayRepeat(method = 'GET'): boolean {
    return this.#options.idempotent ?? isIdempotent(method)
  }

  /** The id that the next request can resume from. */
  get #cursor(): string {
    return this.#options.resumeById === false ? '' : this.lastEventId
  }

  /** The policy's argument: the end of the attempt, and the next request. */
  async #causeOf(error: StreamError, progress: Progress): Promise<AttemptEnd> {
    const { isSent, isOpen, received, aliveMs } = progress
    const sent = this.#method
    this.#attempt = { attempt: this.#attempt.attempt + 1, response: this.#attempt.response, error }
    if (isSent) this.#method = undefined
    // the function may itself have failed before the request was sent
    const failure = isSent ? await this.#guard(signal => this.#nextMethod(signal)) : undefined
    const cause = failure ?? error
    const method = this.#method ?? sent ?? 'GET'
    return {
      error: cause,
      retryable: isConnectionLoss(cause),
      reconnectionTime: this.#serverRetry,
      request: { method, lastEventId: this.#cursor },
      idempotent: !isSent || this.#mayRepeat(method),
      received,
      aliveMs: isOpen ? aliveMs : undefined,
    }
  }

  #announceOpen(response: Response, method: string | undefined, resumedFrom: string): void | Promise<void> {
    if (resumedFrom === '' || !this.#attempt.response) this.#attempt = { ...this.#attempt, response }
    // [spec] the request that is fetched again is the one that was redirected
    const isKept = response.redirected && (method === 'GET' || method === 'HEAD')
    // a `fetch` of the options may add a token, which the platform keeps from another origin only in following a redirect
    if (isKept && !this.#options.fetch) this.#redirect = response.url
    this.readyState = OPEN
    if (this.#hasReceived && this.#cursor === '') callSafely(this.#options.onGap)
    return this.#isClosed ? undefined : this.#observer.onOpen(response)
  }

  #announceEnd(error: StreamError, willReconnectIn: number | null): void {
    if (this.#isClosed) return
    this.readyState = willReconnectIn === null ? CLOSED : CONNECTING
    this.#observer.onEnd(error, willReconnectIn)
  }

  #requestOptions(): EventSourceOptions {
    const {
      withCredentials,
      retry,
      maxRetries,
      healthyAfter,
      lastEventId,
      maxMessageBytes,
      signal,
      connectTimeout,
      idleTimeout,
      disconnectWhenHidden,
      resumeById,
      onEvent,
      onGap,
      ...request
    } = this.#options
    return request
  }
}

function resolveUrl(url: string | URL, base: string): string {
  try {
    return new URL(url, base).href
  } catch (cause) {
    throw new StreamError('invalid-request', `${url}, which the option url gives, is not a valid URL`, {
      cause,
    })
  }
}
