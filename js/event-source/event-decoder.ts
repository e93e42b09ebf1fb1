/** From the bytes of a stream to what it says, and of an event stream to its events. */

import type { ChunkReader } from '../stream/chunk-reader.ts'
import type { StreamError } from '../stream/errors.ts'
import { tell } from '../stream/open-streams.ts'
import type { StreamEvent } from '../stream/types.ts'
import { SseReader, type SseReaderOptions, type SseVisitor, type WasmModule } from '../wasm/module.ts'

export interface EventDecoderOptions extends SseReaderOptions {
  /** The last event id in force before the stream's first event; empty by default. */
  lastEventId?: string
}

/** Turns the chunks of one event stream into events. Its owner frees it. */
export class EventDecoder implements SseVisitor, Decoder<StreamEvent> {
  /** The last event id, as far as the stream has been decoded. */
  lastEventId: string
  /** The reconnection time in milliseconds that the server has set; undefined if it has not. */
  reconnectionTime: number | undefined
  /** Why the stream cannot go on, once it cannot. */
  error: StreamError | undefined
  readonly #reader: SseReader
  #events: StreamEvent[] = []

  constructor(module: WasmModule, options: EventDecoderOptions = {}) {
    this.lastEventId = options.lastEventId ?? ''
    this.#reader = new SseReader(module, options)
  }

  /** The events that the stream's next bytes complete. May set `error`: they are the last ones then. */
  decode(chunk: Uint8Array): StreamEvent[] {
    this.#events = []
    this.error = this.#reader.read(chunk, this)
    return this.#events
  }

  /** Frees the memory. Calling it again does nothing. */
  free(): void {
    this.#reader.free()
  }

  onEvent(type: string, data: string, id: string | undefined): void {
    if (id !== undefined) this.lastEventId = id
    this.#events.push({ type: type === '' ? 'message' : type, data, lastEventId: this.lastEventId })
  }

  onId(id: string): void {
    this.lastEventId = id
  }

  onRetry(digits: string): void {
    this.reconnectionTime = Number(digits)
  }
}

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
