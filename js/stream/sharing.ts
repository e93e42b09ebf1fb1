/** What a stream and `postsource/tabs` know of each other. Types only: a page without that entry pays nothing for it. */

import type { StreamError } from './errors.ts'
import type { EventSourceOptions, StreamEvent } from './types.ts'

/** The callbacks of a connection. None is called after the connection is closed. */
export interface ConnectionObserver {
  /** An attempt begins. */
  onAttempt?(): void
  /** The server answered with an event stream. A returned promise is awaited before the stream is read. */
  onOpen(response: Pick<Response, 'status' | 'headers' | 'url'>): void | Promise<void>
  /** The events of a chunk. A returned promise is awaited before more is read. */
  onEvents(events: StreamEvent[], origin: string): void | Promise<void>
  /** An attempt ended. `willReconnectIn` is in milliseconds, or null if it was the last attempt. */
  onEnd(error: StreamError, willReconnectIn: number | null): void
}

/** A connection as its owner sees it, be it this tab's own or another's. */
export interface EventConnection {
  /** 0 while it connects, 1 while it is open, 2 when it is closed. */
  readonly readyState: 0 | 1 | 2
  /** The last event id of the delivered events. The owner sets it while it delivers a batch. */
  lastEventId: string
  /** The reconnection time in milliseconds, which the retry policy may change. */
  readonly reconnectionTime: number
  /** Aborts when the connection is closed, by either side. */
  readonly closed: AbortSignal
  /** Ends the connection for good. Calls no callback. */
  close(): void
}

/** Shares event streams with other tabs: what the option `tabs` takes. `shareAcrossTabs` of `postsource/tabs` makes it. */
export interface EventSharing {
  /**
   * Called by the library for every stream that has the option. `connect` makes a connection of this tab, and throws for
   * options that are wrong; so does this function, at once.
   */
  shareEvents(
    url: string,
    options: EventSourceOptions,
    observer: ConnectionObserver,
    connect: (options: EventSourceOptions, observer: ConnectionObserver) => EventConnection,
  ): EventConnection
}
