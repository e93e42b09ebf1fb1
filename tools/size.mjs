/**
 * `npm run size` prints the bytes that each import adds to a page: bundled, minified, with the WebAssembly module.
 * Chunks that a page loads on demand are listed apart. Fails if a budget is exceeded, or if the README states another size.
 *
 * `-- --why` breaks the bytes down: imports by file, modules by function. `-- --json` prints JSON.
 */

import { existsSync, readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from './build.mjs'
import { main, root } from './setup.mjs'

/** The imports and their budgets: bytes after gzip. */
const imports = {
  "import { EventSource } from 'postsource'": 18_500,
  "import { readEvents } from 'postsource'": 11_500,
  "import { streamEvents } from 'postsource'": 17_300,
  "import { createClient } from 'postsource/graphql'": 25_300,
  "import { createClient } from 'postsource/graphql-sse'": 26_600,
  "import { createParser } from 'postsource/parser'": 9_700,
  "import { fetchEventSource } from 'postsource/fetch-event-source'": 14_600,
  "import 'postsource/auto'": 18_500,
  "import { useEventSource } from 'postsource/react'": 18_400,
  "import { shareAcrossTabs } from 'postsource/tabs'": 6_700,
  "import { watch } from 'postsource/devtools'": 51_000,
}

/** The chunks that are loaded on demand and their budgets: bytes after gzip. */
const chunks = {
  'multipart-messages': 10_100,
  'single-connection': 3_000,
  fallback: 16_100,
  'inspector-binary': 52_000,
  'inspector-module': 4_000,
}

const modules = ['sse', 'graphql', 'multipart', 'postsource', 'inspector']

function sizes(bytes) {
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes).length,
  }
}

/** Bundles an import. Returns the files that a page loads at once, and by name those it may load later. */
async function bundle(statement) {
  const { build: esbuild } = await import('esbuild')
  const name = statement.match(/\{ (\w+) \}/)?.[1]
  const { outputFiles, metafile } = await esbuild({
    stdin: { contents: name ? `${statement}; export { ${name} }` : statement, resolveDir: root },
    bundle: true,
    splitting: true,
    external: ['react'], // a page that uses the hooks has it already
    minify: true,
    format: 'esm',
    target: 'es2022',
    absWorkingDir: root,
    outdir: 'out',
    metafile: true,
    write: false,
  })
  const contents = new Map(outputFiles.map(({ path, contents }) => [relative(root, path), contents]))
  const atOnce = new Set(['out/stdin.js'])
  for (const path of atOnce) {
    for (const { path: imported, kind } of metafile.outputs[path].imports)
      if (kind === 'import-statement' && contents.has(imported)) atOnce.add(imported)
  }
  const later = [...contents.keys()].filter(path => metafile.outputs[path].entryPoint && !atOnce.has(path))
  return {
    page: Buffer.concat([...atOnce].map(path => contents.get(path))),
    files: [...atOnce].flatMap(path => Object.entries(metafile.outputs[path].inputs)),
    chunks: later.map(path => [basename(metafile.outputs[path].entryPoint, '.js'), contents.get(path)]),
  }
}

/** The sizes of a module's functions, by the symbol file that the linker writes. */
function functionsOf(name) {
  const bytes = readFileSync(join(root, `build/wasm/${name}.wasm`))
  const symbols = join(root, `build/wasm/${name}.wasm.symbols`)
  const names = new Map(
    existsSync(symbols)
      ? [...readFileSync(symbols, 'utf8').matchAll(/^(\d+):(.*)$/gm)].map(([, at, text]) => [
          Number(at),
          text,
        ])
      : [],
  )
  let at = 8
  const number = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
  }
  let imported = 0
  const functions = []
  while (at < bytes.length) {
    const section = bytes[at++]
    const end = number() + at
    if (section === 2)
      imported = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).filter(
        ({ kind }) => kind === 'function',
      ).length
    if (section === 10) {
      for (let left = number(); left > 0; left--) {
        const size = number()
        functions.push({
          name: names.get(imported + functions.length) ?? `function ${functions.length}`,
          size,
        })
        at += size
      }
    }
    at = end
  }
  return functions
}

function printLargest(title, rows) {
  console.log(`\n${title}`)
  const sorted = rows.toSorted((a, b) => b.size - a.size)
  for (const { name, size } of sorted.slice(0, 25))
    console.log(`${String(size).padStart(9)}  ${name.slice(0, 100)}`)
}

/** The sizes that the README's table of entry points states wrongly, by more than 750 bytes: one line for each. */
function misstated(rows) {
  const lines = readFileSync(join(root, 'README.md'), 'utf8').split('\n')
  return rows.flatMap(({ name, gzip }) => {
    const [, symbol, module] = name.match(/^import (?:\{ (\w+) \} from )?'(.+)'$/) ?? []
    if (module === undefined) return []
    const ofModule = lines.filter(line => line.startsWith('| `') && line.includes(`\`${module}\``))
    const line = ofModule.find(line => line.includes(`\`${symbol}\``)) ?? ofModule[0]
    const stated = line?.match(/(\d+) kB/)?.[1]
    const isRight = Math.abs(Number(stated) * 1000 - gzip) <= 750
    return isRight ? [] : [`README.md: ${name} is ${Math.round(gzip / 1000)} kB, not ${stated} kB`]
  })
}

await main(async args => {
  build()
  const rows = []
  const found = new Map()
  for (const [name, budget] of Object.entries(imports)) {
    const { page, files, chunks } = await bundle(name)
    rows.push({ name, budget, ...sizes(page) })
    // a page that already has a part of a chunk loads less later
    for (const [chunk, bytes] of chunks)
      if (bytes.length > (found.get(chunk)?.length ?? 0)) found.set(chunk, bytes)
    if (args.includes('--why')) {
      printLargest(
        name,
        files.map(([path, { bytesInOutput }]) => ({ name: path, size: bytesInOutput })),
      )
    }
  }
  for (const [chunk, bytes] of found)
    rows.push({ name: `later: ${chunk}`, budget: chunks[chunk] ?? 0, ...sizes(bytes) })
  for (const name of modules) {
    rows.push({ name: `${name}.wasm`, ...sizes(readFileSync(join(root, `build/wasm/${name}.wasm`))) })
    if (args.includes('--why')) printLargest(`${name}.wasm`, functionsOf(name))
  }
  const isOver = ({ gzip, budget }) => budget !== undefined && gzip > budget
  const wrong = misstated(rows)
  const failed = rows.filter(isOver).length + Math.min(1, wrong.length)
  process.exitCode = failed === 0 ? 0 : 1
  if (args.includes('--json')) return console.log(JSON.stringify(rows, null, 2))

  const column = value => String(value ?? '').padStart(9)
  console.log(`${''.padEnd(50)}${['raw', 'gzip', 'brotli', 'budget'].map(column).join('')}`)
  for (const { name, raw, gzip, brotli, budget } of rows) {
    console.log(
      `${name.padEnd(50)}${[raw, gzip, brotli, budget].map(column).join('')}${isOver({ gzip, budget }) ? '  over its budget' : ''}`,
    )
  }
  for (const line of wrong) console.log(line)
  const counted = rows.filter(({ budget }) => budget !== undefined).length + 1
  console.log(`\n${counted - failed} passed, ${failed} failed`)
})
