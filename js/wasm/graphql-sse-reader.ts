/** Reads GraphQL over SSE. */

import type { StreamError } from '../stream/errors.ts'
import type { GraphqlExports } from './exports.ts'
import { checkMaxMessageBytes } from './limits.ts'
import type { WasmModule } from './memory.ts'
import { messageError, Reader } from './reader.ts'
import { type SseVisitor, visit } from './table.ts'

/** The module of a GraphqlSseReader, for `load`. */
export { graphql } from './generated/graphql.ts'
export type GraphqlModule = WasmModule<GraphqlExports>

/** Reads GraphQL over SSE as an SseReader does, but names results `next` and ends `complete` where servers deviate. */
export class GraphqlSseReader extends Reader<GraphqlExports> {
  readonly #maxMessageBytes: number

  constructor(module: GraphqlModule, maxMessageBytes?: number) {
    const limit = checkMaxMessageBytes(maxMessageBytes)
    super(module, exports => exports.graphqlSseOpen(limit))
    this.#maxMessageBytes = limit
  }

  read(chunk: Uint8Array, visitor: SseVisitor): StreamError | undefined {
    return messageError(this.feed(chunk, visitor), this.#maxMessageBytes)
  }

  /**
   * Ends the stream. Passes the last event to the visitor if only its blank line is missing. Returns the error that
   * ends the stream, as `read` does.
   */
  finish(visitor: SseVisitor): StreamError | undefined {
    const status = this.run(() => visit(this.module, this.exports.graphqlSseFinish(this.handle), visitor))
    return messageError(status, this.#maxMessageBytes)
  }
}
