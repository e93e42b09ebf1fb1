/** Runs the benchmark's page in a Chromium without a debugger, which would slow streams down. */

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build as bundle } from 'esbuild'
import { chromium, root } from '../tools/setup.mjs'
import { concat, makeChunks } from './workloads.mjs'

const script = join(root, 'build/bench/browser.js')
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--mute-audio',
]

/**
 * Calls `onRow(kind, row)` with each row as it arrives. Resolves with the name of the browser. Rejects if the page
 * fails or the browser exits.
 */
export async function measureInChromium(settings, onRow) {
  await bundle({
    entryPoints: [join(root, 'bench/browser.mjs')],
    outfile: script,
    bundle: true,
    format: 'esm',
    logLevel: 'error',
  })
  const page = servePage(settings, onRow)
  const browser = startBrowser(await page.url)
  try {
    return await Promise.race([page.done, browser.failed])
  } finally {
    page.close()
    browser.close()
  }
}

/** Serves the page with its settings and streams. The page's last report settles `done`. */
function servePage(settings, onRow) {
  const streams = streamsOf(settings)
  const list = streams.map(({ name, url, body }) => ({ name, url, bytes: body.length }))
  const files = {
    '/': ['text/html', () => '<script type="module" src="/browser.js"></script>'],
    '/browser.js': ['text/javascript', () => readFileSync(script)],
    '/settings': ['application/json', () => JSON.stringify({ ...settings, streams: list })],
    ...Object.fromEntries(streams.map(({ url, body }) => [url, ['text/event-stream', () => body]])),
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

function streamsOf({ quick }) {
  return ['token events, 175 B', 'GraphQL next, 370 B'].map((name, i) => ({
    name,
    url: `/stream/${i}`,
    body: Buffer.from(concat(makeChunks(name, '64 KiB', quick ? 8 << 20 : 32 << 20))),
  }))
}

/** Opens `url` in a browser with its own profile. `failed` rejects if the browser exits. */
export function startBrowser(url) {
  const profile = mkdtempSync(join(tmpdir(), 'postsource-bench-'))
  const browser = spawn(chromium(), [...flags, `--user-data-dir=${profile}`, url], { stdio: 'ignore' })
  const { promise: failed, reject } = withResolvers()
  browser.on('exit', code => reject(new Error(`Chromium ended with status ${code}`)))
  return {
    failed,
    close() {
      failed.catch(() => {})
      browser.kill()
      try {
        rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
      } catch {
        // child processes may still write to it; a remaining temporary folder must not lose the results
      }
    },
  }
}

/** `Promise.withResolvers`, which Node has since version 22. */
export function withResolvers() {
  const parts = {}
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }))
  return parts
}
