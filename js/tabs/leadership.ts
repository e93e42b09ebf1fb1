/** What the leader of a stream tells the tabs that follow it. */

import type { StreamEvent } from '../stream/types.ts'
import {
  asPosted,
  type Entry,
  type Head,
  type LeaderMessage,
  type Mark,
  type Message,
  type Status,
} from './messages.ts'
import type { SharedLog } from './shared-log.ts'

/** A message of a leader without its epoch. */
type Told = LeaderMessage extends infer One ? (One extends LeaderMessage ? Omit<One, 'epoch'> : never) : never

type Hello = Extract<Message, { kind: 'hello' }>

/** The entries of events that a leader has received, beginning with its event number `first`. */
export function entriesOf(events: readonly StreamEvent[], epoch: number, first: number): Entry[] {
  return events.map((event, index) => ({ at: `${epoch}/${first + index}`, event }))
}

/** One epoch: the time in which a tab leads. Nothing is posted to nobody. */
export class Leadership {
  readonly epoch: number
  /** The tabs that have spoken to this leader. */
  readonly others = new Set<string>()
  /** The tabs that may know where the stream is, if this leader has no place in it yet. */
  readonly asked: Set<string>
  status: Status
  readonly #log: SharedLog
  readonly #post: (message: Message) => void
  /** Where this leader began. */
  #base: Mark | null
  #next = 1

  constructor(
    epoch: number,
    status: Status,
    asked: Set<string>,
    log: SharedLog,
    post: (message: Message) => void,
  ) {
    this.epoch = epoch
    this.asked = asked
    this.status = status
    this.#log = log
    this.#post = post
    this.#base = log.mark
  }

  /** A leader without a place takes that of another tab. Returns whether it need not wait for more answers. */
  mayBegin({ from, mark }: Hello): boolean {
    this.asked.delete(from)
    if (mark) {
      this.#log.restart({ at: mark.at, event: { type: '', data: '', lastEventId: mark.id } })
      this.#base = this.#log.mark
    }
    return mark !== null || this.asked.size === 0
  }

  tell(message: Told): void {
    if (this.others.size > 0) this.#post({ ...message, epoch: this.epoch } as LeaderMessage)
  }

  tellOpen(head: Head): void {
    this.#tellStatus({ head, gaps: this.status.gaps })
  }

  tellGap(): void {
    this.#tellStatus({ ...this.status, gaps: (this.status.gaps ?? 0) + 1 })
  }

  tellEnd(error: unknown, willReconnectIn: number | null): void {
    this.#tellStatus({ ...this.status, end: { error: asPosted(error), willReconnectIn } })
  }

  #tellStatus(status: Status): void {
    this.status = status
    this.tell({ kind: 'status', status })
  }

  tellEvents(events: readonly StreamEvent[]): void {
    const first = this.#next
    this.#next += events.length
    this.#log.add(entriesOf(events, this.epoch, first))
    this.tell({ kind: 'events', first, events })
  }

  /** Answers a tab with what it has missed. */
  welcome({ from, mark }: Hello, stolenAt: number): void {
    this.others.add(from)
    const log = this.#log
    const located = mark ? log.after(mark) : log.all
    const sinceBase = this.#base ? log.after(this.#base) : undefined
    this.tell({
      kind: 'welcome',
      to: from,
      mark,
      isLocated: located !== undefined,
      base: (sinceBase && this.#base) ?? null,
      entries: located ?? sinceBase ?? [],
      last: log.last ?? null,
      next: this.#next,
      status: this.status,
      stolenAt,
    })
  }
}
