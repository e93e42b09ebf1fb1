/** The documents: their links lead somewhere, and the index has all pages. */

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { test } from 'node:test'
import { slugOf } from '../../site/anchors.mjs'
import { sections } from '../../site/sidebar.mjs'
import { documents, readDocument } from '../types/snippets.mjs'

const root = new URL('../../', import.meta.url)
const all = [...documents(), 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md']

const withoutCode = text => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')

/** The anchors of a document, as GitHub makes them of its headings. */
function anchorsOf(path) {
  const headings = readDocument(path)
    .replace(/^```[\s\S]*?^```/gm, '')
    .matchAll(/^#+ (.+)$/gm)
  return new Set([...headings].map(([, heading]) => slugOf(heading)))
}

/** The relative links and pictures of a document, as `{ path, anchor }`. */
function linksOf(document) {
  return [...withoutCode(readDocument(document)).matchAll(/\]\((?!\w+:)([^)\s#]*)(?:#([^)\s]+))?\)/g)].map(
    ([, path, anchor]) => ({
      path: path ? posix.join(posix.dirname(document), path) : document,
      anchor,
    }),
  )
}

for (const document of all) {
  test(`${document}: every relative link leads to a file and an anchor that exist`, () => {
    for (const { path, anchor } of linksOf(document)) {
      assert.ok(existsSync(new URL(path, root)), `${path} does not exist`)
      if (anchor) assert.ok(anchorsOf(path).has(anchor), `${path} has no heading for #${anchor}`)
    }
  })
}

test('docs/README.md links to every page', () => {
  const linked = new Set(linksOf('docs/README.md').map(({ path }) => path))
  const pages = documents().filter(path => path.startsWith('docs/') && path !== 'docs/README.md')
  assert.deepEqual(
    pages.filter(path => !linked.has(path)),
    [],
  )
})

test('the sidebar of the site has every page: site/sidebar.mjs lists them', () => {
  const listed = Object.values(sections).flat()
  const pages = documents().filter(path => path.startsWith('docs/') && path !== 'docs/README.md')
  assert.deepEqual(
    pages.filter(path => !listed.some(page => path === posix.join('docs', `${page}.md`))),
    [],
  )
})

test('README.md has at most 200 lines', () => {
  assert.ok(readDocument('README.md').trimEnd().split('\n').length <= 200)
})
