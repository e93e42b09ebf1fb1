/**
 * `npm run site` builds the site of the documentation into build/site and follows its links. `-- --dev` serves it and
 * shows what changes; `-- --preview` serves what was built.
 */

import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { main, root, setup } from './setup.mjs'

const site = join(root, 'build/site')

async function vitepress(...args) {
  const child = spawn(join(root, 'site/node_modules/.bin/vitepress'), args, { cwd: root, stdio: 'inherit' })
  const status = await new Promise(resolve => child.on('close', resolve))
  if (status !== 0) throw new Error(`vitepress ${args.join(' ')} failed with ${status}`)
}

/** The links of all pages that lead to no page or to no anchor. VitePress itself looks at pages only. */
function deadLinks() {
  const base = process.env.POSTSOURCE_SITE_BASE ?? '/'
  const pages = new Map(
    readdirSync(site, { recursive: true })
      .filter(path => path.endsWith('.html'))
      .map(path => [path, readFileSync(join(site, path), 'utf8')]),
  )
  const ids = new Map(
    [...pages].map(([path, html]) => [
      path,
      new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => unescapeHtml(id))),
    ]),
  )
  return [...pages].flatMap(([page, html]) =>
    [...html.matchAll(/<a[^>]*\shref="([^"]*)"/g)].flatMap(([, href]) => {
      const { origin, pathname, hash } = new URL(unescapeHtml(href), `http://site${base}${page}`)
      if (origin !== 'http://site') return []
      const path = decodeURIComponent(pathname).slice(base.length)
      const target = path === '' || path.endsWith('/') ? `${path}index.html` : path
      const anchor = decodeURIComponent(hash.slice(1))
      if (!existsSync(join(site, target))) return [`${page}: ${href} leads to no page`]
      if (anchor && !ids.get(target)?.has(anchor)) return [`${page}: ${href} leads to no heading`]
      return []
    }),
  )
}

const unescapeHtml = text =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

await main(async args => {
  setup(['build', 'site'])
  if (args.includes('--preview')) return vitepress('preview', 'site')
  build()
  const { writeReference } = await import('../site/typedoc.mjs')
  await writeReference()
  if (args.includes('--dev')) return vitepress('dev', 'site')
  await vitepress('build', 'site')
  const dead = [...new Set(deadLinks())]
  for (const link of dead) console.log(`not ok ${link}`)
  console.log(`the site is in build/site\n1 passed, ${dead.length} failed`)
  process.exitCode = dead.length === 0 ? 0 : 1
})
