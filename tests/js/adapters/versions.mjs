/** The major versions of the libraries that the adapters are for. */

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = path => fileURLToPath(new URL(path, import.meta.url))

/** Each library's versions, and the packages that they are installed as. */
export const apolloVersions = { 3: 'apollo-client-3', 4: '@apollo/client' }
export const urqlVersions = { 4: 'urql-core-4', 5: 'urql-core-5', 6: '@urql/core' }
export const relayVersions = { 14: 'relay-runtime-14', 21: 'relay-runtime' }

export const loadApollo = packageName => load('apollo-imports.mjs', '@apollo/client', packageName)
export const loadUrql = packageName => load('urql-imports.mjs', '@urql/core', packageName)
export const loadRelay = packageName => load('relay-imports.mjs', 'relay-runtime', packageName)

/** Loads what a module exports, with the package `packageName` wherever the module or its imports say `library`. */
async function load(module, library, packageName) {
  const outfile = here(`../../../build/adapters/${packageName.replace('/', '-')}.mjs`)
  await build({
    entryPoints: [here(module)],
    alias: { [library]: packageName },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
    // a bundle of CommonJS modules, which ask for others of theirs
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
    },
  })
  return import(outfile)
}
