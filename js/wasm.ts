/**
 * The only file that sees the WebAssembly module, its heap, or an address in it: loads the module once, on
 * first use, and turns what the module says about a chunk into plain values.
 */

import { StreamError } from './errors.ts'
import { binary } from './generated/binary.ts'
import createModule, { type MainModule } from './generated/module.js'

/** Where the module may come from: its address, a response with it, its bytes, or the module compiled already. */
export type WasmSource = string | URL | Response | BufferSource | WebAssembly.Module

/** The largest message accepted unless the user says otherwise: 16 MiB. */
const defaultMaxMessageBytes = 16 * 1024 * 1024

// What bindings/event_table.h lays out.
const Kind = { event: 0, id: 1, retry: 2, comment: 3, ignoredLine: 4 } as const
const headerWords = 2
const runWords = 4
const recordWords = 6
const byteOffsetWords = 4
const noId = -1

/** Symbols below this stand for the same text for good. */
const internedSymbols = 32
/** Longer chunks are fed in pieces: this bounds what one feed can report, and the memory that streams share. */
const feedBytes = 64 * 1024
/** Up to here, putting characters together is faster than a TextDecoder call. */
const shortText = 16

// A run never holds the stream's first bytes without a field name before them: a U+FEFF in it is text.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const strictUtf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })
// Node decodes with ICU once a decoder has streamed: twice as fast as its other way where text is not ASCII.
strictUtf8.decode(new Uint8Array(), { stream: true })

/** The instantiated module, with views of its memory that follow its growth. */
export class WasmModule {
  readonly exports: MainModule
  /** Where a stream's next bytes are to be written. */
  readonly sseRoom: (handle: number, size: number) => number
  /** Parses the bytes written there; gives the address of the table that says what they complete. */
  readonly sseFeed: (handle: number, size: number) => number
  readonly #symbols: string[] = []
  #bytes = new Uint8Array(0)
  #words = new Int32Array(0)

  constructor(exports: MainModule) {
    this.exports = exports
    this.sseRoom = exports._sse_room
    this.sseFeed = exports._sse_feed
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length === 0) this.#refresh()
    return this.#bytes
  }

  get words(): Int32Array<ArrayBuffer> {
    if (this.#words.length === 0) this.#refresh()
    return this.#words
  }

  // growing the memory has detached the views
  #refresh(): void {
    this.#bytes = this.exports.HEAPU8 as Uint8Array<ArrayBuffer>
    this.#words = new Int32Array(this.#bytes.buffer)
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
    return begin === end ? '' : utf8.decode(this.bytes.subarray(begin, end))
  }

  /** Decodes a run; undefined where it is not UTF-8, so that its offsets do not hold. */
  run(begin: number, end: number, isAscii: boolean): string | undefined {
    const bytes = this.bytes
    if (isAscii && end - begin <= shortText) {
      let text = ''
      for (let at = begin; at < end; at++) text += String.fromCharCode(bytes[at] as number)
      return text
    }
    const run = bytes.subarray(begin, end)
    if (isAscii) return utf8.decode(run)
    try {
      return strictUtf8.decode(run)
    } catch {
      return undefined
    }
  }
}

/**
 * Is told what a chunk completes, in the order of the stream. It only takes notes: the module's memory is
 * shared by all readers, so nothing may be read before the visit is over.
 */
export interface SseVisitor {
  /** An event; `type` is empty where the block named none, `id` undefined where it had no id of its own. */
  onEvent(type: string, data: string, id: string | undefined): void
  /** A block without data has moved the last event id. */
  onId(id: string): void
  /** The server has set the reconnection time, in milliseconds: digits, however many. */
  onRetry(digits: string): void
  /** What follows the colon of a comment; only with `reportIgnored`. */
  onComment?(text: string): void
  /** A line that has no effect; only with `reportIgnored`. */
  onIgnoredLine?(line: string): void
}

export interface SseReaderOptions {
  maxMessageBytes?: number
  reportIgnored?: boolean
  /** Also tell of a block that names an event but has no data. */
  dispatchWithoutData?: boolean
}

