/** Runs the benchmark's page in a browser. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { build as bundle } from 'esbuild'
import { root } from '../tools/setup.mjs'
import { startBrowser, withResolvers } from './engines.mjs'

const script = join(root, 'build/bench/browser.js')
/**
 * Calls `onRow(kind, row)` with each row as it arrives. Resolves with the name of the browser. Rejects if the page
 * fails or the browser exits.
 */
export async function measureInBrowser(engine, settings, onRow) {
  await bundle({
    entryPoints: [join(root, 'bench/browser.mjs')],
    outfile: script,
    bundle: true,
    format: 'esm',
    logLevel: 'error',
  })
  const streams = await startStreamServer()
  const page = servePage({ ...settings, engine, servers: streams.servers }, onRow)
  const browser = startBrowser(engine, await page.url)
  try {
    return await Promise.race([page.done, browser.failed])
  } finally {
    page.close()
    browser.close()
    streams.close()
  }
}

/** Starts the server of the streams in a process of its own. */
async function startStreamServer() {
  const server = fork(join(root, 'bench/stream-server.mjs'), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const [line] = await once(server.stdout, 'data')
  return { servers: JSON.parse(line), close: () => server.disconnect() }
}

/** Serves the page with its settings. The page's last report settles `done`. */
function servePage(settings, onRow) {
  const files = {
    '/': ['text/html', () => '<script type="module" src="/browser.js"></script>'],
    '/browser.js': ['text/javascript', () => readFileSync(script)],
    '/settings': ['application/json', () => JSON.stringify(settings)],
  }
  const { promise: done, resolve, reject } = withResolvers()
  const ends = { done: resolve, failed: message => reject(new Error(message)) }
  const server = createServer(async (request, response) => {
    // an isolated page has a finer clock
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('cross-origin-embedder-policy', 'require-corp')
    const { pathname } = new URL(request.url, 'http://localhost')
    const [type, content] = files[pathname] ?? []
    if (content) return response.setHeader('content-type', type).end(content())
    if (pathname !== '/report') return response.writeHead(404).end()
    const parts = []
    for await (const part of request) parts.push(part)
    response.end()
    const { kind, row } = JSON.parse(Buffer.concat(parts))
    if (kind in ends) ends[kind](row)
    else onRow(kind, row)
  })
  const url = new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}/`))
  })
  return { url, done, close: () => server.close() }
}
