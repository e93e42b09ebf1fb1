/**
 * What one tab does for a shared stream: it leads, or it follows a leader. A state machine without a browser: locks,
 * messages, time and the connection are given to it, and their events are its methods.
 */

import { StreamError } from '../stream/errors.ts'
import type { StreamEvent } from '../stream/types.ts'
import { LeaderWatch } from './leader-watch.ts'
import { entriesOf, Leadership } from './leadership.ts'
import { LocalStream } from './local-stream.ts'
import {
  asReceived,
  type Head,
  isOwnFault,
  type LeaderMessage,
  type Message,
  type Status,
  type TabMessage,
  type Welcome,
} from './messages.ts'
import { type LogLimits, SharedLog } from './shared-log.ts'
import type { Late, OwnStream, StreamObserver, Surroundings } from './surroundings.ts'

/** How long the end of a stream is announced before another tab may lead, in milliseconds. */
const announcementMs = 1000
/** How long a leader that has no place yet waits for that of another tab, in milliseconds. */
const questionMs = 200

export class Participant implements StreamObserver {
  readonly #around: Surroundings
  readonly #stream: OwnStream
  readonly #local: LocalStream
  readonly #late: Late
  readonly #log: SharedLog
  readonly #watch: LeaderWatch
  /** Set while this tab leads. */
  #leading: Leadership | undefined
  /** The highest epoch that this tab has led or followed; 0 before. */
  #epoch = 0
  #isHere = false
  #isOver = false
  /** Whether this follower waits for the leader's welcome. It drops what comes before, which the welcome includes. */
  #isBehind = true
  /** The tabs that have spoken; an empty name stands for those that a leader may know. */
  readonly #company = new Set<string>()
  /** The number of the leader's next event. */
  #next = 1
  #status: Status = {}
  /** Set while this leader has a connection. */
  #disconnect: (() => void) | undefined
  /** How many gaps of the current epoch this tab has told. */
  #gaps = 0

  constructor(
    around: Surroundings,
    stream: OwnStream,
    to: StreamObserver,
    { late = 'live', limits }: { late?: Late; limits: LogLimits },
  ) {
    this.#around = around
    this.#stream = stream
    this.#local = new LocalStream(to)
    this.#late = late
    this.#log = new SharedLog(limits, stream.usesIds)
    this.#watch = new LeaderWatch(() => around.now())
    const { start: lastEventId } = stream
    if (lastEventId !== '') this.#log.restart({ at: '', event: { type: '', data: '', lastEventId } })
  }

