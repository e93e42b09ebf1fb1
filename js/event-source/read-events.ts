/** The lower floor: the events of a response or a stream, without EventTarget and without reconnection. */

import { ChunkReader } from '../stream/chunk-reader.ts'
import { decodeBody } from '../stream/decode-body.ts'
import { checkEventStream } from '../stream/request.ts'
import type { StreamEvent } from '../stream/types.ts'
import { load } from '../wasm/module.ts'
import { EventDecoder } from './event-decoder.ts'

/** Where events may be read from. */
export type EventStreamSource = Response | ReadableStream<Uint8Array>

/** The options of {@link readEvents} and {@link readEventBatches}; all are optional. */
export interface ReadEventsOptions {
  /** Aborting it cancels the stream and makes the reader throw the signal's reason. */
  signal?: AbortSignal
  /** The largest message accepted, in bytes; 16 MiB by default. */
  maxMessageBytes?: number
  /** The last event id in force before the stream's first event; empty by default. */
  lastEventId?: string
}

/**
 * Reads an event stream one event after the other. Leaving the loop cancels the stream, and what is not
 * asked for is not read from the network. Ends and fails as {@link readEventBatches} does.
 */
export async function* readEvents(
  source: EventStreamSource,
  options: ReadEventsOptions = {},
): AsyncGenerator<StreamEvent, void, undefined> {
  for await (const batch of eventBatches(source, options)) {
    for (const event of batch) yield event
  }
}

/**
 * Reads an event stream and hands over all events of a chunk at once: the fast path. Waits for what `onBatch`
 * returns before it reads on. Resolves at the end of the stream, where an incomplete last event is dropped.
 *
 * Rejects with a StreamError (`limit-exceeded`; `unsupported`; for a response `http-status` or `content-type`),
 * with the signal's reason, with what the stream fails with or with what `onBatch` throws. The stream is
 * cancelled in every case.
 */
export async function readEventBatches(
  source: EventStreamSource,
  onBatch: (events: StreamEvent[]) => unknown,
  options: ReadEventsOptions = {},
): Promise<void> {
  for await (const batch of eventBatches(source, options)) {
    const answer = onBatch(batch)
    if (answer instanceof Promise) await answer
  }
}

async function* eventBatches(
  source: EventStreamSource,
  options: ReadEventsOptions,
): AsyncGenerator<StreamEvent[], void, undefined> {
  const { signal } = options
  const module = await load()
  // by its shape: a response may be of another fetch than the global one
  if ('body' in source) await checkEventStream(source)
  const chunks = new ChunkReader(source)
  for await (const batch of decodeBody(chunks, new EventDecoder(module, options), signal)) {
    if (batch.length > 0) yield batch
    signal?.throwIfAborted()
  }
  signal?.throwIfAborted()
}
