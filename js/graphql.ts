/** `postsource/graphql`: subscriptions, and results that come over time, from any server that streams over HTTP. */

export { type Client, createClient } from './graphql/client.ts'
export { init } from './graphql/init.ts'
export { applyPatch, type JsonPatchOperation } from './graphql/json-patch.ts'
export type { Message, Protocol } from './graphql/message-decoders.ts'
export type { ProtocolOption } from './graphql/negotiation.ts'
export { isRetryable, type OperationRetryOptions } from './graphql/operation-retry.ts'
export type {
  ClientListeners,
  ClientOptions,
  GraphqlRequestOptions,
  OperationAttempt,
  PerOperation,
  Sink,
} from './graphql/options.ts'
export type { PrintDocument } from './graphql/query-text.ts'
export { type Part, type ReadPartsOptions, readParts } from './graphql/read-parts.ts'
export { type ReadResultsOptions, readResults } from './graphql/read-results.ts'
export {
  type BuildRequest,
  graphqlRequest,
  type OperationRequest,
  type RequestContext,
  wundergraphRequest,
} from './graphql/request.ts'
export {
  type IncrementalDelivery,
  isComplete,
  type PayloadMerger,
  type UnfinishedResponse,
} from './graphql/results.ts'
export type {
  AnyVariables,
  DocumentNodeLike,
  DocumentTypeDecoration,
  ExecutionResult,
  GraphQLErrorLike,
  Operation,
  OperationKind,
  RequestOverrides,
  TypedDocument,
} from './graphql/types.ts'
export { StreamError, type StreamErrorCode, type StreamErrorDetails } from './stream/errors.ts'
export { type BackoffOptions, exponentialBackoff } from './stream/reconnect.ts'
export type { Attempt, RetryCause, RetryPolicy } from './stream/types.ts'
export type { InitOptions, WasmSource } from './wasm/module.ts'
