/** Playwright's test with the scripted server, and pages with a function that watches sources. */

import { test as playwright } from '@playwright/test'
import { engine, knownDifferences } from './engines.mjs'
import { startServer } from './server.mjs'
import { webkitFixtures } from './webkit.mjs'

const base = playwright.extend({ ...knownDifferences, ...(engine === 'webkit' && webkitFixtures) })

/** Defines `watch(source, ...types)` in the page: it logs a source's events as data, and waits for more. */
const watcher = `
globalThis.watch = (source, ...types) => {
  const log = []
  const waiting = new Set()
  const describe = event =>
    event instanceof MessageEvent
      ? { type: event.type, data: event.data, lastEventId: event.lastEventId, origin: event.origin }
      : { type: event.type, readyState: source.readyState,
          ...(event.error && { code: event.error.code, status: event.error.status, willReconnectIn: event.willReconnectIn }) }
  for (const type of ['open', 'message', 'error', ...types]) {
    source.addEventListener(type, event => {
      log.push(describe(event))
      for (const check of waiting) check()
    })
  }
  const until = predicate => new Promise(resolve => {
    const check = () => {
      if (!predicate(log)) return
      waiting.delete(check)
      resolve(log)
    }
    waiting.add(check)
    check()
  })
  return {
    log,
    until,
    messages: count => until(log => log.filter(entry => 'data' in entry).length >= count)
      .then(log => log.filter(entry => 'data' in entry).map(entry => entry.data)),
    errors: count => until(log => log.filter(entry => entry.type === 'error' && !('data' in entry)).length >= count),
  }
}
`

export const test = base.extend({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameters
    async ({}, use) => {
      const server = await startServer()
      const ours =
        "import '/dist/auto.js'; import * as postsource from '/dist/index.js'; globalThis.postsource = postsource"
      for (const [path, script, policy] of [
        ['/native', ''],
        ['/postsource', ours],
        // WebAssembly is forbidden: the same parsers run as JavaScript
        ['/fallback', ours, "script-src 'self' 'nonce-test'"],
      ]) {
        server.page(
          path,
          // without an icon the browser would request one at some point
          `<!doctype html><link rel="icon" href="data:,"><script nonce="test">${watcher}</script><script nonce="test" type="module">${script}; globalThis.ready = true</script>`,
          policy && { 'content-security-policy': policy },
        )
      }
      await use(server)
      await server.close()
    },
    { scope: 'test' },
  ],
})

/** Opens the page in which `EventSource` is the implementation named. */
export async function open(page, server, implementation) {
  await page.goto(`${server.origin}/${implementation}`)
  await page.waitForFunction('globalThis.ready')
}

/**
 * Defines tests of the standard's EventSource for the browser's own, for ours in its place, and for ours under a policy
 * that forbids WebAssembly. If a browser is known to differ from the standard, the test says how.
 */
export function onBoth(define) {
  for (const implementation of ['native', 'postsource', 'fallback']) {
    test.describe(implementation, () => {
      test.beforeEach(({ page, server }) => open(page, server, implementation))
      define({ ours: implementation !== 'native' })
    })
  }
}

export { expect } from '@playwright/test'
