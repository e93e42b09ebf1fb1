/** The events of a shared stream as one tab has had them. */

import type { StreamEvent } from '../stream/types.ts'
import type { Entry, Mark } from './messages.ts'

/** How much of a stream is kept, for tabs that are behind. */
export interface LogLimits {
  /** The number of events. */
  readonly events: number
  /** Their size in UTF-16 code units. */
  readonly size: number
}

/** After this many events that are not the expected ones, the server is known to have gone on elsewhere. */
const mostUnexpected = 100

/**
 * The last events of the stream, in the order of the current leader, and what this tab has had beyond it.
 *
 * A leader that begins behind other tabs gets again what those have had. They skip it: an event is skipped if its id is
 * the next, or a later one, of those that the tab is ahead by.
 */
export class SharedLog {
  /** The event that this tab has had last; undefined before the first. */
  last: Entry | undefined
  readonly #limits: LogLimits
  readonly #usesIds: boolean
  #entries: Entry[] = []
  #size = 0
  /** The mark before the first kept entry. */
  #floor: Mark | undefined
  /** What this tab has had and the current leader has not. */
  #ahead: Entry[] = []
  /** Whether it is not known how that continues what is kept. */
  #isElsewhere = false
  #unexpected = 0

  /** `usesIds` says whether the server's ids are places to resume from. If not, only places are compared. */
  constructor(limits: LogLimits, usesIds: boolean) {
    this.#limits = limits
    this.#usesIds = usesIds
  }

  get all(): readonly Entry[] {
    return this.#entries
  }

  /** Where this tab is; null before its first event. */
  get mark(): Mark | null {
    return this.last ? this.#markOf(this.last) : null
  }

  /** Adds the leader's next events. Returns those that this tab has not had. */
  add(entries: readonly Entry[]): StreamEvent[] {
    const fresh: StreamEvent[] = []
    for (const entry of entries) {
      this.#keep(entry)
      const isKnown = this.#isAheadOf(entry)
      if (!isKnown) fresh.push(entry.event)
      // where the leader has caught up, the tab's place is the leader's
      if (!isKnown || this.#ahead.length === 0) this.last = entry
    }
    return fresh
  }

  /** Begins anew after an entry that is not kept. What the tab has had elsewhere in the stream it will not have again. */
  restart(last: Entry | undefined): void {
    this.#ahead = [...this.#entries, ...this.#ahead]
    this.#isElsewhere = true
    this.#unexpected = 0
    this.last = last
    this.#floor = last && this.#markOf(last)
    this.#entries = []
    this.#size = 0
  }

  /** The kept entries after a mark; undefined if it is not known where that is. */
  after(mark: Mark): readonly Entry[] | undefined {
    const index = this.#indexOf(mark, this.#entries)
    return index === undefined ? undefined : this.#entries.slice(index)
  }

  /** Takes the place of a new leader, which begins at `base`. Returns false if it is not known where that is. */
  rebase(base: Mark): boolean {
    const had = this.#isElsewhere ? this.#entries : [...this.#entries, ...this.#ahead]
    const index = this.#indexOf(base, had)
    if (index === undefined) return false
    this.#ahead = had.slice(index)
    this.#isElsewhere = false
    this.#entries = had.slice(0, index)
    this.#size = this.#entries.reduce((sum, { event }) => sum + sizeOf(event), 0)
    this.#unexpected = 0
    return true
  }

  /** Makes this tab's own order that of the stream: what follows comes after all that it has had. */
  settle(): void {
    const ahead = this.#ahead.splice(0)
    for (const entry of this.#isElsewhere ? [] : ahead) this.#keep(entry)
  }

  #markOf({ at, event }: Entry): Mark {
    return { at, id: this.#usesIds ? event.lastEventId : '' }
  }

  /** The index in `entries` after a mark: by its place, or else by the last event with its id. */
  #indexOf({ at, id }: Mark, entries: readonly Entry[]): number | undefined {
    const isSame = (other: Mark | undefined) => other?.at === at
    const hasId = (other: Mark | undefined) => id !== '' && other?.id === id
    for (const matches of [isSame, hasId]) {
      for (let index = entries.length; index > 0; index--)
        if (matches(this.#markOf(entries[index - 1] as Entry))) return index
      if (matches(this.#floor)) return 0
    }
    return undefined
  }

  #isAheadOf({ event }: Entry): boolean {
    if (this.#ahead.length === 0) return false
    const { lastEventId: id } = event
    const index =
      id === '' || !this.#usesIds ? -1 : this.#ahead.findIndex(({ event }) => event.lastEventId === id)
    if (index >= 0) this.#ahead.splice(0, index + 1)
    else if (++this.#unexpected > mostUnexpected) this.#ahead = []
    return index >= 0
  }

  #keep(entry: Entry): void {
    this.#entries.push(entry)
    this.#size += sizeOf(entry.event)
    const { events, size } = this.#limits
    while (this.#entries.length > events || this.#size > size) {
      const oldest = this.#entries.shift() as Entry
      this.#size -= sizeOf(oldest.event)
      this.#floor = this.#markOf(oldest)
    }
  }
}

function sizeOf({ type, data, lastEventId }: StreamEvent): number {
  return type.length + data.length + lastEventId.length
}
