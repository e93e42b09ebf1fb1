/** The documents that people read, and the code in them. */

import { readdirSync, readFileSync } from 'node:fs'

const root = new URL('../../', import.meta.url)

/** The paths of README.md and of all pages in docs/, except docs/api/, which `npm run api` writes. */
export function documents() {
  const pages = readdirSync(new URL('docs/', root), { recursive: true })
    .map(path => `docs/${path.replaceAll('\\', '/')}`)
    .filter(path => path.endsWith('.md') && !path.startsWith('docs/api/'))
  return ['README.md', ...pages.sort()]
}

/** The text of a document. */
export const readDocument = path => readFileSync(new URL(path, root), 'utf8')

/** The snippets of a document, each as `{ heading, language, code }`, with the heading above it. */
export function readSnippets(path) {
  const snippets = []
  let heading
  // a fence is matched as a whole, because a line of its code may look like a heading
  for (const [, title, language, code] of readDocument(path).matchAll(
    /^#+ (.+)$|^```(\w*)[^\n]*\n([\s\S]*?)^```/gm,
  )) {
    if (title) heading = title
    else snippets.push({ heading, language, code })
  }
  return snippets
}
