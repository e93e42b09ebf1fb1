export { EventSource } from './event-source/event-source.ts'
export { init } from './event-source/init.ts'
export {
  type EventStreamSource,
  type ReadEventsOptions,
  readEventBatches,
  readEvents,
} from './event-source/read-events.ts'
export { type ResumeByGetOptions, resumeByGet } from './event-source/resume-by-get.ts'
export {
  type EventSourceEventMap,
  type SourceErrorEvent,
  type SourceOpenEvent,
  StreamErrorEvent,
  StreamOpenEvent,
} from './event-source/source-events.ts'
export { type StreamEventsOptions, streamEvents } from './event-source/stream-events.ts'
export {
  type ReportedError,
  StreamError,
  type StreamErrorCode,
  type StreamErrorDetails,
} from './stream/errors.ts'
export { type BackoffOptions, exponentialBackoff, standardRetry } from './stream/reconnect.ts'
export type {
  Attempt,
  EventSourceOptions,
  PerAttempt,
  RequestOptions,
  RetryCause,
  RetryPolicy,
  StreamEvent,
} from './stream/types.ts'
export type { WatchdogOptions } from './stream/watchdog.ts'
export type { InitOptions, WasmSource } from './wasm/module.ts'
