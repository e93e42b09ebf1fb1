/** The running operations of a client, each from its start to the last call of its sink. */

import { StreamError } from '../stream/errors.ts'
import { reportError } from '../stream/report-error.ts'
import type { ClientListeners, ConnectionMode, ResultSink } from './options.ts'
import type { Operation } from './types.ts'

/** Starts operations, and guarantees that nothing is called after an operation has ended. */
export class RunningOperations {
  readonly #mode: ConnectionMode
  readonly #completions = new Set<() => void>()
  #isDisposed = false

  constructor(mode: ConnectionMode) {
    this.#mode = mode
  }

  /**
   * Starts an operation. Returns a function that stops it without a call of the sink. If the operation's own signal stops
   * it, `onAbort` is called with the reason.
   */
  start(
    operation: Operation,
    sink: ResultSink,
    on?: ClientListeners,
    onAbort: (reason: unknown) => void = () => {},
  ): () => void {
    const stopping = new AbortController()
    const { signal } = operation
    const end = (tell: () => void) => {
      if (!this.#completions.delete(complete)) return
      signal?.removeEventListener('abort', abort)
      stopping.abort()
      tell()
    }
    const complete = () => end(() => sink.complete())
    const abort = () => end(() => onAbort(signal?.reason))
    this.#completions.add(complete)
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) {
      abort()
      return () => {}
    }
    const run = this.#isDisposed
      ? Promise.reject(
          new StreamError(
            'invalid-request',
            'the client has been disposed; create another with createClient',
          ),
        )
      : this.#mode.run(operation, result => sink.next(result), stopping.signal, on)
    run.then(complete, error => end(() => sink.error(error))).catch(reportError)
    return () => end(() => {})
  }

  /** Completes all operations and closes all connections. */
  dispose(): void {
    this.#isDisposed = true
    for (const complete of [...this.#completions]) complete()
    this.#mode.dispose()
  }
}
