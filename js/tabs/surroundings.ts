/** What a participant is given: the stream as its tab would open it, and what its browser does for it. */

import type { StreamEvent } from '../stream/types.ts'
import type { Head, Message } from './messages.ts'

/** What a tab is for a stream: it holds the connection for all, it gets what the leader does, or it shares with nobody. */
export type Role = 'leader' | 'follower' | 'alone'

/** Which events a tab that joins a running stream gets first: see `ShareOptions.late`. */
export type Late = 'live' | 'replay' | 'own'

/** Receives a stream. */
export interface StreamObserver {
  opened(head: Head): void
  arrived(events: readonly StreamEvent[]): void
  /** Events may be missing. */
  gap(): void
  /** An attempt ended, or the whole stream if `willReconnectIn` is null. A complete stream has no error. */
  ended(error: unknown, willReconnectIn: number | null): void
}

/** A stream as a tab would open it by itself. */
export interface OwnStream {
  /** Whether the ids of its events are places to resume from. */
  readonly usesIds: boolean
  /** Where the stream begins, if the user has said so: an id. */
  readonly start: string
  /** Connects, and continues after `last`. Returns what disconnects; then nothing is called. */
  connect(last: StreamEvent | undefined, observer: StreamObserver): () => void
  /** Whether the request may be sent again after the stream has begun. */
  mayResume(last: StreamEvent | undefined): boolean
}

/** What a participant asks of its browser. */
export interface Surroundings {
  /** A name that no other participant has. */
  readonly id: string
  /** Milliseconds on the clock that all tabs of a machine have. */
  now(): number
  /** A number from 0 to below 1. */
  random(): number
  /** Receives messages from now on. */
  listen(): void
  /** Receives none, and posts none. */
  deafen(): void
  post(message: Message): void
  /** Asks for the lock: calls `granted`, or `waits` and `granted` later. Stealing takes it from whoever has it. */
  request(isTheft?: boolean): void
  /** Gives the lock back, or asks for it no more. */
  release(): void
  /** Calls back after some milliseconds. */
  later(ms: number, callback: () => void): void
  role(role: Role): void
}
