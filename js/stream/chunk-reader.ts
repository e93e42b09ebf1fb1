/** Reads a body chunk by chunk, into one recycled buffer if the body supports it. */

import { StreamError } from './errors.ts'
import { iteratedReader } from './iterated-body.ts'
import { type OpenStream, streamOf, tell } from './open-streams.ts'

const bufferBytes = 64 * 1024

type Reader =
  | { byob: true; reader: ReadableStreamBYOBReader }
  | { byob: false; reader: Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'> }

/** A chunk is valid until the next read. Throws a TypeError for a locked stream. */
export class ChunkReader {
  /** What is known about the stream, for its observers. */
  readonly stream: OpenStream | undefined
  readonly #body: Reader
  #buffer: ArrayBuffer | undefined

  constructor(source: Response | ReadableStream<Uint8Array>) {
    this.#body = open(source)
    this.stream = streamOf(source)
  }

  /** Requests the next chunk of the stream. Pass the result to `take`. */
  request(): Promise<ReadableStreamReadResult<Uint8Array>> {
    if (!this.#body.byob) return this.#body.reader.read()
    return this.#body.reader.read(new Uint8Array(this.#buffer ?? new ArrayBuffer(bufferBytes)))
  }

  /** The chunk of a result, or undefined at the end. */
  take({ done, value }: ReadableStreamReadResult<Uint8Array>): Uint8Array | undefined {
    if (this.#body.byob) this.#buffer = value?.buffer as ArrayBuffer | undefined // the read transferred it
    if (done) return undefined
    // a chunk may belong to another realm, such as a frame's or a test runner's
    if (value instanceof Uint8Array) return value
    if (ArrayBuffer.isView(value)) return bytesOf(value)
    const kind = typeof value === 'string' ? 'text' : `a chunk of type ${typeof value}`
    const message = `the stream gave ${kind} where bytes are read: give chunks of bytes, such as Uint8Array`
    throw new StreamError('invalid-request', message)
  }

  /** Cancels the body, which releases its connection; after its end there is nothing left to cancel. */
  cancel(): void {
    this.#body.reader.cancel().catch(() => {}) // the reader has already seen why the stream failed
  }
}

function open(source: Response | ReadableStream<Uint8Array>): Reader {
  const isResponse = 'body' in source
  const body = isResponse ? (source.body as ReadableStream<Uint8Array>) : source
  if (typeof body.getReader !== 'function') return { byob: false, reader: iteratedReader(body) }
  if (body.locked) throw new TypeError('the stream is locked: something else is reading it')
  // A page's own byte stream may close without answering a BYOB request, which then waits forever.
  // [fetch] a response that a page made has the type "default", so these types come from the network
  if (isResponse && (source.type === 'basic' || source.type === 'cors')) {
    try {
      return { byob: true, reader: body.getReader({ mode: 'byob' }) }
    } catch {
      // not a stream of bytes, or a runtime without such readers
    }
  }
  return { byob: false, reader: body.getReader() }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** Throws a TypeError for what is no response or stream. `reader` is the function that was given it. */
export function checkSource(reader: string, source: unknown): void {
  if (typeof (source as PromiseLike<unknown> | undefined)?.then === 'function')
    throw new TypeError(
      `${reader} was given a promise: give it the response, as in ${reader}(await fetch(url))`,
    )
  if (typeof source !== 'object' || source === null)
    throw new TypeError(
      `${reader} was given ${source === null ? 'null' : `a ${typeof source}`}: give it a Response`,
    )
}

/** Cancels a body that was never read. Does nothing for a body that is being read, or was read. */
export function discardBody(source: Response | ReadableStream<Uint8Array>): void {
  const body = 'body' in source ? source.body : source
  if (!body || body.locked) return
  const chunks = new ChunkReader(source)
  chunks.cancel()
  tell('close', chunks.stream)
}
