/**
 * What the first stream of a page costs in Chromium: ours, the browser's own and fetch with eventsource-parser in turns.
 * Every sample has a page of its own on a site of its own, so that Chromium gives it a new process that has compiled
 * nothing yet.
 */

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { build as bundle } from 'esbuild'
import { root } from '../tools/setup.mjs'
import { startBrowser, withResolvers } from './engines.mjs'

const contenders = [
  'native',
  'eventsource-parser',
  'postsource',
  'loading-of-postsource',
  'parser-of-eventsource-parser',
  'parser-of-postsource',
]
const scripts = join(root, 'build/bench/start-up')

/** Resolves with the samples by contender: each has the milliseconds of every figure. */
export async function measureStartUp({ rounds }) {
  await bundle({
    entryPoints: contenders.map(name => join(root, `bench/start-up/${name}.mjs`)),
    outdir: scripts,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    logLevel: 'error',
  })
  const server = await servePages(Array.from({ length: rounds }, () => contenders).flat())
  const browser = startBrowser('chromium', server.first)
  try {
    return await Promise.race([server.done, browser.failed])
  } finally {
    server.close()
    browser.close()
  }
}

/** Serves a page for each of the names, one after the other; `done` resolves with the samples. */
async function servePages(names) {
  const samples = Object.fromEntries(contenders.map(name => [name, []]))
  const { promise: done, resolve } = withResolvers()
  const address = i => `http://page${i}.localhost:${server.address().port}/`
  let at = 0
  const server = createServer(async (request, response) => {
    // an isolated page has the finer clock
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('cross-origin-embedder-policy', 'require-corp')
    if (request.url === '/') {
      response.setHeader('content-type', 'text/html')
      response.end(
        `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/${names[at]}.js"></script>`,
      )
    } else if (request.url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: a\n\n')
    } else if (request.url === '/report') {
      const parts = []
      for await (const part of request) parts.push(part)
      samples[names[at]].push(JSON.parse(Buffer.concat(parts)))
      response.end(++at < names.length ? address(at) : '')
      if (at === names.length) resolve(samples)
    } else {
      response.setHeader('content-type', 'text/javascript').end(readFileSync(join(scripts, request.url)))
    }
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { first: address(0), done, close }
}
