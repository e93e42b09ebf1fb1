/**
 * `npm run size`: what each import costs a page, everything counted: bundled, minified, the module included. Fails
 * where a budget is exceeded. `-- --json` prints the figures as JSON.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from './build.mjs'
import { main, root } from './setup.mjs'

/** What is imported, and the bytes it may have after gzip. */
const imports = {
  "import { EventSource } from 'postsource'": 22_000,
  "import { readEvents } from 'postsource'": 20_000,
  "import { createClient } from 'postsource/graphql'": 27_000,
  "import { createParser } from 'postsource/parser'": 19_000,
  "import 'postsource/auto'": 22_000,
  "import { useEventSource } from 'postsource/react'": 23_500,
  "import { watch } from 'postsource/devtools'": 88_000,
}

/** Parts of the above, for information. */
const parts = ['build/wasm/postsource.wasm', 'js/wasm/generated/module.js', 'build/wasm/inspector.wasm']

function sizes(bytes) {
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes).length,
  }
}

async function bundle(statement) {
  const { build: esbuild } = await import('esbuild')
  const name = statement.match(/\{ (\w+) \}/)?.[1]
  const { outputFiles } = await esbuild({
    stdin: { contents: name ? `${statement}; export { ${name} }` : statement, resolveDir: root },
    bundle: true,
    external: ['react'], // the page has it
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  })
  return outputFiles[0].contents
}

await main(async args => {
  build()
  const rows = []
  for (const [name, budget] of Object.entries(imports))
    rows.push({ name, budget, ...sizes(await bundle(name)) })
  for (const path of parts) rows.push({ name: path, ...sizes(readFileSync(join(root, path))) })
  const isOver = ({ gzip, budget }) => budget !== undefined && gzip > budget
  const failed = rows.filter(isOver).length
  process.exitCode = failed === 0 ? 0 : 1
  if (args.includes('--json')) return console.log(JSON.stringify(rows, null, 2))

  const column = value => String(value ?? '').padStart(9)
  console.log(`${''.padEnd(50)}${['raw', 'gzip', 'brotli', 'budget'].map(column).join('')}`)
  for (const { name, raw, gzip, brotli, budget } of rows) {
    console.log(
      `${name.padEnd(50)}${[raw, gzip, brotli, budget].map(column).join('')}${isOver({ gzip, budget }) ? '  over its budget' : ''}`,
    )
  }
  console.log(`\n${Object.keys(imports).length - failed} passed, ${failed} failed`)
})