/** Reads one event stream. Its memory is not the garbage collector's: whoever makes a reader frees it. */
export class SseReader {
  readonly #module: WasmModule
  readonly #maxMessageBytes: number
  #handle: number

  constructor(module: WasmModule, options: SseReaderOptions = {}) {
    this.#module = module
    this.#maxMessageBytes = checkMaxMessageBytes(options.maxMessageBytes)
    this.#handle = module.exports.sseOpen(
      this.#maxMessageBytes,
      options.reportIgnored ?? false,
      options.dispatchWithoutData ?? false,
    )
  }

  /** Whether the stream has stopped within a line. */
  get inLine(): boolean {
    return this.#module.exports.sseInLine(this.#handle)
  }

  /**
   * Reads the next bytes of the stream, in any slicing, and tells the visitor what they complete.
   * Returns the error that ends the stream, `limit-exceeded`, once there is one; what came before it was told.
   */
  read(chunk: Uint8Array, visitor: SseVisitor): StreamError | undefined {
    const module = this.#module
    for (let at = 0; at < chunk.length; at += feedBytes) {
      const piece = chunk.length <= feedBytes ? chunk : chunk.subarray(at, at + feedBytes)
      const room = module.sseRoom(this.#handle, piece.length)
      module.bytes.set(piece, room)
      const table = module.sseFeed(this.#handle, piece.length) >>> 2
      const words = module.words
      visit(module, words, table + headerWords, table + (words[table + 1] as number), visitor)
      if (words[table] !== 0) return this.#limitExceeded()
    }
    return undefined
  }

  #limitExceeded(): StreamError {
    return new StreamError(
      'limit-exceeded',
      `a message is larger than the limit of ${this.#maxMessageBytes} bytes; maxMessageBytes sets it`,
    )
  }

  /** Back to the beginning of a new stream. */
  reset(): void {
    this.#module.exports.sseReset(this.#handle)
  }

  /** Frees the memory. Calling it again does nothing. */
  free(): void {
    if (this.#handle !== 0) this.#module.exports.sseClose(this.#handle)
    this.#handle = 0
  }
}

/** The limit to apply for the option; throws a RangeError where it is no number of bytes. */
export function checkMaxMessageBytes(bytes = defaultMaxMessageBytes): number {
  if (Number.isInteger(bytes) && bytes > 0 && bytes < 2 ** 31) return bytes
  throw new RangeError(`maxMessageBytes must be a whole number from 1 to 2147483647, not ${bytes}`)
}

/** Tells a visitor what a table says: a loop over runs, and one over the records of each. */
function visit(module: WasmModule, words: Int32Array, begin: number, end: number, visitor: SseVisitor): void {
  for (let at = begin; at < end; ) {
    const address = words[at] as number
    const isAscii = words[at + 3] !== 0
    const records = at + runWords
    const recordsEnd = records + (words[at + 2] as number) * recordWords
    const text = module.run(address, address + (words[at + 1] as number), isAscii)
    if (text !== undefined) {
      visitRecords(module, words, records, recordsEnd, text, visitor)
    } else {
      visitFields(module, words, records, recordsEnd, address, visitor)
    }
    at = isAscii ? recordsEnd : recordsEnd + (words[at + 2] as number) * byteOffsetWords
  }
}

/** The records of a run that has been decoded. This is where the time goes: no call or closure that can be spared. */
function visitRecords(
  module: WasmModule,
  words: Int32Array,
  begin: number,
  end: number,
  text: string,
  visitor: SseVisitor,
): void {
  for (let at = begin; at < end; at += recordWords) {
    const kind = words[at] as number
    const symbol = words[at + 1] as number
    const idBegin = words[at + 4] as number
    const id = idBegin === noId ? undefined : text.slice(idBegin, words[at + 5] as number)
    if (kind === Kind.event) {
      visitor.onEvent(module.symbol(symbol), text.slice(words[at + 2] as number, words[at + 3] as number), id)
    } else {
      visitOther(module, kind, symbol, id, visitor)
    }
  }
}

/** The records of a run that is not UTF-8: every field is decoded alone, by its place in bytes. */
function visitFields(
  module: WasmModule,
  words: Int32Array,
  begin: number,
  end: number,
  address: number,
  visitor: SseVisitor,
): void {
  const field = (offset: number): string =>
    module.field(address + (words[offset] as number), address + (words[offset + 1] as number))
  for (let at = begin, offsets = end; at < end; at += recordWords, offsets += byteOffsetWords) {
    const kind = words[at] as number
    const symbol = words[at + 1] as number
    const id = words[offsets + 2] === noId ? undefined : field(offsets + 2)
    if (kind === Kind.event) {
      visitor.onEvent(module.symbol(symbol), field(offsets), id)
    } else {
      visitOther(module, kind, symbol, id, visitor)
    }
  }
}

function visitOther(
  module: WasmModule,
  kind: number,
  symbol: number,
  id: string | undefined,
  visitor: SseVisitor,
): void {
  if (kind === Kind.id) visitor.onId(id as string)
  else if (kind === Kind.retry) visitor.onRetry(module.symbol(symbol))
  else if (kind === Kind.comment) visitor.onComment?.(module.symbol(symbol))
  else if (kind === Kind.ignoredLine) visitor.onIgnoredLine?.(module.symbol(symbol))
}

let source: WasmSource | undefined
let module: WasmModule | undefined
let loading: Promise<WasmModule> | undefined

/**
 * Loads the module now rather than with the first stream, or from elsewhere than this package's own
 * JavaScript, where it is embedded: `postsource/postsource.wasm` is the same module as a file.
 * Rejects with a StreamError `unsupported` where it cannot be compiled.
 */
export async function init(options: { wasm?: WasmSource } = {}): Promise<void> {
  source = options.wasm
  await load()
}

/** The module, compiled without blocking. */
export function load(): Promise<WasmModule> {
  if (module !== undefined) return Promise.resolve(module)
  loading ??= compile(source)
    .then(instantiate)
    .then(
      exports => {
        module ??= new WasmModule(exports)
        return module
      },
      cause => {
        loading = undefined
        throw unsupported(cause)
      },
    )
  return loading
}

/** The module at once, from the embedded bytes, for interfaces that cannot wait. */
export function loadSync(): WasmModule {
  if (module !== undefined) return module
  const wasmBinary = embedded()
  const exports = { wasmBinary } as unknown as MainModule
  // the factory is declared asynchronous, but with the bytes at hand it is done when it returns
  void Promise.resolve(createModule(exports)).catch(() => {})
  if (exports.sseOpen === undefined) {
    try {
      new WebAssembly.Module(wasmBinary)
    } catch (cause) {
      throw unsupported(cause)
    }
    throw unsupported(undefined)
  }
  module = new WasmModule(exports)
  return module
}

/** Where neither compiles there will be a JavaScript build of the same parsers to turn to: this is its place. */
function unsupported(cause: unknown): StreamError {
  const reason = cause instanceof Error ? cause.message : 'WebAssembly is missing'
  return new StreamError(
    'unsupported',
    `the parser could not be compiled (${reason}). A content security policy must allow 'wasm-unsafe-eval'; ` +
      'the runtime must know WebAssembly with SIMD (browsers since 2021 to 2023, Node 16.4)',
    { cause },
  )
}

function embedded(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(binary), character => character.charCodeAt(0))
}

async function compile(from: WasmSource | undefined): Promise<WebAssembly.Module> {
  if (from === undefined) return WebAssembly.compile(embedded())
  if (from instanceof WebAssembly.Module) return from
  if (typeof from === 'string' || from instanceof URL) return compile(await fetch(from))
  if (from instanceof Response) {
    if (!from.ok) throw new Error(`status ${from.status} for ${from.url}`)
    return WebAssembly.compile(await from.arrayBuffer())
  }
  return WebAssembly.compile(from)
}

function instantiate(compiled: WebAssembly.Module): Promise<MainModule> {
  return new Promise((resolve, reject) => {
    const instantiateWasm = (
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance) => void,
    ) => {
      WebAssembly.instantiate(compiled, imports).then(receive, reject)
    }
    Promise.resolve(createModule({ instantiateWasm })).then(resolve, reject)
  })
}
