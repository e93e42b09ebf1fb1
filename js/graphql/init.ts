/** Loads the GraphQL parser before the first stream needs it. */

import { graphql } from '../wasm/graphql-sse-reader.ts'
import { type InitOptions, initialize } from '../wasm/module.ts'

/**
 * Loads the GraphQL parser now instead of with the first stream. By default the parser is embedded in the package's
 * JavaScript. `source` loads `postsource/postsource.wasm` instead, a file with all parsers. The options apply to every entry
 * point of the package.
 *
 * Rejects with a StreamError `unsupported` if it cannot be loaded.
 */
export function init(options: InitOptions = {}): Promise<void> {
  return initialize(graphql, options)
}
