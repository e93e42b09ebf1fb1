/** An instance of a module, the views of its memory, and the decoding of text in it. */

import type { StreamExports } from './exports.ts'

/** The encoding of a run; see bindings/table.h. */
export const Encoding = { utf8: 0, ascii: 1, bytes: 2 } as const

/** Symbols below this never change their text. */
const internedSymbols = 32
/** Up to this length, joining characters is faster than a TextDecoder call. */
const shortText = 16

/** A module without streams keeps its memory up to this size. */
const idleBytes = 4 * 1024 * 1024

/** A module, its instance, and views of its memory that follow its growth. */
export class WasmModule<Exports extends StreamExports = StreamExports> {
  exports!: Exports
  /** Returns the address to write a stream's next bytes to, or 0 if there is no memory for them. */
  room!: (handle: number, size: number) => number
  /** Parses the bytes written there. Returns the address of the table of what they complete. */
  feed!: (handle: number, size: number) => number
  readonly #compiled: WebAssembly.Module | undefined
  // A run never holds the stream's first bytes without a field name before them: a U+FEFF in it is text.
  readonly #utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #strictUtf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })
  #symbols: string[] = []
  #bytes = new Uint8Array(0)
  #words = new Int32Array(0)
  #readers = 0

  /** Without `compiled` this is the fallback. */
  constructor(exports: Exports, compiled?: WebAssembly.Module) {
    this.#compiled = compiled
    // Node uses ICU for a decoder that has streamed, which decodes text that is not ASCII twice as fast.
    this.#strictUtf8.decode(new Uint8Array(), { stream: true })
    this.#use(exports)
  }

  #use(exports: Exports): void {
    exports._initialize()
    this.exports = exports
    this.room = exports.room
    this.feed = exports.feed
    this.#symbols = []
    this.#bytes = new Uint8Array(0)
  }

  /**
   * Replaces the instance. Readers of the old one lose their streams. Does nothing for the fallback, which has only one
   * instance, or if the runtime has no memory for another.
   */
  renew(): void {
    if (this.#compiled === undefined) return
    try {
      this.#use(new WebAssembly.Instance(this.#compiled).exports as unknown as Exports)
    } catch {
      // keep the old instance
    }
  }

  /** Called when a reader is opened. */
  enter(): void {
    this.#readers++
  }

  /** Called when a reader is freed. A linear memory never shrinks, so after the last reader a large one is replaced. */
  leave(): void {
    if (--this.#readers === 0 && this.bytes.length > idleBytes) this.renew()
  }

  get bytes(): Uint8Array {
    if (this.#isStale) this.#refresh()
    return this.#bytes
  }

  get words(): Int32Array {
    if (this.#isStale) this.#refresh()
    return this.#words
  }

  /**
   * Growing the memory detaches the views. The fallback leaves its old views attached to memory that is no longer used.
   */
  get #isStale(): boolean {
    return (
      this.#bytes.length === 0 ||
      (this.#compiled === undefined && this.#bytes.buffer !== this.exports.memory.buffer)
    )
  }

  #refresh(): void {
    this.#bytes = new Uint8Array(this.exports.memory.buffer)
    this.#words = new Int32Array(this.exports.memory.buffer)
  }

  /** The text of a symbol: an event's type, or a line that is reported with the events. */
  symbol(index: number): string {
    const known = this.#symbols[index]
    if (known !== undefined) return known
    const begin = this.exports.symbolAddress(index)
    const text = this.field(begin, begin + this.exports.symbolSize(index))
    if (index < internedSymbols) this.#symbols[index] = text
    return text
  }

  /** Decodes one field as the standard says: invalid UTF-8 becomes U+FFFD. */
  field(begin: number, end: number): string {
    return begin === end ? '' : this.#utf8.decode(this.bytes.subarray(begin, end))
  }

  /** Decodes a run. Returns undefined if it is not UTF-8, because its UTF-16 offsets are then wrong. */
  run(begin: number, end: number, encoding: number): string | undefined {
    if (encoding === Encoding.bytes) return undefined
    const isAscii = encoding === Encoding.ascii
    const bytes = this.bytes
    if (isAscii && end - begin <= shortText) {
      let text = ''
      for (let at = begin; at < end; at++) text += String.fromCharCode(bytes[at] as number)
      return text
    }
    const run = bytes.subarray(begin, end)
    if (isAscii) return this.#utf8.decode(run)
    try {
      return this.#strictUtf8.decode(run)
    } catch {
      return undefined
    }
  }
}
