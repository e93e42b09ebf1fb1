/** Bundles the worker as wrangler does, whose conditions these are, and asks workerd to run it. */
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'

await build({
  entryPoints: ['worker.mjs'],
  bundle: true,
  format: 'esm',
  conditions: ['workerd', 'worker', 'browser'],
  loader: { '.wasm': 'copy' },
  outdir: 'out',
  outExtension: { '.js': '.mjs' },
})
const miniflare = new Miniflare({
  modules: true,
  modulesRules: [
    { type: 'ESModule', include: ['**/*.mjs'] },
    { type: 'CompiledWasm', include: ['**/*.wasm'] },
  ],
  modulesRoot: 'out',
  scriptPath: 'out/worker.mjs',
  compatibilityDate: '2026-07-01',
})
const response = await miniflare.dispatchFetch('http://localhost/')
console.log(await response.text())
await miniflare.dispose()
