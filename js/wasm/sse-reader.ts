/** Reads an event stream. */

import type { StreamError } from '../stream/errors.ts'
import type { SseExports } from './exports.ts'
import { checkMaxMessageBytes } from './limits.ts'
import type { WasmModule } from './memory.ts'
import { messageError, Reader } from './reader.ts'
import type { SseVisitor } from './table.ts'

/** The module of an SseReader, for `load`. */
export { sse } from './generated/sse.ts'
export type SseModule = WasmModule<SseExports>

const colon = 0x3a

export interface SseReaderOptions {
  maxMessageBytes?: number | undefined
  reportIgnored?: boolean
}

/** Reads an event stream. */
export class SseReader extends Reader<SseExports> {
  readonly #maxMessageBytes: number

  constructor(module: SseModule, options: SseReaderOptions = {}) {
    const maxMessageBytes = checkMaxMessageBytes(options.maxMessageBytes)
    super(module, exports => exports.sseOpen(maxMessageBytes, Number(options.reportIgnored ?? false)))
    this.#maxMessageBytes = maxMessageBytes
  }

  /** Whether the bytes so far end within a line. */
  get inLine(): boolean {
    return this.#lineStart !== 0
  }

  /** Whether the stream has stopped within a line that is no comment. */
  get inField(): boolean {
    return this.inLine && this.#lineStart !== colon
  }

  get #lineStart(): number {
    return this.isLost ? 0 : this.exports.sseLineStart(this.handle)
  }

  /**
   * Reads the next bytes of the stream, in any slicing, and passes what they complete to the visitor. Returns the error
   * that ends the stream, `limit-exceeded`, if any. Events before the error have been passed on.
   */
  read(chunk: Uint8Array, visitor: SseVisitor): StreamError | undefined {
    return messageError(this.feed(chunk, visitor), this.#maxMessageBytes)
  }

  /** Prepares for a new stream. */
  reset(): void {
    if (this.isLost) this.open()
    else this.exports.sseReset(this.handle)
  }
}
