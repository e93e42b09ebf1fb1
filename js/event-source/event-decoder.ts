/** Decodes the bytes of an event stream to events. */

import type { Decoder } from '../stream/decode-body.ts'
import { StreamError } from '../stream/errors.ts'
import type { StreamEvent } from '../stream/types.ts'
import { type SseModule, SseReader, type SseReaderOptions } from '../wasm/sse-reader.ts'
import type { SseVisitor } from '../wasm/table.ts'

export interface EventDecoderOptions extends SseReaderOptions {
  /** The last event id before the stream's first event; empty by default. */
  lastEventId?: string
}

/** Decodes the chunks of one event stream to events. The owner must free it. */
export class EventDecoder implements SseVisitor, Decoder<StreamEvent> {
  /** The last event id of the stream so far. */
  lastEventId: string
  /** The reconnection time in milliseconds that the server has set; undefined if it has not. */
  reconnectionTime: number | undefined
  /** The error that ended the stream; undefined while it can continue. */
  error: StreamError | undefined
  readonly #reader: SseReader
  #events: StreamEvent[] = []

  constructor(module: SseModule, options: EventDecoderOptions = {}) {
    this.lastEventId = options.lastEventId ?? ''
    this.#reader = new SseReader(module, options)
  }

  /** Returns the events that the stream's next bytes complete. May set `error`; they are then the last events. */
  decode(chunk: Uint8Array): StreamEvent[] {
    this.#events = []
    this.error = this.#reader.read(chunk, this)
    return this.#events
  }

  /** Ends the stream. An incomplete event is dropped, and `error` says so. */
  finish(): StreamEvent[] {
    const { lastEventId, reconnectionTime } = this
    const isWithinField = this.#reader.inField
    // tests whether a blank line would complete an event, which is harmless because nothing more is read
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
