/** From the bytes of an event stream to its events. */

import type { Decoder } from '../stream/decode-body.ts'
import { StreamError } from '../stream/errors.ts'
import type { StreamEvent } from '../stream/types.ts'
import { type SseModule, SseReader, type SseReaderOptions } from '../wasm/sse-reader.ts'
import type { SseVisitor } from '../wasm/table.ts'

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

  constructor(module: SseModule, options: EventDecoderOptions = {}) {
    this.lastEventId = options.lastEventId ?? ''
    this.#reader = new SseReader(module, options)
  }

  /** The events that the stream's next bytes complete. May set `error`: they are the last ones then. */
  decode(chunk: Uint8Array): StreamEvent[] {
    this.#events = []
    this.error = this.#reader.read(chunk, this)
    return this.#events
  }

  /** The stream has ended: what has come of an event that is not complete is dropped, and `error` says so. */
  finish(): StreamEvent[] {
    const { lastEventId, reconnectionTime } = this
    const isWithinField = this.#reader.inField
    // whether a blank line would complete an event; nothing is read any more, so that it may as well be tried
    const { length } = this.decode(blankLine)
    // [spec] at the end of the file, a block without its blank line is discarded: it moves neither
    this.lastEventId = lastEventId
    this.reconnectionTime = reconnectionTime
    if (isWithinField || length > 0) this.error ??= incompleteEvent()
    return []
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

const blankLine = Uint8Array.of(10, 10)

function incompleteEvent(): StreamError {
  const message = 'the stream ended within an event, which is lost: the blank line that ends it has not come'
  return new StreamError('ended', message, { incomplete: true })
}
