/** What the tarball has to hold, and nothing else: every place needs a file, and every file has a place. */

import { entryModules } from '../../tools/entry-points.mjs'

const entries = entryModules.join('|')
const folders = 'stream|wasm|event-source|graphql|store|react|devtools'
const compiled = String.raw`\.(js|js\.map|d\.ts|d\.ts\.map)`

const places = {
  'the package itself': /^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
  'the sources of the entry points': new RegExp(`^js/(${entries})\\.ts$`),
  'the sources in folders': new RegExp(`^js/(${folders}|cli)/(?!generated/)[\\w/-]+\\.ts$`),
  'the entry points': new RegExp(`^dist/(${entries})${compiled}$`),
  'the modules in folders': new RegExp(`^dist/(${folders}|cli)/(?!generated/)[\\w/-]+${compiled}$`),
  'the entry points as CommonJS': new RegExp(`^dist/cjs/(${entries})\\.(js|d\\.ts)$`),
  'the CommonJS modules in folders': new RegExp(`^dist/cjs/(${folders})/[\\w/-]+\\.(js|d\\.ts)$`),
  'the entry points for workerd': /^dist\/workerd\/[\w-]+\.js$/,
  'what makes them CommonJS': /^dist\/cjs\/package\.json$/,
  'the embedded WebAssembly': /^dist\/wasm\/generated\/[\w-]+\.(js|d\.ts)$/,
  'WebAssembly as files': /^dist\/[\w-]+\.wasm$/,
  'the classic scripts': /^dist\/(client|postsource)\.global\.js$/,
}

/** The types of the embedded bytes say that they are a text, and not which. */
const mostBytesOfTypes = 20_000

/** What is wrong with a list of `{ path, size }`, a line each. */
export function misplaced(files) {
  const patterns = Object.entries(places)
  const empty = patterns.filter(([, pattern]) => !files.some(({ path }) => pattern.test(path)))
  const strange = files.filter(({ path }) => !patterns.some(([, pattern]) => pattern.test(path)))
  const huge = files.filter(({ path, size }) => path.endsWith('.d.ts') && size > mostBytesOfTypes)
  return [
    ...empty.map(([name]) => `no file is in a place: ${name}`),
    ...strange.map(({ path }) => `${path} has no place in tests/packaging/tarball.mjs`),
    ...huge.map(({ path, size }) => `${path} has ${size} bytes, more than types should`),
  ]
}
