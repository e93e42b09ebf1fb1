/** What the tarball has to hold, and nothing else: the files named here, and those that follow from each source. */

import { execFileSync } from 'node:child_process'
import { workerdEntryPoints } from '../../tools/entry-points.mjs'
import { root } from '../../tools/setup.mjs'
import { documents as pages, readDocument } from '../types/snippets.mjs'

const documents = [...pages(), 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'LICENSE']
const pictures = [
  ...['streams', 'inspector'].map(name => `demo/pictures/${name}.png`),
  ...['end-to-end', 'graphql', 'parsing'].map(name => `docs/pictures/${name}.svg`),
]
const scripts = [
  'client.global.js',
  'postsource.global.js',
  'postsource.wasm',
  'inspector.wasm',
  'cjs/package.json',
]
const generated = ['sse', 'graphql', 'multipart', 'fallback', 'inspector-binary', 'inspector-module']
/** Was bundled from other files, to which its map would not lead. */
const withoutMap = 'dist/service-worker.js.map'

function expected() {
  const tracked = execFileSync('git', ['ls-files', 'js'], { cwd: root, encoding: 'utf8' }).split('\n')
  const sources = tracked
    .filter(path => path.endsWith('.ts'))
    .map(path => path.slice('js/'.length, -'.ts'.length))
  const each = (names, ...paths) => names.flatMap(name => paths.map(path => path.replace('*', name)))
  return [
    'package.json',
    ...documents,
    ...pictures,
    ...each(scripts, 'dist/*'),
    ...each(sources, 'js/*.ts', 'dist/*.js', 'dist/*.js.map', 'dist/*.d.ts', 'dist/*.d.ts.map'),
    ...each(
      sources.filter(name => !name.startsWith('cli/')),
      'dist/cjs/*.js',
      'dist/cjs/*.d.ts',
    ),
    ...each(
      generated,
      ...['', 'cjs/'].flatMap(folder => ['js', 'd.ts'].map(type => `dist/${folder}wasm/generated/*.${type}`)),
    ),
    ...each(Object.keys(workerdEntryPoints), 'dist/workerd/*.js'),
  ].filter(path => path !== withoutMap)
}

/** The types of the embedded bytes say that they are a text, and not which. */
const mostBytesOfTypes = 20_000

/** Checks a list of `{ path, size }`. Returns one line for each problem. */
export function misplaced(files) {
  const packed = new Set(files.map(({ path }) => path))
  const wanted = new Set(expected())
  const huge = files.filter(({ path, size }) => path.endsWith('.d.ts') && size > mostBytesOfTypes)
  const links = readDocument('README.md').matchAll(/\]\((?!https?:|#)([^)#]+)/g)
  return [
    ...[...wanted].filter(path => !packed.has(path)).map(path => `${path} is missing`),
    ...[...packed].filter(path => !wanted.has(path)).map(path => `${path} has no place in the tarball`),
    ...[...links]
      .filter(([, path]) => !packed.has(path))
      .map(([, path]) => `the README links to ${path}, which is missing`),
    ...huge.map(({ path, size }) => `${path} has ${size} bytes, more than types should`),
  ]
}
