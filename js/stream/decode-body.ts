/** The loop that reads a body chunk by chunk and hands on what a decoder makes of it. */

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
 * What a body says, chunk by chunk; an empty batch where a chunk completes nothing.
 * Aborting the signal cancels the body, which ends the iteration. Frees the decoder and cancels the body when
 * it is left. Throws the decoder's error, and what `asError` makes of what the body fails with.
 */
export async function* decodeBody<T>(
  chunks: ChunkReader,
  decoder: Decoder<T>,
  signal?: AbortSignal,
  asError: (cause: unknown) => unknown = cause => cause,
): AsyncGenerator<T[], void, undefined> {
  const cancel = () => chunks.cancel()
  signal?.addEventListener('abort', cancel)
  if (signal?.aborted) cancel()
  try {
    for (let chunk = await chunks.read(); chunk !== undefined; chunk = await chunks.read()) {
      tell('chunk', chunks.stream, chunk)
      yield decoder.decode(chunk)
      if (decoder.error) throw decoder.error
    }
    if (!signal?.aborted) tell('end', chunks.stream)
    if (decoder.finish && !signal?.aborted) {
      yield decoder.finish()
      if (decoder.error) throw decoder.error
    }
  } catch (cause) {
    tell('error', chunks.stream, cause)
    throw asError(cause)
  } finally {
    signal?.removeEventListener('abort', cancel)
    decoder.free()
    cancel()
    tell('close', chunks.stream)
  }
}
