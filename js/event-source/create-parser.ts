/**
 * The parser alone, for text or bytes from any source. A synchronous drop-in replacement for eventsource-parser 4.
 */

import { checkNumber } from '../stream/limits.ts'
import { type OptionNames, warnOfUnknownOptions } from '../stream/unknown-options.ts'
import { loadSync } from '../wasm/module.ts'
import { SseReader, sse } from '../wasm/sse-reader.ts'
import type { SseVisitor } from '../wasm/table.ts'

/** One event as the server wrote it. Missing fields are undefined. */
export interface EventSourceMessage {
  /** The event's name; undefined if the block has none. */
  event?: string | undefined
  /** The block's own id; undefined if it has none. */
  id?: string | undefined
  /** The data lines, joined by a line feed. */
  data: string
}

/** The kinds of parse errors. */
export type ErrorType = 'invalid-retry' | 'unknown-field' | 'max-buffer-size-exceeded'

/** A line that has no effect, or a message over the limit. */
export class ParseError extends Error {
  /** The kind of the error. */
  readonly type: ErrorType
  /** The unknown field's name. */
  readonly field: string | undefined
  /** The value of the unknown field, or of the invalid `retry` field. */
  readonly value: string | undefined
  /** The whole line. */
  readonly line: string | undefined

  constructor(message: string, details: { type: ErrorType; field?: string; value?: string; line?: string }) {
    super(message)
    this.name = 'ParseError'
    this.type = details.type
    this.field = details.field
    this.value = details.value
    this.line = details.line
  }
}

/** The callbacks, which are called in the order of the stream. All are optional. */
export interface ParserCallbacks {
  /** An event with data. */
  onEvent?: ((event: EventSourceMessage) => void) | undefined
  /** The id of a block that has one, with or without data; before the block's `onEvent`. */
  onId?: ((id: string) => void) | undefined
  /** A new reconnection time, in milliseconds. */
  onRetry?: ((retry: number) => void) | undefined
  /** A comment: the text after its colon and one space. */
  onComment?: ((comment: string) => void) | undefined
  /** A line that has no effect, or a message over the limit. */
  onError?: ((error: ParseError) => void) | undefined
}

/** The options and callbacks of {@link createParser}; all are optional. */
export interface ParserConfig extends ParserCallbacks {
  /**
   * The largest data of a message, or the longest field, in bytes; 2 GiB, the maximum, by default. A larger one is
   * reported to `onError`, and `feed` then throws an Error until `reset` is called. A longer line that is no field, such as
   * a comment, is dropped.
   */
  maxBufferSize?: number | undefined
}

/** A parser of one event stream at a time. */
export interface EventSourceParser {
  /** Parses the next chunk of the stream, in any slicing, and calls back for what it completes. */
  feed(chunk: string | Uint8Array): void
  /**
   * Prepares for a new stream. An incomplete event is dropped. With `consume` an incomplete last line that may be a field,
   * or a comment, is first parsed as if it had ended, so that `onError` or `onComment` may receive it.
   */
  reset(options?: { consume?: boolean }): void
}

declare const process: { env: { NODE_ENV?: string } }

const optionNames: OptionNames<ParserConfig> = {
  maxBufferSize: true,
  onComment: true,
  onError: true,
  onEvent: true,
  onId: true,
  onRetry: true,
}

const largestBufferSize = 2 ** 31 - 1

// The interface has no method that frees a parser, so its memory is freed with its last reference.
let abandoned: FinalizationRegistry<SseReader> | undefined

/**
 * Makes a parser for one stream at a time. Throws a StreamError `unsupported` where WebAssembly cannot run, and a RangeError
 * for a `maxBufferSize` that is no number of bytes.
 */
