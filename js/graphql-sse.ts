/** `postsource/graphql-sse`: a drop-in for the client of graphql-sse 2. */

export { createClient } from './graphql-sse/client.ts'
export { NetworkError, type ResponseLike } from './graphql-sse/network-error.ts'
export {
  isAsyncGenerator,
  isAsyncIterable,
  parseStreamData,
  print,
  TOKEN_HEADER_KEY,
  TOKEN_QUERY_KEY,
  validateStreamEvent,
} from './graphql-sse/stream-messages.ts'
export type {
  Client,
  ClientOptions,
  EventListeners,
  ExecutionPatchResult,
  ExecutionResult,
  RequestOfKind,
  RequestParams,
  Sink,
  StreamData,
  StreamDataForID,
  StreamEvent,
  StreamMessage,
} from './graphql-sse/types.ts'
