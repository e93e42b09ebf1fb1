/** Reads the messages of a GraphQL response. Its `Content-Type` decides which protocol it is. */

import { discardBody } from '../stream/chunk-reader.ts'
import { type Batches, BodyReader } from '../stream/decode-body.ts'
import { StreamError } from '../stream/errors.ts'
import { loadChunk } from '../stream/load-chunk.ts'
import { essence, networkError } from '../stream/request.ts'
import { type GraphqlModule, graphql } from '../wasm/graphql-sse-reader.ts'
import { load } from '../wasm/module.ts'
import {
  JsonMessages,
  type Message,
  type MessageDecoder,
  type MessageDecoderOptions,
  type Protocol,
  SseMessages,
} from './message-decoders.ts'
import type { MakeMultipartMessages } from './multipart-messages.ts'

export type { Message, Protocol }

/** The protocol of a response, or undefined if its type cannot carry results. */
export function protocolOf(response: Response): Protocol | undefined {
  const type = essence(response)
  if (type === 'text/event-stream') return 'sse'
  if (type.startsWith('multipart/')) return 'multipart'
  return isJsonType(type) ? 'json' : undefined
}

/** Whether the essence of a media type is JSON. https://mimesniff.spec.whatwg.org/#json-mime-type */
export function isJsonType(type: string): boolean {
  return type === 'application/json' || type === 'text/json' || type.endsWith('+json')
}

/** An open response. */
export interface OpenResponse {
  readonly decoder: MessageDecoder
  /** Its messages, chunk by chunk. Reading them throws a StreamError. Aborting the signal ends them. */
  readonly messages: Batches<Message>
}

/** Starts to read the body of a response as `protocol`. Without one, its first bytes decide. Cancels a response that cannot be read. */
export async function openResponse(
  protocol: Protocol | undefined,
  response: Response,
  options: MessageDecoderOptions,
  signal: AbortSignal | undefined,
): Promise<OpenResponse> {
  try {
    const decoder = await decoderOf(protocol, response.headers.get('content-type') ?? '', options)
    return { decoder, messages: new BodyReader<Message>(response, decoder, signal, networkError) }
  } catch (cause) {
    discardBody(response)
    throw cause
  }
}

async function decoderOf(
  protocol: Protocol | undefined,
  type: string,
  options: MessageDecoderOptions,
): Promise<MessageDecoder> {
  if (protocol === 'json') return new JsonMessages(options)
  if (protocol === 'sse') return new SseMessages(await load(graphql), options)
  const makeMultipart = await loadMultipart()
  if (protocol === 'multipart') return makeMultipart(type, options)
  return new UnlabelledMessages(await load(graphql), makeMultipart, type, options)
}

/** Loads the decoder of multipart responses. Rejects with a StreamError `unsupported` if it cannot be loaded. */
export async function loadMultipart(): Promise<MakeMultipartMessages> {
  const chunk = await loadChunk('multipart responses', () => import('./multipart-messages.ts'))
  return chunk.loadMultipartMessages()
}

/** How many bytes of a response may be read before its protocol is known. */
const sniffedBytes = 256

/**
 * Reads a response without a `Content-Type`, or with `text/plain`, as the protocol that its first bytes show. Cosmo Router
 * answers `wg_subscribe_once` like that and omits the end of the protocol, so such a response is complete when it ends
 * after a result.
 */
class UnlabelledMessages implements MessageDecoder {
  readonly #module: GraphqlModule
  readonly #makeMultipart: MakeMultipartMessages
  readonly #type: string
  readonly #options: MessageDecoderOptions
  #decoder: MessageDecoder | undefined
  #error: StreamError | undefined
  #head = new Uint8Array(0)
  #hasResult = false

  constructor(
    module: GraphqlModule,
    makeMultipart: MakeMultipartMessages,
    type: string,
    options: MessageDecoderOptions,
  ) {
    this.#module = module
    this.#makeMultipart = makeMultipart
    this.#type = type
    this.#options = options
  }

  get protocol(): Protocol {
    return this.#decoder?.protocol ?? 'json'
  }
  get lastEventId(): string {
    return this.#decoder?.lastEventId ?? ''
  }
  get reconnectionTime(): number | undefined {
    return this.#decoder?.reconnectionTime
  }
  get error(): StreamError | undefined {
    return this.#error ?? this.#decoder?.error
  }

  decode(chunk: Uint8Array): Message[] {
    return this.#decoder ? this.#noting(this.#decoder.decode(chunk)) : this.#begin(chunk, false)
  }

  finish(): Message[] {
    const messages = this.#decoder ? [] : this.#begin(new Uint8Array(0), true)
    messages.push(...this.#noting(this.#decoder?.finish?.() ?? []))
    const isOver = messages.some(({ event }) => event === 'complete')
    if (this.#hasResult && !isOver) messages.push({ event: 'complete', data: null })
    return messages
  }

  free(): void {
    this.#decoder?.free()
  }

  #begin(chunk: Uint8Array, isLast: boolean): Message[] {
    const head = new Uint8Array(this.#head.length + chunk.length)
    head.set(this.#head)
    head.set(chunk, this.#head.length)
    this.#head = head
    this.#decoder = this.#sniff(isLast || head.length >= sniffedBytes)
    return this.#noting(this.#decoder?.decode(head) ?? [])
  }

  #noting(messages: Message[]): Message[] {
    this.#hasResult ||= messages.some(({ event }) => event === 'next')
    return messages
  }

  /** The decoder that the first bytes show; undefined while they are too few. */
  #sniff(isLastChance: boolean): MessageDecoder | undefined {
    const text = new TextDecoder('latin1').decode(this.#head.subarray(0, sniffedBytes)).trimStart()
    const boundary = /^--([^\r\n]+)\r?\n/.exec(text)?.[1]
    if (text.startsWith('{')) return new JsonMessages(this.#options)
    if (/^(?:event|data|id|retry)?:/.test(text)) return new SseMessages(this.#module, this.#options)
    if (boundary) {
      const type = `multipart/mixed; boundary="${boundary}"`
      return this.#makeMultipart(type, this.#options)
    }
    if (isLastChance || text.includes('\n')) {
      this.#error = new StreamError(
        'content-type',
        `the response is ${this.#type || 'of no type'}, and its first bytes are neither JSON nor a stream: ${text.slice(0, 100)}`,
        { body: text },
      )
    }
    return undefined
  }
}
