/** `postsource/devtools`: inspects and records streams, in the browser's console and in programs. */

export { inspect, record, replay, type WatchHandle, type WatchOptions, watch } from './devtools/console.ts'
export {
  type Finding,
  type InspectedMessage,
  Inspector,
  type InspectorContext,
  InspectorModule,
  type InspectorRule,
  loadInspector,
  type MessageKind,
} from './devtools/inspector.ts'
export {
  parseRecording,
  type RecordedConnection,
  type Recording,
  toRecording,
  traceRecording,
} from './devtools/recording.ts'
export { type ReplayOptions, replayFetch } from './devtools/replay.ts'
export {
  bytesOf,
  Trace,
  type TraceConnection,
  TraceEvent,
  type TraceEventType,
  type TraceLimits,
  type TraceTotals,
} from './devtools/trace.ts'
export { type RuleCount, rulesOf, statsOf, type TraceStats } from './devtools/trace-stats.ts'
export { replayTrace, type TraceOptions, traceStream } from './devtools/trace-stream.ts'
export { type PageWatch, type WatchPageOptions, watchPage } from './devtools/watch-page.ts'
