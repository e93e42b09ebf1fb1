/** What the tests of the hooks and adapters share: the pages, built by Vite with the peers of the project. */

import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { test as base, expect } from '@playwright/test'
import react from '@vitejs/plugin-react'
import { build } from 'vite'

const here = path => fileURLToPath(new URL(path, import.meta.url))

/** Vite's `resolve.alias`, by the name of the peers. */
const aliases = {
  current: {},
  older: {
    react: 'react-18',
    'react-dom': 'react-dom-18',
    '@apollo/client/incremental': here('no-incremental.js'),
    '@apollo/client': 'apollo-client-3',
    '@urql/core': 'urql-core-4',
    urql: 'urql-4',
    'relay-runtime': 'relay-runtime-14',
    'react-relay': 'react-relay-14',
  },
}

/** Vite's settings for pages with these peers. */
export const settings = peers => ({
  configFile: false,
  logLevel: 'error',
  plugins: [react()],
  resolve: { alias: aliases[peers] },
})

/** What `reactVersion` and `apolloVersion` begin with on a page with these peers. */
export const versions = {
  current: { react: /^19\./, apollo: /^4\./ },
  older: { react: /^18\./, apollo: /^3\./ },
}

const output = outDir => ({ outDir, emptyOutDir: true, minify: false })

/** Builds the page in the folder `root`; returns a `serveFile(pathname, response)` for what was built. */
export async function buildPage(peers, root, outDir) {
  await build({ ...settings(peers), root, build: output(outDir) })
  return (pathname, response) => serveFile(outDir, pathname, response)
}

/**
 * - `peers`: `current` or `older`, as the project says.
 * - `pages`: `serveFile(pathname, response)` of the built page, and `render(scene)`, which renders a scene as a server
 *   does, to `{ html, requests }`, the latter being what was fetched thereby. Built once by each worker.
 */
export const test = base.extend({
  peers: ['current', { option: true, scope: 'worker' }],
  pages: [
    async ({ peers }, use, { parallelIndex }) => {
      const outDir = here(`../../build/react-tests/${peers}-${parallelIndex}/`)
      let onServer
      await use({
        serveFile: await buildPage(peers, here('.'), `${outDir}page/`),
        async render(scene) {
          onServer ??= buildForServer(peers, `${outDir}server/`)
          return renderOnServer(await onServer, scene)
        },
      })
    },
    { scope: 'worker' },
  ],
})

async function serveFile(folder, pathname, response) {
  const file = pathname === '/' ? 'index.html' : pathname.slice(1)
  const type = file.endsWith('.js') ? 'text/javascript' : 'text/html'
  const bytes = await readFile(folder + file).catch(() => undefined)
  if (bytes === undefined) return response.writeHead(404).end()
  response.writeHead(200, { 'content-type': type }).end(bytes)
}

/** Everything is bundled, so that the aliases hold for all of it. */
async function buildForServer(peers, outDir) {
  await build({
    ...settings(peers),
    root: here('.'),
    build: { ...output(outDir), ssr: 'render.jsx' },
    ssr: { noExternal: true },
  })
  return import(pathToFileURL(`${outDir}render.js`).href)
}

async function renderOnServer({ render }, scene) {
  const { fetch } = globalThis
  const requests = []
  globalThis.fetch = async resource => {
    requests.push(String(resource))
    throw new TypeError('nothing is fetched on a server')
  }
  try {
    const html = render(scene)
    await setTimeout(100)
    return { html, requests }
  } finally {
    globalThis.fetch = fetch
  }
}

/** As `expect.poll`, but asking often: most of what is waited for comes within milliseconds. */
export const poll = probe => expect.poll(probe, { intervals: [10, 20, 50] })
