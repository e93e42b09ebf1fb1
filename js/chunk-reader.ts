/** Reads a body chunk by chunk, into one recycled buffer where the body can be read that way. */

const bufferBytes = 64 * 1024

/** A chunk is valid until the next read. */
export class ChunkReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | ReadableStreamBYOBReader
  #buffer = new ArrayBuffer(0)

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = readerOf(body)
    if (this.#reader instanceof ReadableStreamDefaultReader) return
    this.#buffer = new ArrayBuffer(bufferBytes)
  }

  /** The next chunk, or undefined at the end. */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#reader instanceof ReadableStreamDefaultReader) {
      const { value } = await this.#reader.read()
      if (value === undefined || value instanceof Uint8Array) return value
      throw new TypeError('a stream to read events from must give Uint8Array chunks')
    }
    const { done, value } = await this.#reader.read(new Uint8Array(this.#buffer))
    if (value !== undefined) this.#buffer = value.buffer
    return done ? undefined : value
  }

  /** Cancels the body, which releases its connection; after its end there is nothing left to cancel. */
  cancel(): void {
    this.#reader.cancel().catch(() => {}) // it has failed already, and whoever reads has seen why
  }
}

function readerOf(
  body: ReadableStream<Uint8Array>,
): ReadableStreamDefaultReader<Uint8Array> | ReadableStreamBYOBReader {
  if (body.locked) throw new TypeError('the stream is locked: something else is reading it')
  try {
    return body.getReader({ mode: 'byob' })
  } catch {
    return body.getReader() // not a stream of bytes, or a runtime without such readers
  }
}
