/**
 * Decodes the bytes of a GraphQL response to messages, with a decoder for each protocol. The one for multipart is a separate
 * chunk (multipart-messages.ts).
 */

import type { Decoder } from '../stream/decode-body.ts'
import { reasonOf, StreamError } from '../stream/errors.ts'
import { type GraphqlModule, GraphqlSseReader } from '../wasm/graphql-sse-reader.ts'
import { checkMaxMessageBytes } from '../wasm/limits.ts'
import type { SseVisitor } from '../wasm/table.ts'

/** The protocol of a response: GraphQL over SSE, parts of a multipart body, or one JSON document. */
export type Protocol = 'sse' | 'multipart' | 'json'

/**
 * One message. The data of `next`, a result, and of `complete`, the protocol's end, is parsed JSON. The data of all other
 * events, which are a server's extensions, is text.
 */
export interface Message {
  /** `next`, `complete`, or the name of another event. */
  readonly event: string
  /** A parsed result for `next`; otherwise see above. */
  readonly data: unknown
}

/** Decodes one response to messages. Heartbeats are omitted. */
export interface MessageDecoder extends Decoder<Message> {
  readonly protocol: Protocol
  /** The last event id of an event stream; empty when there is none. */
  readonly lastEventId: string
  /** The reconnection time that the server set, in milliseconds; undefined if it set none. */
  readonly reconnectionTime: number | undefined
  /** The last event ids after each message of the last chunk; missing where messages have none. */
  readonly ids?: readonly string[]
}

export interface MessageDecoderOptions {
  maxMessageBytes?: number | undefined
  maxHeaderBytes?: number | undefined
  lastEventId?: string
}

export class SseMessages implements MessageDecoder, SseVisitor {
  readonly protocol = 'sse'
  lastEventId: string
  reconnectionTime: number | undefined
  error: StreamError | undefined
  ids: string[] = []
  readonly #reader: GraphqlSseReader
  #messages: Message[] = []
  #count = 0
  #hasEnded = false

  constructor(module: GraphqlModule, { maxMessageBytes, lastEventId = '' }: MessageDecoderOptions) {
    this.lastEventId = lastEventId
    this.#reader = new GraphqlSseReader(module, maxMessageBytes)
  }

  decode(chunk: Uint8Array): Message[] {
    this.#messages = []
    this.ids = []
    const error = this.#reader.read(chunk, this)
    this.error ??= error
    return this.#messages
  }

  finish(): Message[] {
    this.#messages = []
    this.ids = []
    this.#hasEnded = true
    const error = this.#reader.finish(this)
    this.error ??= error
    return this.#messages
  }

  free(): void {
    this.#reader.free()
  }

  onEvent(type: string, data: string, id: string | undefined): void {
    if (this.error) return
    this.#count++
    const isNext = type === 'next'
    try {
      // `complete` may carry the operation's id as JSON, or any text
      const isJson = isNext || (type === 'complete' && data.startsWith('{'))
      this.#messages.push({ event: type, data: isJson ? JSON.parse(data) : data })
      if (id !== undefined) this.lastEventId = id
      this.ids.push(this.lastEventId)
    } catch (cause) {
      // at the end of the stream this message is cut off, and the stream resumes from the one before it
      if (!this.#hasEnded) this.error = notJson(`message ${this.#count}`, data, cause)
    }
  }

  onId(id: string): void {
    this.lastEventId = id
  }

  onRetry(digits: string): void {
    this.reconnectionTime = Number(digits)
  }
}

export class JsonMessages implements MessageDecoder {
  readonly protocol = 'json'
  readonly lastEventId = ''
  readonly reconnectionTime = undefined
  error: StreamError | undefined
  readonly #maxMessageBytes: number
  readonly #decoder = new TextDecoder()
  #text = ''
  #bytes = 0

  constructor({ maxMessageBytes }: MessageDecoderOptions) {
    this.#maxMessageBytes = checkMaxMessageBytes(maxMessageBytes)
  }

  decode(chunk: Uint8Array): Message[] {
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxMessageBytes) {
      this.error = new StreamError(
        'limit-exceeded',
        `the result is larger than the limit of ${this.#maxMessageBytes} bytes; maxMessageBytes sets it`,
      )
    } else {
      this.#text += this.#decoder.decode(chunk, { stream: true })
    }
    return []
  }

  finish(): Message[] {
    const text = this.#text + this.#decoder.decode()
    try {
      return [
        { event: 'next', data: JSON.parse(text) },
        { event: 'complete', data: null },
      ]
    } catch (cause) {
      this.error = notJson('the response', text, cause)
      return []
    }
  }

  free(): void {}
}

/** The error for text that should be JSON; `what` names it. */
export function notJson(what: string, text: string, cause: unknown): StreamError {
  const excerpt = text.length > 100 ? `${text.slice(0, 100)}…` : text
  return new StreamError('malformed', `${what} is not JSON (${reasonOf(cause)}): ${excerpt}`, { cause })
}
