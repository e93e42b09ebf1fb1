/** Runs the snippets of the documents. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { after } from 'node:test'
import { transform } from 'esbuild'
import { readSnippets } from '../types/snippets.mjs'

const folder = new URL(`../../build/snippets-${process.pid}/`, import.meta.url)
mkdirSync(folder, { recursive: true })
after(() => rmSync(folder, { recursive: true }))

let runs = 0

/** The snippets under a heading of a document, in their order. */
export const snippetsUnder = (document, heading) =>
  readSnippets(document).filter(
    snippet => snippet.heading === heading && /^(tsx?|js)$/.test(snippet.language),
  )

/**
 * Runs a snippet. `reader` is what it calls and reads beside the package, the reader's own code. Resolves with what it declares
 * under `names`.
 */
export async function runSnippet({ code }, reader, names = []) {
  const module = await transform(`${code}\nexport { ${names} }`, {
    loader: 'ts',
    define: { document: 'page' },
  })
  const file = new URL(`${++runs}.mjs`, folder)
  writeFileSync(file, module.code)
  Object.assign(globalThis, reader)
  return import(file.href)
}
