/** Reads the parts of a multipart response of any content. */

import { checkSource, discardBody } from '../stream/chunk-reader.ts'
import { BodyReader, type Decoder } from '../stream/decode-body.ts'
import { reasonOf, StreamError } from '../stream/errors.ts'
import { leavable } from '../stream/leavable.ts'
import { byteString, checkBody, essence, readError, refuseStatus, refuseType } from '../stream/request.ts'
import { type OptionNames, warnOfUnknownOptions } from '../stream/unknown-options.ts'
import { onAbort } from '../stream/wait.ts'
import { load } from '../wasm/module.ts'
import {
  type MultipartModule,
  MultipartReader,
  type MultipartReaderOptions,
  multipart,
} from '../wasm/multipart-reader.ts'
import type { PartVisitor } from '../wasm/table.ts'

/** One part of a multipart body. */
export interface Part {
  /** The part's own headers. */
  readonly headers: Headers
  /** The part's body: text if it is JSON, else bytes. */
  readonly body: Uint8Array | string
  /** The parsed body if the part's `Content-Type` is JSON, else undefined. */
  readonly json: unknown
}

/** The options of {@link readParts}; all are optional. */
export interface ReadPartsOptions {
  /** Aborting it cancels the response and makes the iterator throw the signal's reason. */
  signal?: AbortSignal | undefined
  /** The largest part body accepted, in bytes; 16 MiB by default. */
  maxMessageBytes?: number | undefined
  /** The largest headers of a part, in bytes; 16 KiB by default. */
  maxHeaderBytes?: number | undefined
}

declare const process: { env: { NODE_ENV?: string } }

const optionNames: OptionNames<ReadPartsOptions> = {
  maxHeaderBytes: true,
  maxMessageBytes: true,
  signal: true,
}

/**
 * Reads the parts of a multipart response of any subtype. A JSON part is yielded as soon as its JSON is complete, any other
 * part when the delimiter after it has arrived. Leaving the loop cancels the response, also before the first part.
 * https://www.rfc-editor.org/rfc/rfc2046#section-5.1
 *
 * Ends at the close delimiter. Throws, after the parts that came before, a StreamError (`http-status` unless the status
 * is 2xx, `content-type`, `malformed`, `limit-exceeded`, `unsupported`, `network`, or `ended` when the body ended before
 * its close delimiter), the signal's reason, or the AbortError of an aborted request. Throws a TypeError for a promise.
 */
export function readParts(
  response: Response,
  options: ReadPartsOptions = {},
): AsyncGenerator<Part, void, undefined> {
  checkSource('readParts', response)
  try {
    if (process.env.NODE_ENV !== 'production') warnOfUnknownOptions('readParts()', options, optionNames)
  } catch {
    // no `process`
  }
  const leaving = new AbortController()
  return leavable(partsOf(response, options, leaving), leaving, () => discardBody(response))
}

async function* partsOf(
  response: Response,
  options: ReadPartsOptions,
  leaving: AbortController,
): AsyncGenerator<Part, void, undefined> {
  const { signal } = options
  const letGo = onAbort(signal, () => leaving.abort())
  if (signal?.aborted) leaving.abort()
  try {
    const module = await load(multipart)
    if (!response.ok) throw await refuseStatus(response)
    if (!essence(response).startsWith('multipart/')) throw await refuseType(response, 'multipart')
    checkBody(response)
    const decoder = new PartDecoder(module, response.headers.get('content-type') ?? '', options)
    const body = new BodyReader<Part>(response, decoder, leaving.signal, readError)
    try {
      for (let parts = await body.next(); parts !== undefined; parts = await body.next()) {
        for (const part of parts) {
          yield part
          signal?.throwIfAborted()
        }
        if (decoder.closed) return
      }
    } finally {
      body.close()
    }
    signal?.throwIfAborted()
    if (!leaving.signal.aborted)
      throw new StreamError('ended', 'the response ended before its close delimiter')
  } finally {
    letGo()
    discardBody(response)
  }
}

class PartDecoder implements Decoder<Part>, PartVisitor {
  /** Whether the close delimiter has been read. */
  closed = false
  error: StreamError | undefined
  readonly #reader: MultipartReader
  #parts: Part[] = []
  #count = 0

  constructor(module: MultipartModule, contentType: string, options: MultipartReaderOptions) {
    this.#reader = new MultipartReader(module, contentType, { ...options, reportHeaders: true })
  }

  decode(chunk: Uint8Array): Part[] {
    this.#parts = []
    const error = this.#reader.read(chunk, this)
    this.error ??= error
    return this.#parts
  }

  free(): void {
    this.#reader.free()
  }

  onJson(text: string, headers = ''): void {
    this.#add(() => ({ headers: parseHeaders(headers), body: text, json: JSON.parse(text) }))
  }

  onBytes(body: Uint8Array, headers = ''): void {
    this.#add(() => ({ headers: parseHeaders(headers), body, json: undefined }))
  }

  #add(makePart: () => Part): void {
    if (this.error) return
    this.#count++
    try {
      this.#parts.push(makePart())
    } catch (cause) {
      this.error = new StreamError('malformed', `part ${this.#count}: ${reasonOf(cause)}`, { cause })
    }
  }

  onEnd(): void {
    this.closed = this.error === undefined
  }
}

/** Parses header lines. A line that begins with white space continues the previous one. */
function parseHeaders(lines: string): Headers {
  const headers = new Headers()
  for (const line of lines.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.append(line.slice(0, colon).trim(), byteString(line.slice(colon + 1).trim()))
  }
  return headers
}
