/** Multipart responses. This is a separate chunk, loaded on demand, because most servers use other protocols. */

import { StreamError } from '../stream/errors.ts'
import { load } from '../wasm/module.ts'
import { type MultipartModule, MultipartReader, multipart } from '../wasm/multipart-reader.ts'
import type { PartVisitor } from '../wasm/table.ts'
import { isContainer } from './json-draft.ts'
import { type Message, type MessageDecoder, type MessageDecoderOptions, notJson } from './message-decoders.ts'
import { errorsOf } from './reported-errors.ts'

/** Makes the decoder of a response with this `Content-Type`. */
export type MakeMultipartMessages = (contentType: string, options: MessageDecoderOptions) => MessageDecoder

/** Loads the module. */
export async function loadMultipartMessages(): Promise<MakeMultipartMessages> {
  const module = await load(multipart)
  return (contentType, options) => new MultipartMessages(module, contentType, options)
}

class MultipartMessages implements MessageDecoder, PartVisitor {
  readonly protocol = 'multipart'
  readonly lastEventId = ''
  readonly reconnectionTime = undefined
  error: StreamError | undefined
  readonly #reader: MultipartReader
  #messages: Message[] = []
  #count = 0
  #isClosed = false
  /** Whether the last part announced more of its result. */
  #isUnderway = false

  constructor(module: MultipartModule, contentType: string, options: MessageDecoderOptions) {
    this.#reader = new MultipartReader(module, contentType, { ...options, jsonByDefault: true })
  }

  decode(chunk: Uint8Array): Message[] {
    this.#messages = []
    const error = this.#reader.read(chunk, this)
    this.error ??= error
    return this.#messages
  }

  finish(): Message[] {
    const end = this.#reader.finish()
    if (end === 'no-parts') {
      this.error = new StreamError(
        'malformed',
        'the multipart response has no parts: the boundary in its Content-Type never occurs in its body',
      )
    }
    return this.#isClosed ? [{ event: 'complete', data: null }] : []
  }

  free(): void {
    this.#reader.free()
  }

  onJson(text: string): void {
    if (this.error) return
    this.#isClosed = false
    this.#count++
    try {
      this.#addPart(JSON.parse(text))
    } catch (cause) {
      this.error = notJson(`part ${this.#count}`, text, cause)
    }
  }

  /** https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol */
  #addPart(part: unknown): void {
    if (!isContainer(part) || !('payload' in part)) {
      const results = this.#isUnderway ? undefined : batchOf(part)
      this.#isUnderway = isContainer(part) && part.hasNext === true
      for (const data of results ?? (isHeartbeat(part) ? [] : [part]))
        this.#messages.push({ event: 'next', data })
    } else if (part.payload !== null) {
      this.#messages.push({ event: 'next', data: part.payload })
    } else if (part.errors) {
      const errors = errorsOf(part)
      const message = errors?.[0]?.message ?? 'it gave no reason'
      this.error = new StreamError('transport', `the server ended the subscription: ${message}`, { errors })
    }
  }

  onBytes(bytes: Uint8Array): void {
    this.#count++
    // Strawberry writes an extra boundary at the end, which makes an empty part
    if (bytes.length === 0) return
    this.error ??= new StreamError(
      'malformed',
      `part ${this.#count} is not JSON: its Content-Type is another one`,
    )
  }

  /** A close delimiter completes the operation only at the end of the body, because gqlgen writes one after every part. */
  onEnd(): void {
    this.#isClosed = this.error === undefined
  }
}

/**
 * The results of a subscription that gqlgen sends together in `incremental`, without a path or an id. Undefined for every
 * other part.
 */
function batchOf(part: unknown): unknown[] | undefined {
  const entries = isContainer(part) && !('data' in part) ? part.incremental : undefined
  if (!Array.isArray(entries) || entries.length === 0) return undefined
  return entries.every(entry => isContainer(entry) && (entry.path ?? entry.id) == null) ? entries : undefined
}

function isHeartbeat(part: unknown): boolean {
  return isContainer(part) && !Array.isArray(part) && Object.keys(part).length === 0
}
