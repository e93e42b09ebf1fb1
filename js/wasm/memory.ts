/** The instantiated module with views of its memory, and the text in it. */

import type { StreamExports } from './exports.ts'

/** How the bytes of a run are to be read; see bindings/table.h. */
export const Encoding = { utf8: 0, ascii: 1, bytes: 2 } as const

/** Symbols below this stand for the same text for good. */
const internedSymbols = 32
/** Up to here, putting characters together is faster than a TextDecoder call. */
const shortText = 16

/** Memory up to this stays with a module that no stream uses. */
const idleBytes = 4 * 1024 * 1024

/** A module, its instance, and views of its memory that follow its growth. */
export class WasmModule<Exports extends StreamExports = StreamExports> {
  exports!: Exports
  /** Where a stream's next bytes are to be written; 0 where there is no memory for them. */
  room!: (handle: number, size: number) => number
  /** Parses the bytes written there; gives the address of the table that says what they complete. */
  feed!: (handle: number, size: number) => number
  readonly #compiled: WebAssembly.Module | undefined
  // A run never holds the stream's first bytes without a field name before them: a U+FEFF in it is text.
  readonly #utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #strictUtf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })
  #symbols: string[] = []
  #bytes = new Uint8Array(0)
  #words = new Int32Array(0)
  #readers = 0

  /** Without `compiled` it is the fallback. */
  constructor(exports: Exports, compiled?: WebAssembly.Module) {
    this.#compiled = compiled
    // Node decodes with ICU once a decoder has streamed: twice as fast as its other way where text is not ASCII.
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
   * Goes on with a new instance: all readers of the old one have lost their streams. Does nothing for the fallback,
   * which has but one, and where the runtime has no memory for another.
   */
  renew(): void {
    if (this.#compiled === undefined) return
    try {
      this.#use(new WebAssembly.Instance(this.#compiled).exports as unknown as Exports)
    } catch {
      // the old one serves
    }
  }

  /** A reader has been opened. */
  enter(): void {
    this.#readers++
  }

  /** A reader has been freed. A linear memory never shrinks: after the last one, a large one goes with its instance. */
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

  /** Growing the memory detaches the views. That of the fallback leaves them as they are, of memory that is no more. */
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

  /** The text of a symbol: of an event's type, or of a line that is reported beside the events. */
  symbol(index: number): string {
    const known = this.#symbols[index]
    if (known !== undefined) return known
    const begin = this.exports.symbolAddress(index)
    const text = this.field(begin, begin + this.exports.symbolSize(index))
    if (index < internedSymbols) this.#symbols[index] = text
    return text
  }

  /** Decodes one field as the standard does: what is not UTF-8 becomes U+FFFD. */
  field(begin: number, end: number): string {
    return begin === end ? '' : this.#utf8.decode(this.bytes.subarray(begin, end))
  }

  /** Decodes a run; undefined where it is not UTF-8, so that its offsets do not hold. */
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
