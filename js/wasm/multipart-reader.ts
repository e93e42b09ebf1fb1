/** Reads a multipart stream. */

import { StreamError } from '../stream/errors.ts'
import type { MultipartExports } from './exports.ts'
import { checkBytes, checkMaxMessageBytes, defaultMaxHeaderBytes } from './limits.ts'
import type { WasmModule } from './memory.ts'
import { limitExceeded, memoryExceeded, Reader } from './reader.ts'
import { type PartVisitor, Status } from './table.ts'

/** The module of a MultipartReader, for `load`. */
export { multipart } from './generated/multipart.ts'
export type MultipartModule = WasmModule<MultipartExports>

export interface MultipartReaderOptions {
  maxMessageBytes?: number | undefined
  maxHeaderBytes?: number | undefined
  /** Reads a part without a Content-Type as JSON, as GraphQL servers send it, instead of text. */
  jsonByDefault?: boolean
  /** Passes the headers of parts to the visitor. */
  reportHeaders?: boolean
}

/** The state of a stream when its bytes end: see MultipartEnd in src/postsource/multipart_parser.h. */
export type MultipartEnd = 'closed' | 'unclosed' | 'truncated' | 'no-parts' | 'failed'
const multipartEnds: MultipartEnd[] = ['closed', 'unclosed', 'truncated', 'no-parts', 'failed']

/** The rules of a multipart stream, in the order of MultipartRule in src/postsource/multipart_parser.h. */
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
export class MultipartReader extends Reader<MultipartExports> {
  readonly #limits: { maxMessageBytes: number; maxHeaderBytes: number }

  /** `contentType` is the response's header, which names the boundary. */
  constructor(module: MultipartModule, contentType: string, options: MultipartReaderOptions = {}) {
    const { maxHeaderBytes = defaultMaxHeaderBytes, jsonByDefault = false, reportHeaders = false } = options
    const maxMessageBytes = checkMaxMessageBytes(options.maxMessageBytes)
    checkBytes('maxHeaderBytes', maxHeaderBytes)
    // each character of a header is a byte
    const value = Uint8Array.from(contentType, character => character.charCodeAt(0))
    super(module, exports => {
      const address = exports.scratch(value.length)
      if (address === 0) throw memoryExceeded()
      module.bytes.set(value, address)
      return exports.multipartOpen(
        address,
        value.length,
        maxMessageBytes,
        maxHeaderBytes,
        Number(jsonByDefault),
        Number(reportHeaders),
      )
    })
    this.#limits = { maxMessageBytes, maxHeaderBytes }
  }

  /**
   * Reads the next bytes of the stream, in any slicing, and passes the parts that they complete to the visitor. Returns
   * the error that ends the stream, if any: `malformed` or `limit-exceeded`. It names the part, the byte and the rule.
   * Parts before the error have been passed on.
   */
  read(chunk: Uint8Array, visitor: PartVisitor): StreamError | undefined {
    const status = this.feed(chunk, visitor)
    if (status === Status.ok) return undefined
    return status === Status.outOfMemory ? memoryExceeded() : this.#failure(status === Status.limitExceeded)
  }

  #failure(isLimit: boolean): StreamError {
    const at = this.exports.multipartFailure(this.handle) >>> 2
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

  /** Returns the state of the stream when its bytes end now. */
  finish(): MultipartEnd {
    return this.isLost ? 'failed' : (multipartEnds[this.exports.multipartFinish(this.handle)] as MultipartEnd)
  }
}

/** A byte for people: a visible character, or a number. */
function quoteByte(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? `'${String.fromCharCode(byte)}'`
    : `byte 0x${byte.toString(16).padStart(2, '0')}`
}
