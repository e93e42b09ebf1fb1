/** From the chunks of a body to what a decoder makes of them. */

import type { ChunkReader } from './chunk-reader.ts'
import type { StreamError } from './errors.ts'
import { tell } from './open-streams.ts'

/** What turns the chunks of a stream into values of some kind. Its owner frees it. */
export interface Decoder<T> {
  /** What the stream's next bytes complete. May set `error`: they are the last ones then. */
  decode(chunk: Uint8Array): T[]
  /** What the end of the stream completes. May set `error`. */
  finish?(): T[]
  /** Why the stream cannot go on, once it cannot. */
  readonly error: StreamError | undefined
  free(): void
}

/**
 * Reads a body chunk by chunk and decodes it; everything that reads streams is a loop over `next`. Owns the decoder and
 * the body until it is closed. Aborting the signal cancels the body, which is its end.
 */
export class BodyReader<T> {
  readonly #chunks: ChunkReader
  readonly #decoder: Decoder<T>
  readonly #signal: AbortSignal | undefined
  readonly #asError: (cause: unknown) => unknown
  readonly #cancel = () => this.#chunks.cancel()
  #hasEnded = false

  /** `asError` makes the error to throw of what the body, or the decoder, fails with. */
  constructor(
    chunks: ChunkReader,
    decoder: Decoder<T>,
    signal?: AbortSignal,
    asError: (cause: unknown) => unknown = cause => cause,
  ) {
    this.#chunks = chunks
    this.#decoder = decoder
    this.#signal = signal
    this.#asError = asError
    signal?.addEventListener('abort', this.#cancel)
    if (signal?.aborted) this.#cancel()
  }

  /** What the next chunk completes, which may be nothing; undefined at the end. Rejects with what `asError` makes. */
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

/**
 * Reads a body to its end and hands on what each chunk completes. Waits for a promise that `take` returns before it
 * reads on. Closes the body. Rejects with what `next` or `take` fails with.
 */
export async function readBody<T>(body: BodyReader<T>, take: (values: T[]) => unknown): Promise<void> {
  try {
    for (let values = await body.next(); values !== undefined; values = await body.next()) {
      const taken = take(values)
      if (typeof taken === 'object') await taken
    }
  } finally {
    body.close()
  }
}

/** The same as an iterator, whose end or `return` closes the body. */
export async function* iterateBody<T>(body: BodyReader<T>): AsyncGenerator<T[], void, undefined> {
  try {
    for (let values = await body.next(); values !== undefined; values = await body.next()) yield values
  } finally {
    body.close()
  }
}
