/** `postsource/parser`: the event stream parser alone, a drop-in for eventsource-parser 4. */

export {
  createParser,
  type ErrorType,
  type EventSourceMessage,
  type EventSourceParser,
  ParseError,
  type ParserCallbacks,
  type ParserConfig,
} from './event-source/create-parser.ts'
export { EventSourceParserStream, type StreamOptions } from './event-source/parser-stream.ts'
