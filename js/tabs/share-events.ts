/** Shares event streams: an EventSource's connection, which is this tab's or the leader's. */

import type { StreamError } from '../stream/errors.ts'
import { isIdempotent } from '../stream/repeat.ts'
import { callSafely } from '../stream/report-error.ts'
import { resolveValue } from '../stream/request.ts'
import type { ConnectionObserver, EventConnection } from '../stream/sharing.ts'
import type { Attempt, EventSourceOptions, StreamEvent } from '../stream/types.ts'
import { onAbort } from '../stream/wait.ts'
import { type SharedStream, type SharingOptions, shareStream } from './share-stream.ts'
import type { StreamObserver } from './surroundings.ts'

type Connect = (options: EventSourceOptions, observer: ConnectionObserver) => EventConnection

const firstAttempt: Attempt = { attempt: 1, lastEventId: '', response: undefined, error: undefined }

/** The connection of a source whose stream is shared. */
export class SharedEventConnection implements EventConnection {
  readyState: 0 | 1 | 2 = 0
  lastEventId: string
  readonly #closing = new AbortController()
  readonly #observer: ConnectionObserver
  readonly #onGap: (() => void) | undefined
  /** What is told, one thing after the other: a listener may take its time. */
  #telling: Promise<void> = Promise.resolve()
  #origin: string
  #hasAttempt = false

  /** Throws what the source's own connection would throw. */
  constructor(
    sharing: SharingOptions,
    url: string,
    { tabs, ...options }: EventSourceOptions,
    observer: ConnectionObserver,
    connect: Connect,
  ) {
    const { signal, lastEventId = '', onGap, disconnectWhenHidden: leavesWhenHidden } = options
    this.#observer = observer
    this.#onGap = onGap
    this.#origin = new URL(url).origin
    this.lastEventId = lastEventId
    // a connection that is closed from the beginning only checks its options
    connect({ ...options, signal: AbortSignal.abort() }, observer)
    onAbort(
      this.closed,
      onAbort(signal, () => this.close()),
    )
    if (signal?.aborted) this.close()
    else this.#tell(() => this.#attempt())
    if (!this.closed.aborted)
      onAbort(
        this.closed,
        shareStream({ ...sharing, leavesWhenHidden }, streamOf(url, options, connect), this.#receiver),
      )
  }

  get reconnectionTime(): number {
    return 3000
  }

  get closed(): AbortSignal {
    return this.#closing.signal
  }

  close(): void {
    this.readyState = 2
    this.#closing.abort()
  }

  get #receiver(): StreamObserver {
    return {
      opened: ({ status, url }) =>
        this.#tell(() => {
          this.#attempt()
          this.#origin = new URL(url).origin
          this.readyState = 1
          return this.#observer.onOpen({ status, url, headers: new Headers() })
        }),
      arrived: events => this.#tell(() => this.#observer.onEvents([...events], this.#origin)),
      gap: () => this.#tell(() => callSafely(this.#onGap)),
      ended: (error, willReconnectIn) =>
        this.#tell(() => {
          this.#attempt()
          this.#hasAttempt = false
          this.readyState = willReconnectIn === null ? 2 : 0
          this.#observer.onEnd(error as StreamError, willReconnectIn)
          if (willReconnectIn === null) this.#closing.abort()
        }),
    }
  }

  /** Tells of an attempt that the leader has made, before its outcome. */
  #attempt(): void {
    if (!this.#hasAttempt) this.#observer.onAttempt?.()
    this.#hasAttempt = true
  }

  #tell(callback: () => void | Promise<void>): void {
    this.#telling = this.#telling.then(() => (this.closed.aborted ? undefined : callback()))
  }
}

/** The stream of a source, as its tab would open it by itself. */
function streamOf(url: string, options: EventSourceOptions, connect: Connect): SharedStream {
  const { idempotent, resumeById = true, lastEventId = '' } = options
  const { method = options.json === undefined ? 'GET' : 'POST' } = options
  let firstMethod = 'GET'
  return {
    name: url,
    usesIds: resumeById,
    start: lastEventId,
    mayResume(last) {
      if (idempotent !== undefined) return idempotent
      const { lastEventId = '' } = last ?? {}
      const attempt = { ...firstAttempt, attempt: 2, lastEventId: resumeById ? lastEventId : '' }
      const next = typeof method === 'function' ? method(attempt) : method
      return isIdempotent(typeof next === 'string' ? next : firstMethod)
    },
    async describe() {
      const { body, json, withCredentials, credentials } = options
      firstMethod = String(await resolveValue(method, firstAttempt)).toUpperCase()
      const own = await resolveValue(options.url, firstAttempt)
      const content = await resolveValue(body, firstAttempt)
      const isText = !content || typeof content === 'string' || content instanceof URLSearchParams
      if (!isText) return undefined
      return [
        own === undefined ? url : new URL(own, url).href,
        firstMethod,
        content ? `${content}` : null,
        (await resolveValue(json, firstAttempt)) ?? null,
        withCredentials ? 'include' : (credentials ?? null),
        idempotent ?? null,
        resumeById,
      ]
    },
    connect: (last, observer) => connectAfter(last, observer, options, connect),
  }
}

/** Connects in this tab, and continues after an event that it, or another tab, has had. */
function connectAfter(
  last: StreamEvent | undefined,
  observer: StreamObserver,
  options: EventSourceOptions,
  connect: Connect,
): () => void {
  const { lastEventId = '' } = last ?? {}
  let isFirst = true
  const connection = connect(
    {
      ...options,
      lastEventId,
      signal: undefined,
      onGap: () => observer.gap(),
    },
    {
      onOpen({ status, url }) {
        const mayMiss = isFirst && last && (lastEventId === '' || options.resumeById === false)
        isFirst = false
        if (mayMiss) observer.gap()
        observer.opened({ status, url: url || location.href })
      },
      onEvents: events => {
        if (events.length > 0) observer.arrived(events)
      },
      onEnd: (error, willReconnectIn) => observer.ended(error, willReconnectIn),
    },
  )
  return () => connection.close()
}
