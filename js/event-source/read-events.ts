/** Reads the events of a response or a stream, without EventTarget and without reconnection. */

import { checkSource, discardBody } from '../stream/chunk-reader.ts'
import { BodyReader, readBody } from '../stream/decode-body.ts'
import { leavable } from '../stream/leavable.ts'
import { checkEventStream, readError } from '../stream/request.ts'
import type { StreamEvent } from '../stream/types.ts'
import { type OptionNames, warnOfUnknownOptions } from '../stream/unknown-options.ts'
import { onAbort, unlessAborted } from '../stream/wait.ts'
import { checkMaxMessageBytes } from '../wasm/limits.ts'
import { load } from '../wasm/module.ts'
import { sse } from '../wasm/sse-reader.ts'
import { EventDecoder } from './event-decoder.ts'

/** The sources that events can be read from. */
export type EventStreamSource = Response | ReadableStream<Uint8Array>

/** The options of {@link readEvents} and {@link readEventBatches}; all are optional. */
export interface ReadEventsOptions {
  /** Aborting it cancels the stream and makes the reader throw the signal's reason. */
  signal?: AbortSignal | undefined
  /** The largest message accepted, in bytes; 16 MiB by default. */
  maxMessageBytes?: number | undefined
  /** The last event id before the stream's first event; empty by default. */
  lastEventId?: string | undefined
}

declare const process: { env: { NODE_ENV?: string } }

const optionNames: OptionNames<ReadEventsOptions> = { lastEventId: true, maxMessageBytes: true, signal: true }

/**
 * Reads an event stream one event after the other. Leaving the loop cancels the stream, also before the first event. The
 * network is read only as fast as the loop runs. Ends and fails as {@link readEventBatches} does. Throws a TypeError for a
 * promise.
 */
export function readEvents(
  source: EventStreamSource,
  options: ReadEventsOptions = {},
): AsyncGenerator<StreamEvent, void, undefined> {
  checkSource('readEvents', source)
  try {
    if (process.env.NODE_ENV !== 'production') warnOfUnknownOptions('readEvents()', options, optionNames)
  } catch {
    // no `process`
  }
  const leaving = new AbortController()
  return leavable(eventsOf(source, options, leaving), leaving, () => discardBody(source))
}

async function* eventsOf(
  source: EventStreamSource,
  options: ReadEventsOptions,
  leaving: AbortController,
): AsyncGenerator<StreamEvent, void, undefined> {
  const { signal } = options
  const letGo = onAbort(signal, () => leaving.abort())
  try {
    if (signal?.aborted) leaving.abort()
    const body = await openBody(source, options, leaving.signal)
    try {
      for (let events = await body?.next(); events !== undefined; events = await body?.next()) {
        for (const event of events) {
          if (leaving.signal.aborted) break
          yield event
        }
      }
    } finally {
      body?.close()
    }
    signal?.throwIfAborted()
  } finally {
    letGo()
  }
}

/**
 * Reads an event stream and calls `onBatch` with all events of a chunk at once, which is faster than
 * {@link readEvents}. Awaits a promise that `onBatch` returns before it reads more. Resolves at the end of the stream.
 *
 * Rejects with a StreamError: `network` if the stream fails; `ended` with `incomplete` if it ends within an event;
 * `limit-exceeded`; `unsupported`; `invalid-request` if its chunks are not bytes; for a response `http-status` or
 * `content-type`. Rejects with the reason of `signal`, the AbortError of an aborted request, what `onBatch` throws, a
 * RangeError for an invalid limit, and a TypeError for a locked stream. The stream is cancelled in every case.
 */
export async function readEventBatches(
  source: EventStreamSource,
  onBatch: (events: StreamEvent[]) => unknown,
  options: ReadEventsOptions = {},
): Promise<void> {
  checkSource('readEventBatches', source)
  try {
    if (process.env.NODE_ENV !== 'production')
      warnOfUnknownOptions('readEventBatches()', options, optionNames)
  } catch {
    // no `process`
  }
  const { signal } = options
  const body = await openBody(source, options, signal)
  if (body) {
    await readBody(body, async events => {
      signal?.throwIfAborted()
      if (events.length > 0) await onBatch(events)
      signal?.throwIfAborted()
    })
  }
  signal?.throwIfAborted()
}

/** Returns undefined if the signal aborts before the stream can be read. Then, and on failure, cancels the source. */
async function openBody(
  source: EventStreamSource,
  options: ReadEventsOptions,
  signal: AbortSignal | undefined,
): Promise<BodyReader<StreamEvent> | undefined> {
  try {
    checkMaxMessageBytes(options.maxMessageBytes)
    const module = await unlessAborted(load(sse), signal)
    // checked by its members, because a response may come from another fetch than the global one
    if ('body' in source) await checkEventStream(source, signal)
    return new BodyReader(source, new EventDecoder(module, options), signal, readError)
  } catch (error) {
    discardBody(source)
    if (signal?.aborted) return undefined
    throw error
  }
}
