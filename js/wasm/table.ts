/** Reads the table of words, laid out by bindings/table.h, in which the module says what a chunk completes. */

import { Encoding, type WasmModule } from './memory.ts'

// What bindings/table.h lays out.
export const Status = { ok: 0, limitExceeded: 1, outOfMemory: -1 } as const
const Kind = {
  event: 0,
  id: 1,
  retry: 2,
  comment: 3,
  ignoredLine: 4,
  jsonPart: 5,
  bytePart: 6,
  end: 7,
} as const
const headerWords = 2
const runWords = 4
const recordWords = 6
const byteOffsetWords = 4
const none = -1

/** Longer chunks are fed in pieces: this bounds what one feed can report, and the memory that streams share. */
const feedBytes = 64 * 1024
/**
 * Is told what a chunk completes, in the order of the stream. It only takes notes: the module's memory is
 * shared by all readers, so nothing may be read before the visit is over.
 */
export interface SseVisitor {
  /** An event; `type` is empty where the block named none, `id` undefined where it had no id of its own. */
  onEvent(type: string, data: string, id: string | undefined): void
  /** A block without data has moved the last event id. */
  onId(id: string): void
  /** The server has set the reconnection time, in milliseconds: digits, however many. */
  onRetry(digits: string): void
  /** What follows the colon of a comment; only with `reportIgnored`. */
  onComment?(text: string): void
  /** A line that has no effect; only with `reportIgnored`. */
  onIgnoredLine?(line: string): void
}

/** Is told what a chunk of a multipart stream completes; takes notes as an SseVisitor does. */
export interface PartVisitor {
  /** A part whose body is JSON: its text, without white space around it. */
  onJson(text: string, headers: string | undefined): void
  /** A part of another type. The bytes are a copy. */
  onBytes(bytes: Uint8Array, headers: string | undefined): void
  /** The close delimiter: the stream is complete. */
  onEnd(): void
}

export type Visitor = SseVisitor | PartVisitor

/** Gives a chunk to a stream's parser and tells the visitor what it completes. Returns a Status. */
export function feed(module: WasmModule, handle: number, chunk: Uint8Array, visitor: Visitor): number {
  for (let at = 0; at < chunk.length; at += feedBytes) {
    const piece = chunk.length <= feedBytes ? chunk : chunk.subarray(at, at + feedBytes)
    const room = module.room(handle, piece.length)
    if (room === 0) return Status.outOfMemory
    module.bytes.set(piece, room)
    const status = visit(module, module.feed(handle, piece.length), visitor)
    if (status !== Status.ok) return status
  }
  return Status.ok
}

/** Tells a visitor what the table at `address` says: a loop over runs, and one over the records of each. */
export function visit(module: WasmModule, address: number, visitor: Visitor): number {
  const table = address >>> 2
  const words = module.words
  const end = table + (words[table + 1] as number)
  // only records of its own format come to a visitor
  const all = visitor as SseVisitor & PartVisitor
  for (let at = table + headerWords; at < end; ) {
    const begin = words[at] as number
    const encoding = words[at + 3] as number
    const records = at + runWords
    const recordsEnd = records + (words[at + 2] as number) * recordWords
    const text = module.run(begin, begin + (words[at + 1] as number), encoding)
    if (text !== undefined) {
      visitRecords(module, words, records, recordsEnd, text, all)
    } else {
      const offsets =
        encoding === Encoding.bytes
          ? { at: records + 2, step: recordWords }
          : { at: recordsEnd, step: byteOffsetWords }
      visitFields(module, words, records, recordsEnd, begin, offsets, all)
    }
    at = encoding === Encoding.utf8 ? recordsEnd + (words[at + 2] as number) * byteOffsetWords : recordsEnd
  }
  return words[table] as number
}

/** The records of a run that has been decoded. This is where the time goes: no call or closure that can be spared. */
function visitRecords(
  module: WasmModule,
  words: Int32Array,
  begin: number,
  end: number,
  text: string,
  visitor: SseVisitor & PartVisitor,
): void {
  for (let at = begin; at < end; at += recordWords) {
    const kind = words[at] as number
    const symbol = words[at + 1] as number
    const extraBegin = words[at + 4] as number
    const extra = extraBegin === none ? undefined : text.slice(extraBegin, words[at + 5] as number)
    if (kind === Kind.event) {
      visitor.onEvent(
        module.symbol(symbol),
        text.slice(words[at + 2] as number, words[at + 3] as number),
        extra,
      )
    } else if (kind === Kind.jsonPart) {
      visitor.onJson(text.slice(words[at + 2] as number, words[at + 3] as number), extra)
    } else {
      visitOther(module, kind, symbol, extra, visitor)
    }
  }
}

/** The records of a run that is not to be decoded as one: every field alone, by its place in bytes. */
function visitFields(
  module: WasmModule,
  words: Int32Array,
  begin: number,
  end: number,
  address: number,
  offsets: { at: number; step: number },
  visitor: SseVisitor & PartVisitor,
): void {
  const field = (offset: number): string =>
    module.field(address + (words[offset] as number), address + (words[offset + 1] as number))
  let at = offsets.at
  for (let record = begin; record < end; record += recordWords, at += offsets.step) {
    const kind = words[record] as number
    const symbol = words[record + 1] as number
    const extra = words[at + 2] === none ? undefined : field(at + 2)
    if (kind === Kind.event) {
      visitor.onEvent(module.symbol(symbol), field(at), extra)
    } else if (kind === Kind.jsonPart) {
      visitor.onJson(field(at), extra)
    } else if (kind === Kind.bytePart) {
      const bytes = module.bytes.slice(address + (words[at] as number), address + (words[at + 1] as number))
      visitor.onBytes(bytes, extra)
    } else {
      visitOther(module, kind, symbol, extra, visitor)
    }
  }
}

function visitOther(
  module: WasmModule,
  kind: number,
  symbol: number,
  id: string | undefined,
  visitor: SseVisitor & PartVisitor,
): void {
  if (kind === Kind.id) visitor.onId(id as string)
  else if (kind === Kind.retry) visitor.onRetry(module.symbol(symbol))
  else if (kind === Kind.comment) visitor.onComment?.(module.symbol(symbol))
  else if (kind === Kind.ignoredLine) visitor.onIgnoredLine?.(module.symbol(symbol))
  else if (kind === Kind.end) visitor.onEnd()
}
