/** Loads what reads GraphQL over SSE, before the first stream needs it. */

import { graphql } from '../wasm/graphql-sse-reader.ts'
import { type InitOptions, initialize } from '../wasm/module.ts'

/**
 * Loads the GraphQL parser now rather than with the first stream, or from elsewhere than this package's own JavaScript,
 * where it is embedded: `postsource/postsource.wasm` holds all parsers in a file. What is given here counts for every
 * entry point of the package.
 *
 * Rejects with a StreamError `unsupported` where it cannot be loaded.
 */
export function init(options: InitOptions = {}): Promise<void> {
  return initialize(graphql, options)
}
