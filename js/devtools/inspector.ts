/**
 * The inspector reads a copy of a response's bytes and judges every message by the rules of its protocol. It is a
 * separate WebAssembly module, which is loaded on first use.
 */

import { StreamError } from '../stream/errors.ts'
import { checkNumber } from '../stream/limits.ts'
import type { MainModule } from '../wasm/generated/inspector-module.js'
import { fromHex } from '../wasm/hex.ts'
import { checkMaxMessageBytes } from '../wasm/limits.ts'

const defaultKeepAliveMs = 30_000

/** What is known about a response besides its bytes. Rules that need a missing member do not apply. */
export interface InspectorContext {
  /** The response's content type; by default that of `headers`. */
  contentType?: string
  /** The status of the response. */
  status?: number
  /** The method of the request. */
  method?: string
  /** The headers of the request; `Accept` says what the response should be. */
  requestHeaders?: Record<string, string> | [name: string, value: string][]
  /** The headers of the response. */
  headers?: Record<string, string> | [name: string, value: string][]
  /** Whether the response is GraphQL. `auto`, the default, decides by the content type and the messages. */
  protocol?: 'auto' | 'plain' | 'graphql'
  /** When the request was sent, in milliseconds on the clock of the arrival times. */
  openedAt?: number
  /** The largest message accepted, in bytes; 16 MiB by default. */
  maxMessageBytes?: number
  /** The longest silence that is no finding, in milliseconds; 30,000 by default. `Infinity` allows any. */
  keepAliveMs?: number
}

/** A violation of a rule, or a note, in a message. */
export interface Finding {
  /**
   * `error`: the protocol is broken. `warning`: some clients fail, or lose messages under some conditions. `note`:
   * worth knowing.
   */
  severity: 'error' | 'warning' | 'note'
  /** The rule's name, one of those that `rules` lists. */
  rule: string
  /** The address of the standard that has the rule. */
  standard: string
  /** The offset in the stream, from 0. */
  byte?: number
  /** What the rule requires at the byte. */
  expected?: string
  /** What is there instead. */
  found?: string
  /** The rule, in a sentence. */
  message: string
}

/**
 * The kinds of messages:
 *
 * | kind | is |
 * |---|---|
 * | `response` | the status and the headers: always the first message, number 0 |
 * | `event` | an event of an event stream that is not GraphQL |
 * | `comment` | a comment of an event stream, which keeps the connection alive |
 * | `fields` | a block that dispatches nothing: an id, a retry or an event's name alone |
 * | `result` | a GraphQL execution result, or a payload of incremental delivery |
 * | `heartbeat` | the part `{}` of a multipart stream |
 * | `transport-error` | errors beside a payload of null, in a multipart subscription |
 * | `complete` | the end of an operation or of the body, as the protocol signals it |
 * | `part` | a part of a multipart stream that is not GraphQL |
 * | `preamble`, `epilogue` | the bytes before the first delimiter, and after the close delimiter |
 * | `text` | a response that is neither a stream nor GraphQL |
 * | `truncated` | a message that the end of the bytes cut off |
 * | `stopped` | the stream is broken: no reader can continue, and the rest is not judged |
 * | `end` | the end of the bytes: always the last message |
 */
export type MessageKind =
  | 'response'
  | 'event'
  | 'comment'
  | 'fields'
  | 'result'
  | 'heartbeat'
  | 'transport-error'
  | 'complete'
  | 'part'
  | 'preamble'
  | 'epilogue'
  | 'text'
  | 'truncated'
  | 'stopped'
  | 'end'

/** One message of a stream, with its findings. */
export interface InspectedMessage {
  /** 0 for the response, then counting from 1. */
  number: number
  /** The kind of the message. */
  kind: MessageKind
  /** The range of its bytes in the stream, without the line end after them. */
  begin: number
  end: number
  /** `end - begin` */
  size: number
  /** When its last byte arrived, in milliseconds on the caller's clock. */
  time: number
  /** The number of the part in a multipart stream, from 1. */
  part?: number
  /** The name of an event, as it was sent. */
  event?: string
  /** The id of an event, if it has its own. */
  id?: string
  /** The digits of a reconnection time. */
  retry?: string
  /** The id of an operation, in single connection mode. */
  operation?: string
  /** The header lines of a part. */
  headers?: string
  /** The parsed data or body, if it is JSON. */
  payload?: unknown
  /** The data, the body or the comment, if it is not JSON. */
  text?: string
  /** The findings, sorted by their bytes. */
  findings: Finding[]
}

