/** Finds out whether the leader is alive, for tabs that a user is looking at. */

/** How often a visible tab looks, in milliseconds. */
export const watchMs = 500
/** After this much silence the leader is asked for a sign of life, in milliseconds. */
const pingAfterMs = 1500
/** After this much silence the lead is taken from it, in milliseconds. */
const stealAfterMs = 3000
/** The lead of a stream is taken at most once in this time, in milliseconds, by whichever tab. */
const betweenStealsMs = 30_000

/**
 * Counts the silence of a leader. A tab whose own timers are late has been busy or asleep, and may not have read what has
 * come: it starts over. A tab that does not hear its own ping cannot hear the leader's answer, and takes nothing.
 */
export class LeaderWatch {
  readonly #now: () => number
  #heardAt: number
  #lookedAt: number
  /** When the lead was last taken from a tab that any tab knows of; 0 for never. */
  stolenAt = 0
  #isAsked = false
  #hearsItself = false

  /** `now` returns milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now
    this.#heardAt = now()
    this.#lookedAt = now()
  }

  /** The leader has sent something, or there is none to watch. */
  heard(): void {
    this.#heardAt = this.#now()
    this.#isAsked = false
    this.#hearsItself = false
  }

  heardItself(): void {
    this.#hearsItself = true
  }

  /** Another tab tells when the lead was taken. */
  heardOfTheft(at: number): void {
    this.stolenAt = Math.max(this.stolenAt, at)
  }

  /** Called every {@link watchMs} while the tab is visible. Says what to do. */
  look(): 'ping' | 'steal' | undefined {
    const now = this.#now()
    const isLate = now - this.#lookedAt > 2 * watchMs
    this.#lookedAt = now
    if (isLate) this.heard()
    const silence = now - this.#heardAt
    if (silence >= stealAfterMs && this.#hearsItself && now - this.stolenAt >= betweenStealsMs) return 'steal'
    if (silence < pingAfterMs || this.#isAsked) return undefined
    this.#isAsked = true
    return 'ping'
  }
}
