/** All vectors of the parsers, at every slicing, with the JavaScript that is read where WebAssembly is forbidden. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

delete globalThis.WebAssembly
console.debug = () => {} // where the fallback says that it is loaded

await import('../event-source/sse-vectors.test.mjs')
await import('../graphql/graphql-vectors.test.mjs')

test('the modules are the fallback', async () => {
  const { load } = await import('../../../dist/wasm/module.js')
  const { sse } = await import('../../../dist/wasm/sse-reader.js')
  const { memory } = (await load(sse)).exports
  assert.equal(globalThis.WebAssembly, undefined)
  assert.ok(memory.buffer instanceof ArrayBuffer)
})
