/** The base of all readers: parses the chunks of one stream, passes the results to a visitor, and owns the memory. */

import { StreamError } from '../stream/errors.ts'
import type { StreamExports } from './exports.ts'
import type { WasmModule } from './memory.ts'
import { feed, Status, type Visitor } from './table.ts'

let unfreed = 0

/** The number of readers that have not been freed, for tests that look for leaks. */
export function unfreedReaders(): number {
  return unfreed
}

/** Reads one stream. Its memory is not garbage collected: the owner of a reader must free it. */
export class Reader<Exports extends StreamExports> {
  protected readonly module: WasmModule<Exports>
  /** The instance that the stream is in. */
  protected exports!: Exports
  protected handle!: number
  readonly #open: (exports: Exports) => number

  /** `open` returns the handle of a new stream. Throws a StreamError `limit-exceeded` if there is no memory for it. */
  protected constructor(module: WasmModule<Exports>, open: (exports: Exports) => number) {
    this.module = module
    this.#open = open
    this.open()
    module.enter()
    unfreed++
  }

  /** Begins a stream in the module's current instance. Throws as the constructor does. */
  protected open(): void {
    this.exports = this.module.exports
    try {
      this.handle = this.#open(this.exports)
    } catch (cause) {
      throw isTrap(cause) ? memoryExceeded() : cause
    }
  }

  /** Whether the stream is lost, because another stream made its instance trap. */
  protected get isLost(): boolean {
    return this.exports !== this.module.exports
  }

  /** Runs the parser. Returns its status, or the status for a lack of memory. */
  protected run(parse: () => number): number {
    if (this.isLost) return Status.outOfMemory
    try {
      return parse()
    } catch (cause) {
      // the instance cannot be used again: the parser has stopped halfway and its memory cannot be freed
      if (!isTrap(cause)) throw cause
      this.module.renew()
      return Status.outOfMemory
    }
  }

  /** Parses a chunk and passes what it completes to the visitor. Returns a status. */
  protected feed(chunk: Uint8Array, visitor: Visitor): number {
    return this.run(() => feed(this.module, this.handle, chunk, visitor))
  }

  /** Frees the memory. Calling it again does nothing. */
  free(): void {
    if (this.handle === 0) return
    if (!this.isLost) this.exports.close(this.handle)
    this.handle = 0
    unfreed--
    this.module.leave()
  }
}

/** Whether the module has trapped, as it does if it cannot allocate. */
function isTrap(cause: unknown): boolean {
  return globalThis.WebAssembly !== undefined && cause instanceof WebAssembly.RuntimeError
}

/** The error for a status, or undefined if it is ok. The parser's only limit is that of a message. */
export function messageError(status: number, maxMessageBytes: number): StreamError | undefined {
  if (status === Status.ok) return undefined
  if (status === Status.outOfMemory) return memoryExceeded()
  return limitExceeded('a message is larger than the limit', 'maxMessageBytes', maxMessageBytes)
}

export function limitExceeded(what: string, option: string, bytes: number): StreamError {
  return new StreamError('limit-exceeded', `${what} of ${bytes} bytes; ${option} sets it`)
}

export function memoryExceeded(): StreamError {
  return new StreamError(
    'limit-exceeded',
    'the memory of WebAssembly is used up: read fewer streams at once, or set a smaller maxMessageBytes',
  )
}
