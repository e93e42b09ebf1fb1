/** Writes llms.txt, a list of the pages, and llms-full.txt, their text, for language models. https://llmstxt.org */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const summary =
  'Server-sent events and GraphQL results over `fetch`, for browsers, Node, Deno, Bun and workers: an EventSource that can ' +
  'POST, with headers, retries and errors that say why, and a GraphQL client for SSE, multipart and `@defer`.'

/** Called by VitePress when the pages are written. */
export function writeIndexForModels({ site, srcDir, outDir, rewrites }) {
  const sections = site.themeConfig.sidebar.map(({ text, items }) => ({
    text,
    pages: items.map(({ text, link }) => {
      const page = `${link.slice(1)}.md`
      const source = readFileSync(join(srcDir, rewrites.inv[page] ?? page), 'utf8')
      return { title: text, page, source }
    }),
  }))
  const head = `# postsource\n\n> ${summary}\n`
  const lists = sections.map(({ text, pages }) => {
    const links = pages.map(
      ({ title, page, source }) => `- [${title}](${site.base}${page}): ${firstSentence(source)}`,
    )
    return `## ${text}\n\n${links.join('\n')}\n`
  })
  writeFileSync(join(outDir, 'llms.txt'), [head, ...lists].join('\n'))
  const texts = sections.flatMap(({ pages }) => pages)
  writeFileSync(join(outDir, 'llms-full.txt'), [head, ...texts.map(({ source }) => source)].join('\n\n'))
  for (const { page, source } of texts) writeFileSync(join(outDir, page), source)
}

/** The first sentence of a page's text, without links. */
function firstSentence(source) {
  const paragraph = source.split(/\n\n+/).find(text => /^[A-Z`]/.test(text) && !text.startsWith('```')) ?? ''
  return paragraph
    .replaceAll('\n', ' ')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/(?<=[.:]) .*$/, '')
}
