/** When graphql-sse 2 reconnects. */

import type { StreamError } from '../stream/errors.ts'
import type { ClientOptions } from './types.ts'

/** Counts the attempts since the last result. In single connection mode all subscriptions share the count. */
export class Retries {
  readonly #options: Pick<ClientOptions<boolean>, 'retry' | 'retryAttempts'>
  #count = 0
  #error: StreamError | undefined
  #delay: Promise<number | null> | undefined

  constructor(options: Pick<ClientOptions<boolean>, 'retry' | 'retryAttempts'>) {
    this.#options = options
  }

  /** A result has arrived. */
  restart(): void {
    this.#count = 0
  }

  /** Resolves with the milliseconds until the next attempt, or null for none. Calls the user's `retry`. */
  delay(error: StreamError): 0 | Promise<number | null> {
    if (error.code === 'paused') return 0
    // the subscriptions of a connection end with the same error, and reconnect together
    if (error !== this.#error) this.#delay = this.#next()
    this.#error = error
    return this.#delay as Promise<number | null>
  }

  async #next(): Promise<number | null> {
    const { retry, retryAttempts = 5 } = this.#options
    const retries = this.#count
    if (!(retries < retryAttempts)) return null
    this.#count++
    if (!retry) return 1000 * 2 ** retries + 300 + Math.random() * 2700
    await retry(retries)
    return 0
  }
}
