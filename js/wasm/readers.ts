/** One reader for each format: takes the chunks of one stream, tells a visitor what they complete, and owns the memory. */

import { StreamError } from '../stream/errors.ts'
import { checkBytes, checkMaxMessageBytes, defaultMaxHeaderBytes } from './limits.ts'
import type { WasmModule } from './memory.ts'
import { feed, type PartVisitor, type SseVisitor, Status, visit } from './table.ts'

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
