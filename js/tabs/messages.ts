/** The messages of the tabs that share a stream. They travel as JSON, over a BroadcastChannel of the stream's own. */

import { type ReportedError, StreamError, type StreamErrorCode } from '../stream/errors.ts'
import type { StreamEvent } from '../stream/types.ts'

/**
 * A place in the shared stream: the epoch of the leader that received an event, and the event's number in that epoch. Ids
 * of servers are opaque and may repeat; places are unique and are only ever compared for equality.
 */
export type Place = string

/** An event and its place. */
export interface Entry {
  readonly at: Place
  readonly event: StreamEvent
}

/** How far a tab has got: the place of its last event, and the id to continue from. */
export interface Mark {
  readonly at: Place
  readonly id: string
}

/** What the head of a response tells all tabs. Its headers stay in the tab that made the request. */
export interface Head {
  readonly status: number
  /** The address of the response, after redirects. */
  readonly url: string
}

/** The members of a StreamError that other tabs get: all but its headers and its cause. */
export interface PostedError {
  readonly code: StreamErrorCode
  readonly message: string
  readonly status?: number | undefined
  readonly body?: string | undefined
  readonly errors?: readonly ReportedError[] | undefined
  readonly incomplete?: boolean
}

/** The state of the leader's connection. */
export interface Status {
  /** The head of the last response; missing before there was one. */
  readonly head?: Head | undefined
  /** How often, since this leader leads, events may have been lost. */
  readonly gaps?: number | undefined
  /** How the last attempt ended; missing while one is under way. A stream that is complete has no error. */
  readonly end?: { readonly error?: PostedError | undefined; readonly willReconnectIn: number | null }
}

/** The messages of a leader. One with an epoch lower than another that a tab has heard is dropped. */
export type LeaderMessage = {
  readonly epoch: number
} /** A tab leads from now on. `stolenAt` is when the lead was last taken by force, in milliseconds since 1970; 0 for never. */ & (
  | { readonly kind: 'lead'; readonly stolenAt: number }
  | { readonly kind: 'events'; readonly first: number; readonly events: readonly StreamEvent[] }
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'pong' }
  | Welcome
)

/** The leader's answer to one tab: what that tab has missed. */
export interface Welcome {
  readonly kind: 'welcome'
  /** The tab that is answered. */
  readonly to: string
  /** The mark that it has said. It may have gone on since. */
  readonly mark: Mark | null
  /** Whether the leader knows that mark, and `entries` follow it. If not, they follow `base`. */
  readonly isLocated: boolean
  /** Where the leader began; null if the tab cannot be caught up from there. */
  readonly base: Mark | null
  readonly entries: readonly Entry[]
  /** The leader's last event; null before there was one. */
  readonly last: Entry | null
  /** The number of the leader's next event. */
  readonly next: number
  readonly status: Status
  readonly stolenAt: number
}

/** The messages of any tab. */
export type TabMessage =
  /** A tab takes part, and asks for what follows its mark. One that has no mark yet gets all that is kept. */
  | { readonly kind: 'hello'; readonly from: string; readonly mark: Mark | null }
  | { readonly kind: 'bye'; readonly from: string }
  | { readonly kind: 'ping'; readonly from: string }

export type Message = LeaderMessage | TabMessage

/** Whether the error is this tab's alone: that of its options, or of a function of its user. */
export function isOwnFault(error: unknown): boolean {
  const { name, code } = (error ?? { name: 'StreamError' }) as StreamError
  return name !== 'StreamError' || code === 'invalid-request'
}

export function asPosted(error: unknown): PostedError | undefined {
  if (error === undefined) return undefined
  const { code, message, status, body, errors, incomplete } = error as StreamError
  return { code, message, status, body, errors, incomplete }
}

export function asReceived(error: PostedError): StreamError {
  return new StreamError(error.code, error.message, error)
}
