/** What all readers are: the chunks of one stream go in, a visitor is told what they complete, the memory is owned. */

import { StreamError } from '../stream/errors.ts'
import type { StreamExports } from './exports.ts'
import type { WasmModule } from './memory.ts'
import { feed, Status, type Visitor } from './table.ts'

let unfreed = 0

/** How many readers have not been freed, for whoever looks for leaks. */
export function unfreedReaders(): number {
  return unfreed
}

/** Reads one stream. Its memory is not the garbage collector's: whoever makes a reader frees it. */
export class Reader<Exports extends StreamExports> {
  protected readonly module: WasmModule<Exports>
  /** The instance that the stream is in. */
  protected exports!: Exports
  protected handle!: number
  readonly #open: (exports: Exports) => number

  /** `open` gives the handle of a new stream. Throws a StreamError `limit-exceeded` where there is no memory for it. */
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

  /** Whether the stream has gone with its instance, which another stream has brought to a stop. */
  protected get isLost(): boolean {
    return this.exports !== this.module.exports
  }

  /** Runs the parser. Returns its status, or that there is no memory for the stream any more. */
  protected run(parse: () => number): number {
    if (this.isLost) return Status.outOfMemory
    try {
      return parse()
    } catch (cause) {
      // what is allocated on the way has no way back: the parser has stopped in the middle of its work
      if (!isTrap(cause)) throw cause
      this.module.renew()
      return Status.outOfMemory
    }
  }

  /** Gives a chunk to the parser, and tells the visitor what it completes. Returns a status. */
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

/** Whether the module has stopped itself, as it does where it cannot allocate. */
function isTrap(cause: unknown): boolean {
  return globalThis.WebAssembly !== undefined && cause instanceof WebAssembly.RuntimeError
}

/** The error for a status that is not ok, of a parser whose only limit is that of a message. */
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
