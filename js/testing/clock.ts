/** The clock of a mock server. */

import { longestDelayMs } from '../stream/limits.ts'
import { onAbort } from '../stream/wait.ts'

interface Wait {
  due: number
  end: () => void
}

/** Waits on the environment's timers, real or fake, but no longer than until `advance` skips the rest. */
export class Clock {
  #now = 0
  readonly #waits = new Set<Wait>()

  /** Resolves after some milliseconds, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const due = this.#now + ms
      const end = () => {
        clearTimeout(timer)
        letGo()
        this.#waits.delete(wait)
        resolve()
      }
      const wait: Wait = { due, end }
      this.#waits.add(wait)
      // the current global function, because test runners replace it
      const timer = setTimeout(
        () => {
          this.#now = Math.max(this.#now, due)
          end()
        },
        Math.min(ms, longestDelayMs),
      )
      const letGo = onAbort(signal, end)
      if (signal.aborted) end()
    })
  }

  /** Skips some milliseconds. Ends the waits that become due, one after the other, and calls `settle` before each. */
  async advance(ms: number, settle: () => Promise<void>): Promise<void> {
    const target = this.#now + ms
    for (;;) {
      await settle()
      const [next] = [...this.#waits].filter(({ due }) => due <= target).sort((a, b) => a.due - b.due)
      if (!next) break
      this.#now = Math.max(this.#now, next.due)
      next.end()
    }
    this.#now = target
  }
}
