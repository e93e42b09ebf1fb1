/**
 * The only file that sees the WebAssembly module, its heap, or an address in it: loads the module once, on
 * first use, and turns what the module says about a chunk into plain values.
 */

import { StreamError } from '../stream/errors.ts'
import { decodeBinary } from './decode-binary.ts'
import { binary } from './generated/binary.ts'
import createModule, { type MainModule } from './generated/module.js'

/** Where the module may come from: its address, a response with it, its bytes, or the module compiled already. */
export type WasmSource = string | URL | Response | BufferSource | WebAssembly.Module

/** The largest message accepted unless the user says otherwise: 16 MiB. */
const defaultMaxMessageBytes = 16 * 1024 * 1024

/** The most header bytes that a part may have unless the user says otherwise: 16 KiB. */
const defaultMaxHeaderBytes = 16 * 1024

// What bindings/table.h lays out.
const Kind = {
  event: 0,
  id: 1,
  retry: 2,
  comment: 3,
  ignoredLine: 4,
  jsonPart: 5,
  bytePart: 6,
  end: 7,
} as const
const Encoding = { utf8: 0, ascii: 1, bytes: 2 } as const
const headerWords = 2
const runWords = 4
const recordWords = 6
const byteOffsetWords = 4
const none = -1

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
  readonly room: (handle: number, size: number) => number
  /** Parses the bytes written there; gives the address of the table that says what they complete. */
  readonly feed: (handle: number, size: number) => number
  readonly #symbols: string[] = []
  #bytes = new Uint8Array(0)
  #words = new Int32Array(0)

  constructor(exports: MainModule) {
    this.exports = exports
    this.room = exports._room
    this.feed = exports._feed
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

/** Is told what a chunk of a multipart stream completes; takes notes as an SseVisitor does. */
export interface PartVisitor {
  /** A part whose body is JSON: its text, without white space around it. */
  onJson(text: string, headers: string | undefined): void
  /** A part of another type. The bytes are a copy. */
  onBytes(bytes: Uint8Array<ArrayBuffer>, headers: string | undefined): void
  /** The close delimiter: the stream is complete. */
  onEnd(): void
}

export interface SseReaderOptions {
  maxMessageBytes?: number | undefined
  reportIgnored?: boolean
}

let unfreed = 0

/** How many readers have not been freed, for whoever looks for leaks. */
export function unfreedReaders(): number {
  return unfreed
}

/** Reads one stream. Its memory is not the garbage collector's: whoever makes a reader frees it. */
class Reader {
  protected readonly module: WasmModule
  protected handle: number

  protected constructor(module: WasmModule, handle: number) {
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

/** Reads an event stream. */
export class SseReader extends Reader {
  readonly #maxMessageBytes: number

  constructor(module: WasmModule, options: SseReaderOptions = {}) {
    const maxMessageBytes = checkMaxMessageBytes(options.maxMessageBytes)
    super(module, module.exports.sseOpen(maxMessageBytes, Number(options.reportIgnored ?? false)))
    this.#maxMessageBytes = maxMessageBytes
  }

  /** Whether the stream has stopped within a line. */
  get inLine(): boolean {
    return this.module.exports.sseInLine(this.handle) !== 0
  }

  /**
   * Reads the next bytes of the stream, in any slicing, and tells the visitor what they complete.
   * Returns the error that ends the stream, `limit-exceeded`, once there is one; what came before it was told.
   */
  read(chunk: Uint8Array, visitor: SseVisitor): StreamError | undefined {
    const status = feed(this.module, this.handle, chunk, visitor)
    return status === Status.ok ? undefined : messageLimitExceeded(this.#maxMessageBytes)
  }

  /** Back to the beginning of a new stream. */
  reset(): void {
    this.module.exports.sseReset(this.handle)
  }
}

/** Reads GraphQL over SSE as an SseReader does: results are named `next` and ends `complete`, whatever came. */
export class GraphqlSseReader extends Reader {
  readonly #maxMessageBytes: number

  constructor(module: WasmModule, maxMessageBytes?: number) {
    const limit = checkMaxMessageBytes(maxMessageBytes)
    super(module, module.exports.graphqlSseOpen(limit))
    this.#maxMessageBytes = limit
  }

  read(chunk: Uint8Array, visitor: SseVisitor): StreamError | undefined {
    const status = feed(this.module, this.handle, chunk, visitor)
    return status === Status.ok ? undefined : messageLimitExceeded(this.#maxMessageBytes)
  }

  /** The bytes have ended: tells the visitor of a last event that is whole but for its blank line. */
  finish(visitor: SseVisitor): void {
    visit(this.module, this.module.exports.graphqlSseFinish(this.handle), visitor)
  }
}

export interface MultipartReaderOptions {
  maxMessageBytes?: number | undefined
  maxHeaderBytes?: number | undefined
  /** A part without a Content-Type is JSON, as with GraphQL, rather than text. */
  jsonByDefault?: boolean
  /** Hand out the headers of the parts. */
  reportHeaders?: boolean
}

/** What the end of the bytes means: see MultipartEnd in src/postsource/multipart_parser.h. */
export type MultipartEnd = 'closed' | 'unclosed' | 'truncated' | 'no-parts' | 'failed'
const multipartEnds: MultipartEnd[] = ['closed', 'unclosed', 'truncated', 'no-parts', 'failed']

/** What a failed stream has broken, in the order of MultipartRule in src/postsource/multipart_parser.h. */
const headerSizeRule = 3
const multipartRules = [
  '',
  'a boundary has its line for itself',
  'a header is a name, a colon and a value',
  'its headers are larger than the limit',
  'it is larger than the limit',
  'this is not JSON',
  'the JSON of the part is not complete',
  'only white space may follow the JSON value of a part',
]

/** Reads a multipart stream. */
export class MultipartReader extends Reader {
  readonly #limits: { maxMessageBytes: number; maxHeaderBytes: number }

  /** `contentType` is the response's header, which names the boundary. */
  constructor(module: WasmModule, contentType: string, options: MultipartReaderOptions = {}) {
    const { maxHeaderBytes = defaultMaxHeaderBytes, jsonByDefault = false, reportHeaders = false } = options
    const maxMessageBytes = checkMaxMessageBytes(options.maxMessageBytes)
    checkBytes('maxHeaderBytes', maxHeaderBytes)
    // a header's characters are bytes
    const value = Uint8Array.from(contentType, character => character.charCodeAt(0))
    const address = module.exports.scratch(value.length)
    module.bytes.set(value, address)
    const handle = module.exports.multipartOpen(
      address,
      value.length,
      maxMessageBytes,
      maxHeaderBytes,
      Number(jsonByDefault),
      Number(reportHeaders),
    )
    super(module, handle)
    this.#limits = { maxMessageBytes, maxHeaderBytes }
  }

  /**
   * Reads the next bytes of the stream, in any slicing, and tells the visitor what they complete.
   * Returns the error that ends the stream once there is one, `malformed` or `limit-exceeded`; it names the part, the
   * byte and the rule. What came before it was told.
   */
  read(chunk: Uint8Array, visitor: PartVisitor): StreamError | undefined {
    const status = feed(this.module, this.handle, chunk, visitor)
    return status === Status.ok ? undefined : this.#failure(status === Status.limitExceeded)
  }

  #failure(isLimit: boolean): StreamError {
    const at = this.module.exports.multipartFailure(this.handle) >>> 2
    const [rule = 0, byte = 0, part, offset, streamOffset] = new Uint32Array(
      this.module.words.buffer,
      at * 4,
      5,
    )
    const place = `part ${part}`
    if (isLimit) {
      const name = rule === headerSizeRule ? 'maxHeaderBytes' : 'maxMessageBytes'
      return limitExceeded(`${place}: ${multipartRules[rule]}`, name, this.#limits[name])
    }
    return new StreamError(
      'malformed',
      `${place}, byte ${offset}: unexpected ${quoteByte(byte)}: ${multipartRules[rule]} (byte ${streamOffset} of the stream)`,
    )
  }

  /** What it means that the bytes end here. */
  finish(): MultipartEnd {
    return multipartEnds[this.module.exports.multipartFinish(this.handle)] as MultipartEnd
  }
}

const Status = { ok: 0, limitExceeded: 1 } as const

function messageLimitExceeded(maxMessageBytes: number): StreamError {
  return limitExceeded('a message is larger than the limit', 'maxMessageBytes', maxMessageBytes)
}

function limitExceeded(what: string, option: string, bytes: number): StreamError {
  return new StreamError('limit-exceeded', `${what} of ${bytes} bytes; ${option} sets it`)
}

/** A byte as people read it: a character where it is a visible one. */
function quoteByte(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? `'${String.fromCharCode(byte)}'`
    : `byte 0x${byte.toString(16).padStart(2, '0')}`
}

/** The limit to apply for the option; throws a RangeError where it is no number of bytes. */
export function checkMaxMessageBytes(bytes = defaultMaxMessageBytes): number {
  return checkBytes('maxMessageBytes', bytes)
}

function checkBytes(option: string, bytes: number): number {
  if (Number.isInteger(bytes) && bytes > 0 && bytes < 2 ** 31) return bytes
  throw new RangeError(`${option} must be a whole number from 1 to 2147483647, not ${bytes}`)
}

type Visitor = SseVisitor | PartVisitor

/** Gives a chunk to a stream's parser and tells the visitor what it completes. Returns the parser's status. */
function feed(module: WasmModule, handle: number, chunk: Uint8Array, visitor: Visitor): number {
  for (let at = 0; at < chunk.length; at += feedBytes) {
    const piece = chunk.length <= feedBytes ? chunk : chunk.subarray(at, at + feedBytes)
    const room = module.room(handle, piece.length)
    module.bytes.set(piece, room)
    const status = visit(module, module.feed(handle, piece.length), visitor)
    if (status !== Status.ok) return status
  }
  return Status.ok
}

/** Tells a visitor what the table at `address` says: a loop over runs, and one over the records of each. */
function visit(module: WasmModule, address: number, visitor: Visitor): number {
  const table = address >>> 2
  const words = module.words
  const end = table + (words[table + 1] as number)
  // only records of its own format come to a visitor
  const all = visitor as SseVisitor & PartVisitor
  for (let at = table + headerWords; at < end; ) {
    const begin = words[at] as number
    const encoding = words[at + 3] as number
    const records = at + runWords
    const recordsEnd = records + (words[at + 2] as number) * recordWords
    const text = module.run(begin, begin + (words[at + 1] as number), encoding)
    if (text !== undefined) {
      visitRecords(module, words, records, recordsEnd, text, all)
    } else {
      const offsets =
        encoding === Encoding.bytes
          ? { at: records + 2, step: recordWords }
          : { at: recordsEnd, step: byteOffsetWords }
      visitFields(module, words, records, recordsEnd, begin, offsets, all)
    }
    at = encoding === Encoding.utf8 ? recordsEnd + (words[at + 2] as number) * byteOffsetWords : recordsEnd
  }
  return words[table] as number
}

/** The records of a run that has been decoded. This is where the time goes: no call or closure that can be spared. */
function visitRecords(
  module: WasmModule,
  words: Int32Array,
  begin: number,
  end: number,
  text: string,
  visitor: SseVisitor & PartVisitor,
): void {
  for (let at = begin; at < end; at += recordWords) {
    const kind = words[at] as number
    const symbol = words[at + 1] as number
    const extraBegin = words[at + 4] as number
    const extra = extraBegin === none ? undefined : text.slice(extraBegin, words[at + 5] as number)
    if (kind === Kind.event) {
      visitor.onEvent(
        module.symbol(symbol),
        text.slice(words[at + 2] as number, words[at + 3] as number),
        extra,
      )
    } else if (kind === Kind.jsonPart) {
      visitor.onJson(text.slice(words[at + 2] as number, words[at + 3] as number), extra)
    } else {
      visitOther(module, kind, symbol, extra, visitor)
    }
  }
}

/** The records of a run that is not to be decoded as one: every field alone, by its place in bytes. */
function visitFields(
  module: WasmModule,
  words: Int32Array,
  begin: number,
  end: number,
  address: number,
  offsets: { at: number; step: number },
  visitor: SseVisitor & PartVisitor,
): void {
  const field = (offset: number): string =>
    module.field(address + (words[offset] as number), address + (words[offset + 1] as number))
  let at = offsets.at
  for (let record = begin; record < end; record += recordWords, at += offsets.step) {
    const kind = words[record] as number
    const symbol = words[record + 1] as number
    const extra = words[at + 2] === none ? undefined : field(at + 2)
    if (kind === Kind.event) {
      visitor.onEvent(module.symbol(symbol), field(at), extra)
    } else if (kind === Kind.jsonPart) {
      visitor.onJson(field(at), extra)
    } else if (kind === Kind.bytePart) {
      const bytes = module.bytes.slice(address + (words[at] as number), address + (words[at + 1] as number))
      visitor.onBytes(bytes, extra)
    } else {
      visitOther(module, kind, symbol, extra, visitor)
    }
  }
}

function visitOther(
  module: WasmModule,
  kind: number,
  symbol: number,
  id: string | undefined,
  visitor: SseVisitor & PartVisitor,
): void {
  if (kind === Kind.id) visitor.onId(id as string)
  else if (kind === Kind.retry) visitor.onRetry(module.symbol(symbol))
  else if (kind === Kind.comment) visitor.onComment?.(module.symbol(symbol))
  else if (kind === Kind.ignoredLine) visitor.onIgnoredLine?.(module.symbol(symbol))
  else if (kind === Kind.end) visitor.onEnd()
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
  const wasmBinary = decodeBinary(binary)
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
      'WebAssembly with SIMD is needed (browsers since 2021 to 2023)',
    { cause },
  )
}

async function compile(from: WasmSource | undefined): Promise<WebAssembly.Module> {
  if (from === undefined) return WebAssembly.compile(decodeBinary(binary))
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
