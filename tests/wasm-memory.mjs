/** The memory of the embedded modules of dist/, for tests that look for leaks, in Node and in pages. */

import { graphql } from '../dist/wasm/generated/graphql.js'
import { multipart } from '../dist/wasm/generated/multipart.js'
import { sse } from '../dist/wasm/generated/sse.js'

export { unfreedReaders } from '../dist/wasm/reader.js'

/** The bytes of all linear memories. */
export function wasmBytes() {
  return [sse, graphql, multipart].reduce((sum, { module }) => sum + (module?.bytes.length ?? 0), 0)
}