export function createParser(config: ParserConfig): EventSourceParser {
  const { onEvent, onId, onRetry, onComment, onError, maxBufferSize = largestBufferSize } = checked(config)
  const reader = new SseReader(loadSync(sse), {
    maxMessageBytes: Math.min(largestBufferSize, maxBufferSize),
    reportIgnored: Boolean(onComment || onError),
  })
  const encoder = new TextEncoder()
  let pendingSurrogate = ''
  let failed = false
  let isConsuming = false

  // Callbacks may feed another parser, and all share the module's memory, so they run after the visit.
  let calls: (() => void)[] = []
  const visitor: SseVisitor = {
    onEvent(type, data, id) {
      if (id !== undefined) this.onId(id)
      if (onEvent) calls.push(() => onEvent({ id, event: type === '' ? undefined : type, data }))
    },
    onId(id) {
      if (onId) calls.push(() => onId(id))
    },
    onRetry(digits) {
      if (onRetry) calls.push(() => onRetry(Number(digits)))
    },
    onComment(text) {
      // eventsource-parser documents that it keeps the space, but removes it
      if (onComment) calls.push(() => onComment(text.replace(/^ /, '')))
    },
    onIgnoredLine(line) {
      if (onError && (!isConsuming || mayBeField(line))) calls.push(() => onError(ignoredLine(line)))
    },
  }

  function read(bytes: Uint8Array): void {
    const error = reader.read(bytes, visitor)
    const due = calls
    calls = []
    for (const call of due) call()
    if (error === undefined) return
    failed = true
    onError?.(
      new ParseError(`a message is over the max buffer size of ${maxBufferSize} bytes`, {
        type: 'max-buffer-size-exceeded',
      }),
    )
  }

  /** A chunk may end within a surrogate pair. The first half is kept until the second arrives. */
  function encode(text: string): Uint8Array {
    const whole = pendingSurrogate + text
    const cut = isHighSurrogate(whole.charCodeAt(whole.length - 1)) ? whole.length - 1 : whole.length
    pendingSurrogate = whole.slice(cut)
    return encoder.encode(whole.slice(0, cut))
  }

  const parser: EventSourceParser = {
    feed(chunk) {
      if (failed)
        throw new Error('the parser has stopped at a message over the max buffer size: call reset() first')
      read(typeof chunk === 'string' ? encode(chunk) : chunk)
    },
    reset({ consume = false } = {}) {
      isConsuming = true
      if (consume && !failed && reader.inLine) read(encoder.encode('\n'))
      isConsuming = false
      reader.reset()
      pendingSurrogate = ''
      failed = false
    },
  }
  abandoned ??= new FinalizationRegistry(unused => unused.free())
  abandoned.register(parser, reader)
  return parser
}

function checked(config: ParserConfig): ParserConfig {
  if (typeof config !== 'object' || config === null) {
    throw new TypeError('createParser takes one object with the callbacks, such as { onEvent }')
  }
  try {
    if (process.env.NODE_ENV !== 'production') warnOfUnknownOptions('createParser()', config, optionNames)
  } catch {
    // no `process`
  }
  const { maxBufferSize = largestBufferSize } = config
  checkNumber('maxBufferSize', maxBufferSize, { min: 1, integer: true })
  return config
}

/** Whether a line is a field, or the beginning of its name. */
function mayBeField(line: string): boolean {
  const { length } = line
  return ['data:', 'event:', 'id:', 'retry:'].some(
    name => name.slice(0, length) === line.slice(0, name.length),
  )
}

/** The messages are those of eventsource-parser, because programs match them. */
function ignoredLine(line: string): ParseError {
  const colon = line.indexOf(':')
  const field = colon < 0 ? line : line.slice(0, colon)
  const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))
  if (field === 'retry') {
    return new ParseError(`Invalid \`retry\` value: "${value}"`, { type: 'invalid-retry', value, line })
  }
  const name = field.length > 20 ? `${field.slice(0, 20)}…` : field
  return new ParseError(`Unknown field "${name}"`, { type: 'unknown-field', field, value, line })
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}
