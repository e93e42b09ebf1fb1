/**
 * Adds other formats to dist/: CommonJS, classic scripts for pages without a bundler, and files for service workers and
 * workerd.
 * `node tools/formats.mjs FOLDER` adds them to a folder of ES modules.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build, transform } from 'esbuild'
import { workerdEntryPoints } from './entry-points.mjs'

/** The classic scripts by name, and the modules whose exports each adds to the global `postsource`. */
const classicScripts = {
  'client.global.js': ['index.js', 'graphql.js'],
  'postsource.global.js': ['devtools.js'],
}

/**
 * dist/cjs: every module as CommonJS, for `require()` before Node 20.19, Jest's defaults and TypeScript's CommonJS.
 * The modules stay files of their own, so that all entry points share one state.
 */
async function addCommonJs(dist) {
  const names = readdirSync(dist, { recursive: true }).filter(
    name => /\.(js|d\.ts)$/.test(name) && !/^cli\b|\.global\.js$/.test(name),
  )
  for (const name of names) {
    const target = join(dist, 'cjs', name)
    mkdirSync(dirname(target), { recursive: true })
    const source = withoutMap(readFileSync(join(dist, name), 'utf8'))
      // the file is an ES module, which require() refuses; the folder resolves to CommonJS
      .replace("'@apollo/client/core/index.js'", "'@apollo/client/core'")
    writeFileSync(target, name.endsWith('.js') ? await asCommonJs(source) : source)
  }
  writeFileSync(join(dist, 'cjs/package.json'), '{ "type": "commonjs" }\n')
}

/** Removes the source maps of the embedded WebAssembly: their sources are generated and not published. */
function removeMapsOfGenerated(dist) {
  const folder = join(dist, 'wasm/generated')
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (name.endsWith('.map')) rmSync(path)
    else writeFileSync(path, withoutMap(readFileSync(path, 'utf8')))
  }
}

const withoutMap = source => source.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n')

async function asCommonJs(source) {
  const { code } = await transform(source, {
    format: 'cjs',
    target: 'es2022',
    // Jest's sandbox has no import()
    supported: { 'dynamic-import': false },
  })
  return code
}

/** Keeps the fallback a separate file, because few pages need it. The script loads it from its own folder. */
const fallbackBeside = {
  name: 'the fallback stays a file',
  setup({ onResolve }) {
    onResolve({ filter: /\/fallback\.js$/ }, () => ({ path: './wasm/generated/fallback.js', external: true }))
  },
}

/** Bundles the classic scripts. Each adds to the global, so that a console's script leaves the page's own in place. */
async function addClassicScripts(dist) {
  for (const [name, modules] of Object.entries(classicScripts)) {
    const imports = modules.map((module, i) => `import * as part${i} from './${module}'`)
    const parts = modules.map((_, i) => `...part${i}`)
    await build({
      stdin: {
        contents: `${imports.join('\n')}\nglobalThis.postsource = { ...globalThis.postsource, ${parts.join(', ')} }`,
        resolveDir: dist,
      },
      bundle: true,
      minify: true,
      format: 'iife',
      target: 'es2022',
      logLevel: 'error',
      outfile: join(dist, name),
      plugins: [fallbackBeside],
    })
  }
}

/**
 * dist/service-worker.js: one file without `import()`, which service workers refuse and Parcel refuses to build for
 * them.
 */
async function bundleServiceWorker(dist) {
  const path = join(dist, 'service-worker.js')
  await build({
    entryPoints: [path],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
    outfile: path,
    allowOverwrite: true,
  })
  rmSync(`${path}.map`)
}

/**
 * dist/workerd: the entry points that read streams, for Cloudflare's workerd. It refuses to compile bytes; a module
 * must be an imported file, which is compiled when the worker is deployed.
 * https://developers.cloudflare.com/workers/runtime-apis/webassembly/javascript/
 */
function addWorkerd(dist) {
  mkdirSync(join(dist, 'workerd'))
  for (const [name, from] of Object.entries(workerdEntryPoints)) {
    const lines = [
      "import wasm from '../postsource.wasm'",
      `import { init } from '../${from}.js'`,
      `export * from '../${name}.js'`,
      // the first stream reports a failure
      'init({ wasm }).catch(() => {})',
    ]
    writeFileSync(join(dist, 'workerd', `${name}.js`), `${lines.join('\n')}\n`)
  }
}

const [, , folder] = process.argv
removeMapsOfGenerated(folder)
await addCommonJs(folder)
await addClassicScripts(folder)
await bundleServiceWorker(folder)
addWorkerd(folder)
