/** The shared stream as the user of one tab sees it. */

import type { StreamEvent } from '../stream/types.ts'
import type { Head } from './messages.ts'
import type { SharedLog } from './shared-log.ts'
import type { OwnStream, StreamObserver } from './surroundings.ts'

/** The connection of this tab alone, and its last event. */
interface OwnConnection {
  last: StreamEvent | undefined
  close: () => void
}

/**
 * Passes on what is shared. A tab that joins a running stream may get from a connection of its own, first, what the server
 * sends at the beginning of one; until then nothing that is shared is passed on.
 */
export class LocalStream implements StreamObserver {
  isOpen = false
  readonly #to: StreamObserver
  #own: OwnConnection | undefined

  constructor(to: StreamObserver) {
    this.#to = to
  }

  get hasOwn(): boolean {
    return this.#own !== undefined
  }

  opened(head: Head): void {
    if (this.isOpen || this.#own) return
    this.isOpen = true
    this.#to.opened(head)
  }

  arrived(events: readonly StreamEvent[]): void {
    if (!this.#own && events.length > 0) this.#to.arrived(events)
  }

  gap(): void {
    if (!this.#own) this.#to.gap()
  }

  ended(error: unknown, willReconnectIn: number | null): void {
    this.isOpen = false
    this.#to.ended(error, willReconnectIn)
  }

  /** Opens the connection of this tab alone. `tell` is told of its events, which are passed on, and of its end. */
  beginOwn(stream: OwnStream, tell: Pick<StreamObserver, 'arrived' | 'ended'>): void {
    const own: OwnConnection = { last: undefined, close: () => {} }
    this.#own = own
    own.close = stream.connect(undefined, {
      opened: head => {
        this.isOpen = true
        this.#to.opened(head)
      },
      arrived: events => {
        own.last = events.at(-1) ?? own.last
        this.#to.arrived(events)
        tell.arrived(events)
      },
      gap: () => this.#to.gap(),
      ended: (error, willReconnectIn) => {
        if (willReconnectIn === null) tell.ended(error, willReconnectIn)
        else this.ended(error, willReconnectIn)
      },
    })
  }

  /** Goes on with what is shared, if the last event of this tab's own connection is in the log. Returns whether it does. */
  merge(log: SharedLog): boolean {
    const { last } = this.#own ?? {}
    const missed = last && log.after({ at: '', id: last.lastEventId })
    if (missed === undefined) return false
    this.endOwn()
    this.arrived(missed.map(({ event }) => event))
    return true
  }

  /** Closes the connection of this tab alone. Returns its last event. */
  endOwn(): StreamEvent | undefined {
    const own = this.#own
    this.#own = undefined
    own?.close()
    return own?.last
  }
}
