/** `postsource/graphql`: subscriptions, and results that come over time, from any server that streams over HTTP. */

export { StreamError, type StreamErrorCode, type StreamErrorDetails } from './errors.ts'
export { type Client, type ClientOptions, createClient, type Sink } from './graphql-client.ts'
export type { ClientListeners, GraphqlRequestOptions } from './graphql-operation.ts'
export {
  type BuildRequest,
  graphqlRequest,
  type OperationRequest,
  type RequestContext,
  wundergraphRequest,
} from './graphql-request.ts'
export type {
  AnyVariables,
  DocumentNodeLike,
  DocumentTypeDecoration,
  ExecutionResult,
  GraphQLErrorLike,
  Operation,
  TypedDocument,
} from './graphql-types.ts'
export { applyPatch, type JsonPatchOperation } from './json-patch.ts'
export type { Message, Protocol } from './messages.ts'
export type { ProtocolOption } from './negotiation.ts'
export { isRetryable, type OperationRetryOptions } from './operation-retry.ts'
export type { PrintDocument } from './query-text.ts'
export { type Part, type ReadPartsOptions, readParts } from './read-parts.ts'
export { type ReadResultsOptions, readResults } from './read-results.ts'
export { type BackoffOptions, exponentialBackoff } from './reconnect.ts'
export { type IncrementalDelivery, isComplete, type UnfinishedResponse } from './results.ts'
export type { RetryCause } from './types.ts'
export { init, type WasmSource } from './wasm.ts'
