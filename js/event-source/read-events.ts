/** The lower floor: the events of a response or a stream, without EventTarget and without reconnection. */

import { ChunkReader } from '../stream/chunk-reader.ts'
import { BodyReader, iterateBody, readBody } from '../stream/decode-body.ts'
import { checkEventStream } from '../stream/request.ts'
import type { StreamEvent } from '../stream/types.ts'
import { load } from '../wasm/module.ts'
import { sse } from '../wasm/sse-reader.ts'
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
  for await (const events of iterateBody(await openBody(source, options))) {
    for (const event of events) {
      yield event
      options.signal?.throwIfAborted()
    }
  }
  options.signal?.throwIfAborted()
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
  const { signal } = options
  await readBody(await openBody(source, options), async events => {
    if (events.length > 0) await onBatch(events)
    signal?.throwIfAborted()
  })
  signal?.throwIfAborted()
}

async function openBody(
  source: EventStreamSource,
  options: ReadEventsOptions,
): Promise<BodyReader<StreamEvent>> {
  const module = await load(sse)
  // by its shape: a response may be of another fetch than the global one
  if ('body' in source) await checkEventStream(source)
  return new BodyReader(new ChunkReader(source), new EventDecoder(module, options), options.signal)
}
