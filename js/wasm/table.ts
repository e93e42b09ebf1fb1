/** Reads the table of what a chunk completes. bindings/table.h describes its layout. */

import { Encoding, type WasmModule } from './memory.ts'

// The layout of bindings/table.h.
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

/** Longer chunks are fed in pieces, which bounds the table and the memory that streams share. */
const feedBytes = 64 * 1024
/**
 * Receives what a chunk completes, in the order of the stream. A visitor must not read a stream before the visit is
 * over, because all readers share the module's memory.
 */
export interface SseVisitor {
  /** An event. `type` is empty if the block names none, `id` is undefined if the block has no id. */
  onEvent(type: string, data: string, id: string | undefined): void
  /** A block without data set the last event id. */
  onId(id: string): void
  /** The server set the reconnection time, in milliseconds: any number of digits. */
  onRetry(digits: string): void
  /** A comment: the text after its colon. Only with `reportIgnored`. */
  onComment?(text: string): void
  /** A line that has no effect. Only with `reportIgnored`. */
  onIgnoredLine?(line: string): void
}

/** Receives what a chunk of a multipart stream completes. The rule for an SseVisitor applies. */
export interface PartVisitor {
  /** A part whose body is JSON: its text, without white space around it. */
  onJson(text: string, headers: string | undefined): void
  /** A part of another type. The bytes are a copy. */
  onBytes(bytes: Uint8Array, headers: string | undefined): void
  /** The close delimiter. */
  onEnd(): void
}

export type Visitor = SseVisitor | PartVisitor

/** Parses a chunk and passes what it completes to the visitor. Returns a Status. */
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

/** Passes the table at `address` to a visitor: a loop over runs, and one over the records of each. */
export function visit(module: WasmModule, address: number, visitor: Visitor): number {
  const table = address >>> 2
  const words = module.words
  const end = table + (words[table + 1] as number)
  // a visitor gets records of its own format only
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

/** The records of a decoded run. This is the hot loop, so it avoids calls and closures. */
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

/** The records of a run that cannot be decoded at once: decodes every field by its byte offsets. */
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
