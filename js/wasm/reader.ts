/** What all readers are: the chunks of one stream go in, a visitor is told what they complete, the memory is owned. */

import { StreamError } from '../stream/errors.ts'
import type { StreamExports } from './exports.ts'
import type { WasmModule } from './memory.ts'

let unfreed = 0

/** How many readers have not been freed, for whoever looks for leaks. */
export function unfreedReaders(): number {
  return unfreed
}

/** Reads one stream. Its memory is not the garbage collector's: whoever makes a reader frees it. */
export class Reader<Exports extends StreamExports> {
  protected readonly module: WasmModule<Exports>
  protected handle: number

  protected constructor(module: WasmModule<Exports>, handle: number) {
    this.module = module
    this.handle = handle
    unfreed++
  }

  /** Frees the memory. Calling it again does nothing. */
  free(): void {
    if (this.handle === 0) return
    this.module.exports.close(this.handle)
    this.handle = 0
    unfreed--
  }
}

export function messageLimitExceeded(maxMessageBytes: number): StreamError {
  return limitExceeded('a message is larger than the limit', 'maxMessageBytes', maxMessageBytes)
}

export function limitExceeded(what: string, option: string, bytes: number): StreamError {
  return new StreamError('limit-exceeded', `${what} of ${bytes} bytes; ${option} sets it`)
}
