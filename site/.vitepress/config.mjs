/** The site: the pages of docs/ as they are, the reference of build/reference/, and examples that run in the page. */

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { defineConfig } from 'vitepress'
import { names } from '../../tools/entry-points.mjs'
import { root } from '../../tools/setup.mjs'
import { slugOf } from '../anchors.mjs'
import { writeIndexForModels } from '../llms.mjs'
import { sections } from '../sidebar.mjs'

/** The page that shows a Markdown file, or undefined. Both are relative to the repository. */
function pageOf(file) {
  const [, api] = file.match(/^docs\/api\/(.+)$/) ?? []
  if (api) return `reference/${api}`
  if (file === 'site/index.md' || file === 'docs/README.md') return 'index.md'
  if (file === 'README.md') return 'overview.md'
  const [, rest] = file.match(/^docs\/(.+\.md)$/) ?? []
  if (rest) return rest
  const [, entry] = file.match(/^build\/reference\/postsource\.?(.*)\.md$/) ?? []
  if (entry !== undefined) return `reference/${entry || 'index'}.md`
  return /^[A-Z]+\.md$/.test(file) ? file.toLowerCase() : undefined
}

const headingOf = path =>
  readFileSync(join(root, path), 'utf8')
    .match(/^# (.+)$/m)[1]
    .replaceAll('`', '')

/** A link of the sidebar to a file. */
const item = file => ({ text: headingOf(file), link: `/${pageOf(file).replace(/\.md$/, '')}` })

const sidebar = [
  ...Object.entries(sections).map(([text, paths]) => ({
    text,
    collapsed: false,
    items: paths.map(path => item(join('docs', `${path}.md`))),
  })),
  {
    text: 'Reference',
    collapsed: true,
    items: names.map(name => ({
      text: name === 'index' ? 'postsource' : `postsource/${name}`,
      link: `/reference/${name}`,
    })),
  },
]

/** Relative links lead from file to file in the repository; here they lead from page to page. */
function followFiles(md) {
  const openLink = md.renderer.rules.link_open
  md.renderer.rules.link_open = (tokens, i, options, env, self) => {
    const [path, anchor] = (tokens[i].attrGet('href') ?? '').split('#')
    if (path.endsWith('.md') && !path.includes(':')) {
      const file = relative(root, join(dirname(env.realPath ?? env.path), path))
      const page = pageOf(file)
      if (page && (existsSync(join(root, file)) || file.startsWith('docs/api/')))
        tokens[i].attrSet('href', `/${page}${anchor ? `#${anchor}` : ''}`)
    }
    return openLink(tokens, i, options, env, self)
  }
}

/** A fence with the word `run` can be edited and run in the page. */
function runExamples(md) {
  const { fence } = md.renderer.rules
  md.renderer.rules.fence = (tokens, i, ...rest) => {
    const token = tokens[i]
    const [language, word] = token.info.split(' ')
    if (word !== 'run') return fence(tokens, i, ...rest)
    token.info = language
    return `<LiveExample>${fence(tokens, i, ...rest)}</LiveExample>`
  }
}

export default defineConfig({
  title: 'postsource',
  description:
    'Server-sent events and GraphQL results over fetch: an EventSource that can POST, and a GraphQL client.',
  base: process.env.POSTSOURCE_SITE_BASE ?? '/',
  srcDir: '../',
  srcExclude: [
    '!(docs|build|site|*.md)/**',
    'docs/README.md',
    'docs/api/**',
    'build/!(reference)/**',
    'build/reference/README.md',
    'site/!(index.md)',
  ],
  rewrites: pageOf,
  outDir: join(root, 'build/site'),
  cacheDir: join(root, 'build/site-cache'),
  head: [
    [
      'link',
      {
        rel: 'icon',
        href: `data:image/svg+xml,${encodeURIComponent(readFileSync(join(root, 'demo/pages/icon.svg'), 'utf8'))}`,
      },
    ],
  ],
  markdown: {
    anchor: { slugify: slugOf },
    toc: { slugify: slugOf },
    headers: { slugify: slugOf },
    config(md) {
      followFiles(md)
      runExamples(md)
    },
  },
  vite: {
    publicDir: false,
    // Vite would look into every page of the demo and of the tests for what the site imports
    optimizeDeps: { entries: ['site/.vitepress/theme/*.{js,vue}'] },
    resolve: {
      alias: [
        { find: /^postsource$/, replacement: join(root, 'dist/index.js') },
        { find: /^postsource\/(.+)$/, replacement: join(root, 'dist/$1.js') },
        // as the demo's server names it, whose inspector's texts the examples share
        { find: /^\/dist\/(.+)$/, replacement: join(root, 'dist/$1') },
      ],
    },
  },
  themeConfig: {
    nav: [
      { text: 'Get started', link: '/getting-started' },
      { text: 'Try it', link: '/try' },
      { text: 'GraphQL', link: '/graphql' },
      { text: 'React', link: '/react' },
      { text: 'Reference', link: '/reference/index' },
    ],
    sidebar,
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          // who searches a common word wants the guides first
          searchOptions: { boostDocument: id => (/\/(reference|changelog|contributing)/.test(id) ? 0.2 : 1) },
        },
      },
    },
  },
  buildEnd: writeIndexForModels,
})
