/** Participants in a browser: a Web Lock and a BroadcastChannel for each stream, and the life of the page. */

import { watchMs } from './leader-watch.ts'
import type { Message } from './messages.ts'
import type { Participant } from './participant.ts'
import type { Role, Surroundings } from './surroundings.ts'

/** What becomes of the participant, apart from its stream. */
export interface PageOptions {
  /** Whether to leave while the page is hidden. */
  readonly leavesWhenHidden: boolean
  onRole(role: Role): void
  /** The browser refuses locks or channels. */
  onRefused(): void
  /** Called before a message is read. Returns false if the page must not share any longer. */
  mayShare(): boolean
}

/** A request for the lock, from its beginning to its end. */
interface LockRequest {
  readonly leaving: AbortController
  /** Gives the lock back. */
  release: () => void
  isHeld: boolean
}

/** What a participant gets from the page. `name` names lock and channel. */
export class PageSurroundings implements Surroundings {
  readonly id: string = crypto.randomUUID()
  participant: Participant | undefined
  readonly #name: string
  readonly #options: PageOptions
  #channel: BroadcastChannel | undefined
  #request: LockRequest | undefined
  #role: Role | undefined

  constructor(name: string, options: PageOptions) {
    this.#name = name
    this.#options = options
  }

  now(): number {
    return Date.now()
  }

  random(): number {
    return Math.random()
  }

  listen(): void {
    this.#channel = new BroadcastChannel(this.#name)
    this.#channel.onmessage = ({ data }) => this.#receive(data)
  }

  // [spec] a page with an open channel that receives is put out of the back/forward cache
  deafen(): void {
    this.#channel?.close()
    this.#channel = undefined
  }

  /**
   * A ping is posted by a channel of its own, so that this page hears it too. Messages for one tab say so outside of the
   * text, which the others do not parse.
   */
  post(message: Message): void {
    const isPing = message.kind === 'ping'
    const channel = isPing ? new BroadcastChannel(this.#name) : this.#channel
    channel?.postMessage(['to' in message ? message.to : '', JSON.stringify(message)])
    if (isPing) channel?.close()
  }

  request(isTheft = false): void {
    this.release()
    const request: LockRequest = { leaving: new AbortController(), release: () => {}, isHeld: false }
    this.#request = request
    const whenFree = { ifAvailable: true }
    const queued = { signal: request.leaving.signal }
    this.#ask(request, isTheft ? { steal: true } : whenFree)
      .then(isGranted => {
        if (isGranted || this.#request !== request) return undefined
        this.participant?.waits()
        // a callback may have ended it
        return this.#request === request ? this.#ask(request, queued) : undefined
      })
      .catch(error => {
        if (this.#request !== request) return
        // [spec] the promise of a lock that is stolen rejects with an AbortError
        if (request.isHeld && error.name === 'AbortError') this.participant?.lost()
        else this.#options.onRefused()
      })
  }

  release(): void {
    const request = this.#request
    this.#request = undefined
    request?.release()
    request?.leaving.abort()
  }

  later(ms: number, callback: () => void): void {
    setTimeout(callback, ms)
  }

  role(role: Role): void {
    if (role === this.#role) return
    this.#role = role
    this.#options.onRole(role)
  }

  /** Resolves with whether the lock was granted, when it is given back. */
  #ask(request: LockRequest, options: LockOptions): Promise<boolean> {
    return navigator.locks.request(this.#name, options, lock => {
      if (lock === null) return false
      return new Promise<boolean>(resolve => {
        request.release = () => resolve(true)
        if (this.#request !== request) return request.release()
        request.isHeld = true
        this.participant?.granted(options.steal)
      })
    }) as Promise<boolean>
  }

  #receive([to, text]: [string, string]): void {
    if (to !== '' && to !== this.id) return
    if (!this.#options.mayShare()) return
    const message: Message = JSON.parse(text)
    if (message.kind === 'ping') inNewTask(() => this.participant?.received(message))
    else this.participant?.received(message)
  }
}

/** Chromium runs the handlers of a frozen page's channels, but not those of its message ports: who is frozen gives no answer. */
function inNewTask(callback: () => void): void {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    callback()
  }
  port2.postMessage(null)
}

/**
 * Takes part for as long as the page is there to. Returns a function that stops that, without leaving.
 * https://wicg.github.io/page-lifecycle/
 */
export function followPage(participant: Participant, { leavesWhenHidden }: PageOptions): () => void {
  const { document } = globalThis
  const isHidden = () => document?.visibilityState === 'hidden'
  const join = () => {
    if (!leavesWhenHidden || !isHidden()) participant.join()
  }
  const occasions: [EventTarget | undefined, string, () => void][] = [
    // a page in the back/forward cache keeps its locks, for as long as it is there
    [globalThis, 'pagehide', () => participant.leave()],
    [globalThis, 'pageshow', join],
    // so does a frozen one
    [document, 'freeze', () => participant.rest()],
    [document, 'resume', () => participant.wake()],
    // [spec] a page that goes becomes hidden after `pagehide`
    [document, 'visibilitychange', () => leavesWhenHidden && (isHidden() ? participant.leave() : join())],
  ]
  // before the connection's own listeners, which would tell all tabs that it is paused
  for (const [target, type, listener] of occasions) target?.addEventListener(type, listener, true)
  const watch = document && setInterval(() => isHidden() || participant.look(), watchMs)
  join()
  return () => {
    clearInterval(watch)
    for (const [target, type, listener] of occasions) target?.removeEventListener(type, listener, true)
  }
}