  /** Takes part from now on, and again after {@link leave}. */
  join(): void {
    if (this.#isOver || this.#isHere) return
    this.#isHere = true
    this.#around.listen()
    this.#around.request()
  }

  /** Takes part no longer, because the page goes. It keeps its place, and may join again. */
  leave(): void {
    if (!this.#isHere) return
    this.rest()
    this.#isHere = false
    this.#isBehind = true
    this.#endOwn()
    if (this.#company.size > 0) this.#around.post({ kind: 'bye', from: this.#around.id })
    this.#around.deafen()
  }

  /** Leads no longer, and does not wait to, because the page is frozen. It goes on listening. */
  rest(): void {
    this.#resign()
    this.#around.release()
  }

  /** Waits to lead again after {@link rest}. */
  wake(): void {
    if (this.#isHere && !this.#leading) this.#around.request()
  }

  /** Leaves for good. Nothing is called afterwards. */
  close(): void {
    // at the end of the stream, the lock is held until the others know of it
    if (this.#isOver) return
    this.#isOver = true
    this.leave()
  }

  /** The event that this tab has had last. */
  get last(): StreamEvent | undefined {
    return this.#log.last?.event
  }

  /** The lock is another tab's. */
  waits(): void {
    if (!this.#isHere) return
    this.#company.add('')
    this.#watch.heard()
    const { usesIds } = this.#stream
    if (this.#late === 'own' && !this.last && !this.#local.hasOwn && usesIds) {
      const ended = (error: unknown) => this.#finish(error)
      this.#local.beginOwn(this.#stream, { arrived: () => this.#merge(), ended })
    }
    this.#around.role(this.#local.hasOwn ? 'alone' : 'follower')
    if (this.#isHere) this.#hello()
  }

  /** The lock is this tab's. */
  granted(isTheft = false): void {
    if (!this.#isHere || this.#leading) return
    if (this.#epoch > 0 && !this.#mayGoOn()) return
    this.#endOwn()
    this.#log.settle()
    // higher than all that was heard, and than what was not: later grants have later times
    this.#epoch = Math.max(this.#around.now(), Math.floor(this.#epoch) + 1) + this.#around.random()
    const status = this.#local.isOpen ? { head: this.#status.head } : {}
    const post = (message: Message) => this.#around.post(message)
    const asked = new Set(this.#company)
    const leading = new Leadership(this.#epoch, status, asked, this.#log, post)
    this.#leading = leading
    this.#isBehind = false
    if (isTheft) this.#watch.heardOfTheft(this.#around.now())
    const { stolenAt } = this.#watch
    if (asked.size > 0) this.#around.post({ kind: 'lead', epoch: this.#epoch, stolenAt })
    this.#around.role('leader')
    // a tab that has just joined has no place, where others have one
    if (asked.size > 0 && !this.last && this.#stream.mayResume(undefined)) {
      this.#around.later(questionMs, () => {
        if (this.#leading === leading) this.#connect()
      })
    } else this.#connect()
  }

  #connect(): void {
    // a callback of the role may have ended it
    if (this.#leading) this.#disconnect ??= this.#stream.connect(this.last, this)
  }

  /** Another tab has taken the lock from this one. */
  lost(): void {
    this.#resign()
    if (this.#isHere) this.#around.request()
  }

  /** Called every 500 ms while the tab is visible. */
  look(): void {
    if (!this.#isHere || this.#leading) this.#watch.heard()
    const step = this.#watch.look()
    if (step === 'ping') this.#around.post({ kind: 'ping', from: this.#around.id })
    if (step !== 'steal') return
    this.#watch.heardOfTheft(this.#around.now())
    this.#around.release()
    this.#around.request(true)
  }

  received(message: Message): void {
    if (!this.#isHere) return
    if ('epoch' in message) this.#fromLeader(message)
    else if (message.from === this.#around.id) this.#watch.heardItself()
    else this.#fromTab(message)
  }

  // what the connection of a leader tells

  opened(head: Head): void {
    this.#leading?.tellOpen(head)
    this.#local.opened(head)
  }

  arrived(events: readonly StreamEvent[]): void {
    this.#leading?.tellEvents(events)
    this.#local.arrived(events)
  }

  gap(): void {
    this.#leading?.tellGap()
    this.#local.gap()
  }

  ended(error: unknown, willReconnectIn: number | null): void {
    if (isOwnFault(error)) {
      // what this tab cannot send, another may
      this.#finish(error)
      return
    }
    this.#leading?.tellEnd(error, willReconnectIn)
    if (willReconnectIn === null) {
      this.#isOver = true
      // the others must learn of the end before one of them is granted the lock, and sends the request again
      if (this.#leading?.others.size) this.#around.later(announcementMs, () => this.leave())
      else this.leave()
    }
    this.#local.ended(error, willReconnectIn)
  }

  #hello(): void {
    const { id } = this.#around
    this.#around.post({ kind: 'hello', from: id, mark: this.#log.mark })
  }

  #fromTab(message: TabMessage): void {
    this.#company.add(message.from)
    const leading = this.#leading
    if (message.kind === 'bye') {
      this.#company.delete(message.from)
      leading?.others.delete(message.from)
      if (this.#isOver && leading?.others.size === 0) this.leave()
    } else if (this.#isOver) return
    else if (message.kind === 'ping') leading?.tell({ kind: 'pong' })
    else if (leading) {
      if (!this.#disconnect && leading.mayBegin(message)) this.#connect()
      leading.welcome(message, this.#watch.stolenAt)
    }
  }

  #fromLeader(message: LeaderMessage): void {
    this.#company.add('')
    if (this.#isOver || message.epoch < this.#epoch) return
    this.#watch.heard()
    if ('stolenAt' in message) this.#watch.heardOfTheft(message.stolenAt)
    if (message.epoch > this.#epoch && !this.#follow(message)) return
    if (message.kind === 'welcome') {
      if (this.#isBehind && this.#isAnswered(message)) this.#welcomed(message)
    } else if (this.#isBehind) return
    else if (message.kind === 'events') this.#take(message)
    else if (message.kind === 'status') this.#apply(message.status)
  }

  /** A leader that this tab has not heard before. Returns false if the stream is over for this tab. */
  #follow(message: LeaderMessage): boolean {
    const hasBegun = this.#epoch > 0
    this.#epoch = message.epoch
    this.#gaps = 0
    if (this.#leading) {
      this.rest()
      this.wake()
    }
    if (hasBegun && !this.#mayGoOn()) return false
    this.#isBehind = true
    if (message.kind !== 'welcome' || !this.#isAnswered(message)) this.#hello()
    return true
  }

  /** Whether the answer is to what this tab asks now. It may be to what it asked before it went on. */
  #isAnswered({ to, mark }: Welcome): boolean {
    return to === this.#around.id && mark?.at === this.#log.mark?.at
  }

  #welcomed({ isLocated, base, entries, last, next, status }: Welcome): void {
    this.#isBehind = false
    this.#next = next
    const isNew = this.#log.last === undefined
    if (status.head && !status.end) this.#local.opened(status.head)
    if (this.#isOver) return
    // what a tab that joins has not seen cannot be missing
    if (isNew) this.#gaps = status.gaps ?? 0
    if (isLocated) this.#log.settle()
    if (isNew) {
      this.#log.restart(entries.length > 0 ? undefined : (last ?? undefined))
      const kept = this.#log.add(entries)
      if (this.#late === 'replay') this.#local.arrived(kept)
    } else if (isLocated || (base && this.#log.rebase(base))) {
      this.#local.arrived(this.#log.add(entries))
    } else {
      this.#log.restart(last ?? undefined)
      this.#gaps = status.gaps ?? 0
      this.#local.gap()
    }
    this.#merge()
    this.#apply(status)
  }

  #take({ first, events }: Extract<LeaderMessage, { kind: 'events' }>): void {
    this.#isBehind = first !== this.#next
    if (this.#isBehind) this.#hello()
    else {
      this.#next += events.length
      this.#local.arrived(this.#log.add(entriesOf(events, this.#epoch, first)))
      this.#merge()
    }
  }

  #apply(status: Status): void {
    this.#status = status
    if (this.#local.hasOwn || this.#isOver) return
    for (const { gaps = 0 } = status; this.#gaps < gaps; this.#gaps++) this.#local.gap()
    if (status.end === undefined) {
      if (status.head) this.#local.opened(status.head)
      return
    }
    const { error, willReconnectIn } = status.end
    const told = error && asReceived(error)
    if (willReconnectIn === null) this.#finish(told)
    else this.#local.ended(told, willReconnectIn)
  }

  /** Whether the stream can continue under another leader. If not, it ends here. */
  #mayGoOn(): boolean {
    if (this.#stream.mayResume(this.last)) return true
    const message =
      'the tab that held the connection is gone, and the request was not sent again, because it may have been carried out: set idempotent to true if it may be repeated'
    this.#finish(new StreamError('ended', message))
    return false
  }

  #finish(error: unknown): void {
    this.#isOver = true
    this.leave()
    this.#local.ended(error, null)
  }

  #resign(): void {
    if (!this.#leading) return
    this.#leading = undefined
    this.#isBehind = true
    this.#disconnect?.()
    this.#disconnect = undefined
    this.#around.role('follower')
  }

  /** This tab is then where its own connection has got to. */
  #endOwn(): void {
    const event = this.#local.endOwn()
    if (event) this.#log.restart({ at: '', event })
  }

  /** Follows the leader once the tab's own connection has got to where the leader has been. */
  #merge(): void {
    if (!this.#isBehind && this.#local.merge(this.#log)) this.#around.role('follower')
  }
}
