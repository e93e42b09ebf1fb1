/** Plays the steps of a stream to the client that reads it. */

import type { Clock } from './clock.ts'
import { Control, end, type Step, type Steps } from './steps.ts'

/** The format of values on the wire. */
export interface Format<Value> {
  readonly contentType: string
  /** The bytes before the first value. */
  readonly preamble?: string
  /** Whether the response ends with its first value. */
  readonly isSingle?: boolean
  value(value: Value): string
  comment?(text: string): string
  /** The protocol's own end. */
  complete?(): string
}

/** Follows the steps of a `send`. It is reached when the client has read them. */
class Sent {
  readonly steps: number
  /** Told whether one of the steps was performed, or the client has left. */
  readonly reached: (wasPlayed: boolean) => void
  constructor(steps: number, reached: (wasPlayed: boolean) => void) {
    this.steps = steps
    this.reached = reached
  }
}

/** How many turns of the microtasks a client has for a chunk before it counts as handled. */
const turnsToHandle = 100

const noSteps: Step<never>[] = []

/** The error of `fetch` and of a body's readers when the connection is lost. */
export function droppedConnection(): TypeError {
  return new TypeError('the mock server has dropped the connection')
}

/**
 * The body of one response. It gives a chunk when the client asks for one, so that the client has handled the chunk before
 * when the next step is performed. After the script it waits for steps by hand.
 */
export class Playback<Value> {
  readonly body: ReadableStream<Uint8Array>
  readonly contentType: string
  readonly #format: Format<Value>
  readonly #clock: Clock
  readonly #script: Iterator<Step<Value>> | AsyncIterator<Step<Value>>
  readonly #isAsync: boolean
  readonly #byHand: (Step<Value> | Sent)[] = []
  readonly #over = new AbortController()
  /** Whether it was the client that ended the response. */
  isAbandoned = false
  #isScripted = true
  #hasBegun = false
  #controller!: ReadableStreamDefaultController<Uint8Array>
  #wake = () => {}
  #isAtRest = false
  #reads = 0
  #resting: (() => void)[] = []

  constructor(format: Format<Value>, steps: Steps<Value> = noSteps, clock: Clock) {
    this.contentType = format.contentType
    this.#format = format
    this.#clock = clock
    const made = typeof steps === 'function' ? steps() : steps
    this.#isAsync = Symbol.asyncIterator in made
    this.#script = Symbol.asyncIterator in made ? made[Symbol.asyncIterator]() : made[Symbol.iterator]()
    this.body = new ReadableStream(
      {
        start: controller => {
          this.#controller = controller
        },
        pull: () => this.#play(),
        cancel: () => this.#finish(true),
      },
      { highWaterMark: 0 }, // chunks are made only on request
    )
  }

  /** Aborted when the response has ended. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  /**
   * Adds steps behind the others. Resolves when the client has read what they send, or when the response is over: with false
   * if the script has ended it before the first of them.
   */
  send(steps: Step<Value>[]): Promise<boolean> {
    return new Promise(resolve => {
      if (this.over.aborted) return resolve(this.isAbandoned)
      this.#byHand.push(...steps, new Sent(steps.length, resolve))
      this.#wake()
    })
  }

  /** Ends the response as the client's abort does. */
  abort(reason: unknown): void {
    if (this.over.aborted) return
    this.#finish(true)
    this.#controller.error(reason)
  }

  /** Resolves when the playback waits: for time, for steps by hand or for a step of an asynchronous script. */
  atRest(): Promise<void> {
    return this.#isAtRest ? Promise.resolve() : new Promise(resolve => this.#resting.push(resolve))
  }

  /** Performs steps until one of them has sent something. */
  async #play(): Promise<void> {
    this.#isAtRest = false
    this.#reads++
    for (let hasSent = false; !hasSent && !this.over.aborted; ) {
      const step = await this.#next()
      if (this.over.aborted) return
      if (step instanceof Sent) step.reached(true)
      else hasSent = await this.#perform(step)
    }
    void this.#settle()
  }

  /** What was sent counts as handled also where the client asks for nothing more, as an iterator that nobody asks. */
  async #settle(): Promise<void> {
    const reads = this.#reads
    for (let turn = 0; turn < turnsToHandle; turn++) await undefined
    if (reads !== this.#reads || this.over.aborted) return
    this.#enterRest()
    while (this.#byHand[0] instanceof Sent) (this.#byHand.shift() as Sent).reached(true)
  }

  async #next(): Promise<Step<Value> | Sent> {
    if (this.#isScripted) {
      const pending = this.#script.next()
      const { done, value } = this.#isAsync
        ? await this.#rest(pending as Promise<IteratorResult<Step<Value>>>)
        : (pending as IteratorResult<Step<Value>>)
      if (!done) return value
      this.#isScripted = false
    }
    while (this.#byHand.length === 0 && !this.over.aborted) {
      await this.#rest(
        new Promise<void>(resolve => {
          this.#wake = resolve
        }),
      )
    }
    return this.#byHand.shift() as Step<Value> | Sent
  }

  /** Returns whether something was sent, or the response is over. */
  async #perform(step: Step<Value>): Promise<boolean> {
    if (!(step instanceof Control)) {
      if (this.#format.isSingle) this.#endNext()
      return this.#write(this.#format.value(step))
    }
    const { kind, ms, content } = step
    if (kind === 'wait') {
      await this.#rest(this.#clock.wait(ms, this.over))
      return false
    }
    if (kind === 'raw') return this.#enqueue(content)
    if (kind === 'comment') return this.#write(this.#ofFormat('comment', content as string))
    if (kind === 'complete') {
      this.#endNext()
      return this.#write(this.#ofFormat('complete', ''))
    }
    this.#finish()
    if (kind === 'end') this.#controller.close()
    else this.#controller.error(droppedConnection())
    return true
  }

  #endNext(): void {
    this.#isScripted = false
    this.#byHand.unshift(end())
  }

  #ofFormat(kind: 'comment' | 'complete', text: string): string {
    const write = this.#format[kind]
    if (!write) throw new TypeError(`${this.#format.contentType} has no ${kind}: use another step`)
    return write.call(this.#format, text)
  }

  #write(text: string): boolean {
    const preamble = this.#hasBegun ? '' : (this.#format.preamble ?? '')
    this.#hasBegun = true
    return this.#enqueue(preamble + text)
  }

  /** Returns whether there was something to give: an empty chunk is none. */
  #enqueue(content: string | Uint8Array): boolean {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    if (bytes.length > 0) this.#controller.enqueue(bytes)
    return bytes.length > 0
  }

  /** Ends everything that waits for this response. */
  #finish(byClient = false): void {
    this.isAbandoned = byClient
    this.#over.abort()
    this.#wake()
    let left = 0
    for (const step of this.#byHand.splice(0)) {
      if (!(step instanceof Sent)) left++
      else {
        step.reached(byClient || left < step.steps)
        left = 0
      }
    }
    if (this.#isScripted) void this.#script.return?.()
    this.#enterRest()
  }

  async #rest<T>(waiting: Promise<T>): Promise<T> {
    this.#enterRest()
    const value = await waiting
    this.#isAtRest = this.over.aborted
    return value
  }

  #enterRest(): void {
    this.#isAtRest = true
    for (const resolve of this.#resting.splice(0)) resolve()
  }
}