/** A rule of the inspector. */
export interface InspectorRule {
  /** The name of the rule. */
  rule: string
  /** The severity of its findings. */
  severity: Finding['severity']
  /** Whether only the first violation in a stream is reported. */
  once: boolean
  /** The address of the standard. */
  standard: string
  /** The rule, in a sentence. */
  sentence: string
}

let loading: Promise<MainModule> | undefined

/**
 * Loads the module, once. Rejects with a StreamError `unsupported` if WebAssembly is missing or forbidden; the next
 * call tries again.
 */
export function loadInspector(): Promise<InspectorModule> {
  loading ??= instantiate()
  loading.catch(() => {
    loading = undefined
  })
  return loading.then(module => new InspectorModule(module))
}

async function instantiate(): Promise<MainModule> {
  const [{ hex }, { default: createModule }] = await Promise.all([
    import('../wasm/generated/inspector-binary.ts'),
    import('../wasm/generated/inspector-module.js'),
  ])
  try {
    return await createModule({ wasm: fromHex(hex) })
  } catch (cause) {
    throw new StreamError(
      'unsupported',
      `the inspector could not be compiled (${(cause as Error).message}). A content security policy must allow ` +
        "'wasm-unsafe-eval'",
      { cause },
    )
  }
}

/** The loaded module of the inspector. */
export class InspectorModule {
  readonly #module: MainModule

  constructor(module: MainModule) {
    this.#module = module
  }

  /** Begins to inspect one response. Throws a RangeError for a number out of its range. */
  open(context: InspectorContext): Inspector {
    const { openedAt = 0, maxMessageBytes, keepAliveMs = defaultKeepAliveMs } = context
    checkNumber('openedAt', openedAt, { min: Number.NEGATIVE_INFINITY, unit: 'milliseconds' })
    checkNumber('keepAliveMs', keepAliveMs, { unit: 'milliseconds' })
    checkMaxMessageBytes(maxMessageBytes)
    // JSON has no Infinity
    return new Inspector(this.#module, { ...context, keepAliveMs: Math.min(keepAliveMs, Number.MAX_VALUE) })
  }

  /** Returns all rules. */
  rules(): InspectorRule[] {
    return linesOf(this.#module.rules()).map(line => JSON.parse(line))
  }
}

/** The inspection of one response. It holds memory until `finish` or `close` is called. */
export class Inspector {
  readonly #module: MainModule
  #handle: number | undefined

  constructor(module: MainModule, context: InspectorContext) {
    this.#module = module
    this.#handle = module.open(JSON.stringify(context))
  }

  /** Returns the messages that `bytes` complete. `time` is in milliseconds and must never decrease. */
  feed(bytes: Uint8Array, time: number): InspectedMessage[] {
    return this.#handle === undefined ? [] : messagesOf(this.#module.feed(this.#handle, bytes, time))
  }

  /** Ends the response. Returns its remaining messages and the message `end`, and closes the inspection. */
  finish(time: number): InspectedMessage[] {
    if (this.#handle === undefined) return []
    const messages = messagesOf(this.#module.finish(this.#handle, time))
    this.close()
    return messages
  }

  /** Frees the memory. Afterwards `feed` and `finish` return nothing. */
  close(): void {
    if (this.#handle !== undefined) this.#module.close(this.#handle)
    this.#handle = undefined
  }
}

const texts = new WeakMap<InspectedMessage, string>()

/** Returns a message as JSON, with its payload as the server wrote it, because JavaScript would round long numbers. */
export function jsonOf(message: InspectedMessage): string {
  return texts.get(message) ?? JSON.stringify(message)
}

function messagesOf(lines: string): InspectedMessage[] {
  return linesOf(lines).map(line => {
    const message = JSON.parse(line)
    texts.set(message, line)
    return message
  })
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.split('\n')
}
