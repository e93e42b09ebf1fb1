/** Reads a body and decodes its chunks. */

import { ChunkReader } from './chunk-reader.ts'
import type { StreamError } from './errors.ts'
import { tell } from './open-streams.ts'

/** Decodes the chunks of a stream to values. The owner must free it. */
export interface Decoder<T> {
  /** Returns the values that the stream's next bytes complete. May set `error`; they are then the last ones. */
  decode(chunk: Uint8Array): T[]
  /** Returns the values that the end of the stream completes. May set `error`. */
  finish?(): T[]
  /** The error that ended the stream; undefined while it can continue. */
  readonly error: StreamError | undefined
  free(): void
}

/**
 * Reads a body chunk by chunk and decodes it. All readers of streams are loops over `next`, because an async generator
 * costs three more promises a chunk. Owns the decoder and the body until it is closed. Aborting the signal cancels the
 * body, which ends it.
 */
export class BodyReader<T> {
  readonly #chunks: ChunkReader
  readonly #decoder: Decoder<T>
  readonly #signal: AbortSignal | undefined
  readonly #asError: (cause: unknown) => unknown
  readonly #cancel = () => this.#chunks.cancel()
  #hasEnded = false

  /**
   * `asError` converts an error of the body or the decoder to the error that is thrown. Throws a TypeError for a locked
   * stream, and frees the decoder then.
   */
  constructor(
    source: Response | ReadableStream<Uint8Array>,
    decoder: Decoder<T>,
    signal?: AbortSignal,
    asError: (cause: unknown) => unknown = cause => cause,
  ) {
    try {
      this.#chunks = new ChunkReader(source)
    } catch (cause) {
      decoder.free()
      throw cause
    }
    this.#decoder = decoder
    this.#signal = signal
    this.#asError = asError
    signal?.addEventListener('abort', this.#cancel)
    if (signal?.aborted) this.#cancel()
  }

  /** Resolves with the values that the next chunk completes, perhaps none; with undefined at the end. Rejects with the result of `asError`. */
  async next(): Promise<T[] | undefined> {
    const { stream } = this.#chunks
    try {
      if (this.#decoder.error) throw this.#decoder.error
      if (this.#hasEnded) return undefined
      const chunk = this.#chunks.take(await this.#chunks.request())
      if (chunk) {
        tell('chunk', stream, chunk)
        return this.#decoder.decode(chunk)
      }
      this.#hasEnded = true
      if (this.#signal?.aborted) return undefined
      tell('end', stream)
      return this.#decoder.finish?.()
    } catch (cause) {
      tell('error', stream, cause)
      throw this.#asError(cause)
    }
  }

  /** Frees the decoder and cancels the body. */
  close(): void {
    this.#signal?.removeEventListener('abort', this.#cancel)
    this.#decoder.free()
    this.#cancel()
    tell('close', this.#chunks.stream)
  }
}

/** The values of a stream, chunk by chunk, as a {@link BodyReader} reads them. */
export type Batches<T> = Pick<BodyReader<T>, 'next' | 'close'>

/**
 * Reads to the end and calls `take` with the values of each chunk. Awaits a promise that `take` returns before it reads
 * more. Closes the body. Rejects with the errors of `next` and `take`.
 */
export async function readBody<T>(batches: Batches<T>, take: (values: T[]) => unknown): Promise<void> {
  try {
    for (let values = await batches.next(); values !== undefined; values = await batches.next()) {
      const taken = take(values)
      if (typeof taken === 'object') await taken
    }
  } finally {
    batches.close()
  }
}
