/** A route of a mock server, and its streams. */

import type { MockRequest } from './mock-request.ts'
import type { Playback } from './playback.ts'
import type { AnyReply, MockEvent } from './replies.ts'
import type { Step } from './steps.ts'

/** A route: what it was asked, and its open streams. */
export interface MockRoute<Value = MockEvent> {
  /** The requests that it has answered, in their order. */
  readonly requests: readonly MockRequest[]
  /** Resolves with the next request that it has not resolved with before, and waits for it if there is none yet. */
  nextRequest(): Promise<MockRequest>
  /**
   * Performs steps on the open streams of the route, behind those of their script. Waits for a stream if none is open, and
   * for the next one if the script ends the stream before.
   * Resolves when the clients have read what was sent, or have left.
   */
  send(...steps: Step<Value>[]): Promise<void>
}

export class Route implements MockRoute<never> {
  readonly requests: MockRequest[] = []
  readonly #pattern: RegExp
  readonly #replies: AnyReply<unknown>[]
  readonly #open = new Set<Playback<never>>()
  /** Told of the next stream that opens. */
  #opened: (() => void)[] = []
  /** How many requests `nextRequest` has been called for, and who waits for one. */
  #seen = 0
  readonly #waiting: ((request: MockRequest) => void)[] = []

  /** The replies answer in turn; the last one goes on. */
  constructor(pattern: string, replies: AnyReply<unknown>[]) {
    this.#pattern = expressionOf(pattern)
    this.#replies = replies
  }

  matches({ method, url, path }: MockRequest): boolean {
    const [pathname] = path.split('?') as [string]
    const [address] = url.split(/[?#]/) as [string]
    return [path, pathname, url, address].some(asked => this.#pattern.test(`${method} ${asked}`))
  }

  /** Takes a request; returns the reply to it. */
  take(request: MockRequest): AnyReply<unknown> {
    const reply = this.#replies[Math.min(this.requests.length, this.#replies.length - 1)]
    this.requests.push(request)
    this.#waiting.shift()?.(request)
    return reply as AnyReply<unknown>
  }

  /** Takes a stream that `send` goes to. */
  open(playback: Playback<never>): void {
    this.#open.add(playback)
    playback.over.addEventListener('abort', () => this.#open.delete(playback))
    for (const opened of this.#opened.splice(0)) opened()
  }

  nextRequest(): Promise<MockRequest> {
    const request = this.requests[this.#seen++]
    return request ? Promise.resolve(request) : new Promise(resolve => this.#waiting.push(resolve))
  }

  async send(...steps: Step<never>[]): Promise<void> {
    for (let isPlayed = false; !isPlayed; ) {
      if (this.#open.size === 0) await new Promise<void>(resolve => this.#opened.push(resolve))
      isPlayed = (await Promise.all([...this.#open].map(playback => playback.send(steps)))).includes(true)
    }
  }
}

/** `*` stands for any characters; without a method any method will do. */
function expressionOf(pattern: string): RegExp {
  const [method, address] = /^[A-Z]+ /.test(pattern) ? pattern.split(' ', 2) : ['*', pattern]
  const text = `${method} ${address}`.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
  return new RegExp(`^${text}$`)
}
