/**
 * The entry points are the files js/*.ts. package.json names them three times: in `exports`, and for the tools that
 * ignore `exports` in `typesVersions` (TypeScript's node10) and `alias` (Parcel). `npm run check` compares, and
 * `npm run check -- --fix` writes them.
 */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup.mjs'

/** Modules that replace an entry point under a condition of `exports`. */
const variants = { react: { 'react-server': 'react-server' } }

/** The entry points that read streams by themselves, and the one whose `init` loads what they need. */
export const workerdEntryPoints = {
  index: 'index',
  graphql: 'graphql',
  parser: 'index',
  'fetch-event-source': 'index',
  'graphql-sse': 'graphql',
  auto: 'index',
}

const files = ['client.global.js', 'postsource.global.js', 'postsource.wasm', 'inspector.wasm']

export const names = readdirSync(join(root, 'js'))
  .filter(name => name.endsWith('.ts'))
  .map(name => name.slice(0, -'.ts'.length))
  .filter(name => !Object.values(variants).some(conditions => Object.values(conditions).includes(name)))
  .sort((a, b) => Number(b === 'index') - Number(a === 'index') || a.localeCompare(b))

const subpaths = names.filter(name => name !== 'index')

const target = (types, module = types) => ({ types: `./dist/${types}.d.ts`, default: `./dist/${module}.js` })

function conditionsOf(name) {
  const own = Object.entries(variants[name] ?? {}).map(([condition, module]) => [
    condition,
    target(name, module),
  ])
  const workerd = name in workerdEntryPoints && { workerd: target(name, `workerd/${name}`) }
  return { ...Object.fromEntries(own), ...workerd, require: target(`cjs/${name}`), default: target(name) }
}

/** The fields of package.json that name the entry points. */
export function entryPointFields() {
  const exports = names.map(name => [name === 'index' ? '.' : `./${name}`, conditionsOf(name)])
  return {
    exports: {
      ...Object.fromEntries(exports),
      ...Object.fromEntries(files.map(name => [`./${name}`, `./dist/${name}`])),
      './package.json': './package.json',
    },
    typesVersions: { '*': Object.fromEntries(subpaths.map(name => [name, [`./dist/${name}.d.ts`]])) },
    alias: Object.fromEntries(subpaths.map(name => [`./${name}`, `./dist/${name}.js`])),
  }
}
