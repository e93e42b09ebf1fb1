/** Prints a trace to the browser's console while it grows, at a limited rate, and not while paused. */

import { ConsoleLines, type ConsoleLinesOptions } from './console-lines.ts'
import type { InspectedMessage } from './inspector.ts'
import { isSaid, type Trace, type TraceEvent } from './trace.ts'

/** The largest number of messages printed in a second. More would make the console unusable. */
const mostPerSecond = 100

/** Prints everything that happens in `trace` from now on. */
export function printTrace(trace: Trace, options: ConsoleLinesOptions): ConsolePrinter {
  return new ConsolePrinter(trace, options)
}

class ConsolePrinter {
  readonly #trace: Trace
  readonly #lines: ConsoleLines
  readonly #pace = new Pace()
  /** Incidents that came while the printer is paused. */
  #waiting: TraceEvent[] | undefined

  constructor(trace: Trace, options: ConsoleLinesOptions) {
    this.#trace = trace
    this.#lines = new ConsoleLines(options)
    for (const type of ['connect', 'response', 'message', 'disconnect', 'end']) {
      trace.addEventListener(type, event => this.#take(event as TraceEvent))
    }
  }

  /** Stops printing until `resume`. */
  pause(): void {
    this.#waiting ??= []
  }

  /** Prints the incidents since `pause`, and continues. */
  resume(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const incident of waiting) this.#print(incident)
    this.#tellSkipped()
  }

  /** Prints the messages that are kept as a table. */
  table(): void {
    this.#lines.table(this.#trace)
  }

  #take(incident: TraceEvent): void {
    const { message } = incident
    if (!this.#waiting) this.#print(incident)
    // as many messages as `resume` would print
    else if (!message || this.#waiting.length < mostPerSecond) this.#waiting.push(incident)
    else if (isSaid(message)) this.#pace.skip()
  }

  #print({ type, connection, message }: TraceEvent): void {
    if (type === 'message') {
      if (message) this.#printMessage(message)
      return
    }
    if (type === 'disconnect' || type === 'end') this.#tellSkipped()
    if (type === 'end') this.#lines.end(this.#trace)
    else if (connection) this.#lines[type as 'connect' | 'response' | 'disconnect'](connection)
  }

  #printMessage(message: InspectedMessage): void {
    if (this.#pace.isNewSecond()) this.#tellSkipped()
    if (!this.#lines.shows(message)) return
    if (this.#pace.allows()) this.#lines.message(message)
    else this.#pace.skip()
  }

  #tellSkipped(): void {
    const count = this.#pace.takeSkipped()
    if (count > 0) this.#lines.skipped(count)
  }
}

/** Counts the messages printed in the current second, and those skipped since the last report. */
class Pace {
  #second = 0
  #printed = 0
  #skipped = 0

  /** Whether a second has begun since the last call. */
  isNewSecond(): boolean {
    const second = Math.floor(performance.now() / 1000)
    if (second === this.#second) return false
    this.#second = second
    this.#printed = 0
    return true
  }

  /** Whether one more message may be printed; counts it. */
  allows(): boolean {
    return ++this.#printed <= mostPerSecond
  }

  skip(): void {
    this.#skipped++
  }

  takeSkipped(): number {
    const skipped = this.#skipped
    this.#skipped = 0
    return skipped
  }
}
