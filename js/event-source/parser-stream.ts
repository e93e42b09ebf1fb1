/** The parser as a TransformStream, with the interface of eventsource-parser's. */

import { StreamError } from '../stream/errors.ts'
import { type OptionNames, warnOfUnknownOptions } from '../stream/unknown-options.ts'
import {
  createParser,
  type EventSourceMessage,
  type EventSourceParser,
  type ParseError,
} from './create-parser.ts'

/** The options of {@link EventSourceParserStream}; all are optional. */
export interface StreamOptions {
  /** How to handle a syntax error: `terminate` fails the stream, a function is called with it. Ignored by default. */
  onError?: 'terminate' | ((error: ParseError) => void) | undefined
  /** Called with the id of each block that has one, before its event. */
  onId?: ((id: string) => void) | undefined
  /** Called with a new reconnection time, in milliseconds. */
  onRetry?: ((retry: number) => void) | undefined
  /** Called with each comment: the text after its colon and one space. */
  onComment?: ((comment: string) => void) | undefined
  /** The largest message or field in bytes. A larger one always fails the stream with a ParseError. */
  maxBufferSize?: number | undefined
}

declare const process: { env: { NODE_ENV?: string } }

const optionNames: OptionNames<StreamOptions> = {
  maxBufferSize: true,
  onComment: true,
  onError: true,
  onId: true,
  onRetry: true,
}

/** What the class extends where a runtime has no TransformStream: importing the library needs none. */
class NoTransformStream {
  constructor() {
    throw new StreamError('unsupported', 'this runtime has no TransformStream: use createParser')
  }
}
const Base = (globalThis.TransformStream ?? NoTransformStream) as typeof TransformStream

/**
 * Transforms an event stream, text or bytes in any slicing, to its events: `body.pipeThrough(new
 * EventSourceParserStream())`. Throws a StreamError `unsupported` if the parser cannot run.
 * https://streams.spec.whatwg.org/#ts-class
 */
export class EventSourceParserStream extends Base<string | Uint8Array, EventSourceMessage> {
  constructor(options: StreamOptions = {}) {
    try {
      if (process.env.NODE_ENV !== 'production')
        warnOfUnknownOptions('EventSourceParserStream', options, optionNames)
    } catch {
      // no `process`
    }
    const { onError, onId, onRetry, onComment, maxBufferSize } = options
    let parser: EventSourceParser
    super({
      start(controller) {
        parser = createParser({
          onId,
          onRetry,
          onComment,
          maxBufferSize,
          onEvent: event => controller.enqueue(event),
          onError(error) {
            if (typeof onError === 'function') onError(error)
            // a parser that has passed its limit reads nothing more
            if (onError === 'terminate' || error.type === 'max-buffer-size-exceeded') controller.error(error)
          },
        })
      },
      transform: chunk => parser.feed(chunk),
    })
  }
}
