/** Runs the snippets of the documents. */

import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { after } from 'node:test'
import { Worker } from 'node:worker_threads'
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
  Object.assign(globalThis, reader)
  return import(write(module.code))
}

/** Writes a module. Returns its address. */
function write(code) {
  const file = new URL(`${++runs}.mjs`, folder)
  writeFileSync(file, code)
  return file.href
}

/**
 * Runs a snippet in a thread of its own, where no module has been loaded: `before`, the snippet, and `after`. Resolves with the first
 * value that one of them shows.
 */
export async function runInThread({ code }, { before, after = '' }) {
  const show = 'globalThis.show = value => parentPort.postMessage(value)'
  const first = write(`import { parentPort } from 'node:worker_threads'\n${show}\n${before}`)
  const second = write(`${code}\n${after}`)
  const thread = new Worker(new URL(write(`import '${first}'\nimport '${second}'`)))
  try {
    const [value] = await once(thread, 'message')
    return value
  } finally {
    await thread.terminate()
  }
}
