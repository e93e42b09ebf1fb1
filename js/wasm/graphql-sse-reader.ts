/** Reads GraphQL over SSE. */

import type { StreamError } from '../stream/errors.ts'
import type { GraphqlExports } from './exports.ts'
import { checkMaxMessageBytes } from './limits.ts'
import type { WasmModule } from './memory.ts'
import { messageLimitExceeded, Reader } from './reader.ts'
import { feed, type SseVisitor, Status, visit } from './table.ts'

/** The module with what a GraphqlSseReader needs, for `load`. */
export { graphql } from './generated/graphql.ts'
export type GraphqlModule = WasmModule<GraphqlExports>

/** Reads GraphQL over SSE as an SseReader does: results are named `next` and ends `complete`, whatever came. */
export class GraphqlSseReader extends Reader<GraphqlExports> {
  readonly #maxMessageBytes: number

  constructor(module: GraphqlModule, maxMessageBytes?: number) {
    const limit = checkMaxMessageBytes(maxMessageBytes)
    super(module, module.exports.graphqlSseOpen(limit))
    this.#maxMessageBytes = limit
  }

  read(chunk: Uint8Array, visitor: SseVisitor): StreamError | undefined {
    const status = feed(this.module, this.handle, chunk, visitor)
    return status === Status.ok ? undefined : messageLimitExceeded(this.#maxMessageBytes)
  }

  /** The bytes have ended: tells the visitor of a last event that is whole but for its blank line. */
  finish(visitor: SseVisitor): void {
    visit(this.module, this.module.exports.graphqlSseFinish(this.handle), visitor)
  }
}
