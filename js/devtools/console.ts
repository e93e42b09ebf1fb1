/**
 * Functions for the browser's console, loaded with `import('…/devtools.js')` or the classic script
 * `postsource.global.js`. They print what a server sends, as it arrives.
 */

import { printTrace } from './console-printer.ts'
import type { InspectedMessage } from './inspector.ts'
import { parseRecording, type Recording, toRecording } from './recording.ts'
import type { ReplayOptions } from './replay.ts'
import type { Trace } from './trace.ts'
import { statsOf, type TraceStats } from './trace-stats.ts'
import { replayTrace, type TraceOptions, traceStream } from './trace-stream.ts'

/** The options of {@link watch} and {@link inspect}. */
export interface WatchOptions extends TraceOptions {
  /** The console to print to; the global one by default. */
  console?: Console | undefined
}

/** A stream that is printed to the console. */
export interface WatchHandle {
  /** Ends the stream. */
  stop(): void
  /** Stops printing. Messages that arrive meanwhile are kept. */
  pause(): void
  /** Prints the messages since `pause`, and continues. */
  resume(): void
  /** The messages that are kept. */
  readonly messages: InspectedMessage[]
  /** Prints the kept messages as a table. */
  table(): void
  /** Returns statistics of the stream so far. */
  stats(): TraceStats
  /** The trace of the stream. */
  readonly trace: Trace
}

/**
 * Opens a stream and prints each message. Throws a TypeError for an invalid address; a failure of the stream is
 * printed.
 */
export function watch(url: string | URL, options: WatchOptions = {}): WatchHandle {
  return print(traceStream(url, options), options, false)
}

/** Does the same as {@link watch} with the inspector's findings. */
export function inspect(url: string | URL, options: WatchOptions = {}): WatchHandle {
  return print(traceStream(url, options), options, true)
}

/**
 * Returns the stream of a handle as a {@link Recording}. Pass it to `JSON.stringify`, or give a file name to download
 * it. Only harmless headers are kept, and each connection's `omittedHeaders` names the others. The address, the
 * request's body and the bytes are kept as they are: read them before you pass the recording on.
 */
export function record({ trace }: Pick<WatchHandle, 'trace'>, fileName?: string): Recording {
  const recording = toRecording(trace)
  if (fileName !== undefined) download(recording, fileName)
  return recording
}

/**
 * Plays a recording, or the text of one, back to a client without a server, and prints it as {@link inspect} does.
 * `speed` is how many times as fast as it was, 1 by default. Throws an Error for a text that is not a recording, and a
 * RangeError for a `speed` that is not more than 0.
 */
export function replay(
  recording: Recording | string,
  { speed, ...options }: Pick<ReplayOptions, 'speed'> & Pick<WatchOptions, 'console'> = {},
): WatchHandle {
  const parsed = typeof recording === 'string' ? parseRecording(recording) : recording
  return print(replayTrace(parsed, speed === undefined ? {} : { speed }), options, true)
}

function print(
  trace: Trace,
  { console = globalThis.console }: WatchOptions,
  hasFindings: boolean,
): WatchHandle {
  const printer = printTrace(trace, { console, hasFindings })
  return {
    trace,
    stop: () => trace.stop(),
    pause: () => printer.pause(),
    resume: () => printer.resume(),
    get messages() {
      return trace.messages
    },
    table: () => printer.table(),
    stats: () => statsOf(trace),
  }
}

function download(recording: Recording, fileName: string): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(recording)], { type: 'application/json' }))
  const link = Object.assign(document.createElement('a'), { href: address, download: fileName })
  link.click()
  // the download has begun by then
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
