export { StreamError, type StreamErrorCode, type StreamErrorDetails } from './errors.ts'
export {
  EventSource,
  type EventSourceEventMap,
  StreamErrorEvent,
  StreamOpenEvent,
} from './event-source.ts'
export {
  type EventStreamSource,
  type ReadEventsOptions,
  readEventBatches,
  readEvents,
} from './read-events.ts'
export { type BackoffOptions, exponentialBackoff, standardRetry } from './reconnect.ts'
export type {
  EventSourceOptions,
  PerAttempt,
  RequestOptions,
  RetryCause,
  RetryPolicy,
  StreamEvent,
} from './types.ts'
export { init, type WasmSource } from './wasm.ts'
