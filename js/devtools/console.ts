/**
 * What the server sends, for the browser's console: paste `import('…/devtools.js')` or the classic script
 * `postsource.global.js`, and call these. Everything is printed as it comes.
 */

import { printTrace } from './console-printer.ts'
import { type FollowOptions, follow, followRecording } from './follow.ts'
import type { InspectedMessage } from './inspector.ts'
import { parseRecording, type Recording, toRecording } from './recording.ts'
import type { ReplayOptions } from './replay.ts'
import type { Trace } from './trace.ts'
import { statsOf, type TraceStats } from './trace-stats.ts'

/** What {@link watch} and {@link inspect} take. */
export interface WatchOptions extends FollowOptions {
  /** The console to print to; the global one by default. */
  console?: Console
}

/** A stream that is being watched. */
export interface WatchHandle {
  /** Ends the stream. */
  stop(): void
  /** Prints no more; what comes is kept. */
  pause(): void
  /** Prints what has come in the meantime, and goes on. */
  resume(): void
  /** All messages that are kept. */
  readonly messages: InspectedMessage[]
  /** Prints the messages as a table. */
  table(): void
  /** What the stream amounts to so far. */
  stats(): TraceStats
  /** All there is to know, for programs. */
  readonly trace: Trace
}

/** Opens a stream and prints each message, grouped and coloured. */
export function watch(url: string | URL, options: WatchOptions = {}): WatchHandle {
  return print(follow(url, options), options, false)
}

/** The same with what the inspector finds, and a summary at the end. */
export function inspect(url: string | URL, options: WatchOptions = {}): WatchHandle {
  return print(follow(url, options), options, true)
}

/**
 * Returns the stream of a handle as a {@link Recording}. Pass it to `JSON.stringify`, or give a file name to download it.
 * Only harmless headers are kept, and each connection's `omittedHeaders` names the others. The address, the request's
 * body and the bytes are kept as they are: read them before you pass the recording on.
 */
export function record({ trace }: Pick<WatchHandle, 'trace'>, fileName?: string): Recording {
  const recording = toRecording(trace)
  if (fileName !== undefined) download(recording, fileName)
  return recording
}

/** Plays a recording, or the text of one, back into a client without a server, and inspects it. */
export function replay(
  recording: Recording | string,
  { speed, ...options }: Pick<ReplayOptions, 'speed'> & Pick<WatchOptions, 'console'> = {},
): WatchHandle {
  const parsed = typeof recording === 'string' ? parseRecording(recording) : recording
  return print(followRecording(parsed, speed === undefined ? {} : { speed }), options, true)
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
