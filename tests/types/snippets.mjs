/** The snippets of README.md, each as `{ heading, language, code }`, with the heading that it stands under. */

import { readFileSync } from 'node:fs'

export function readSnippets() {
  const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const snippets = []
  let heading
  // a line of code that looks like a heading is none: a fence is taken whole
  for (const [, title, language, code] of text.matchAll(/^#+ (.+)$|^```(\w*)\n([\s\S]*?)^```/gm)) {
    if (title) heading = title
    else snippets.push({ heading, language, code })
  }
  return snippets
}
