/**
 * The distribution's WebKit for Playwright's tests, because Playwright's own build is not available everywhere. WebDriver
 * drives it, behind the methods of Playwright's page and context that the tests use.
 * https://www.w3.org/TR/webdriver2/
 */

import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { miniBrowser, which } from '../../tools/setup.mjs'

/** Playwright's default, which the tests assume. */
const scriptTimeoutMs = 15_000

/**
 * Returns a script that calls the function, or evaluates the expression, and answers with JSON that also encodes values
 * that JSON omits. The script contains the code itself, because a page's policy may forbid `eval`.
 */
const calling = what => `
const [given, done] = arguments
const asJson = value => JSON.stringify(value, (_, value) =>
  value === undefined || (typeof value === 'number' && !Number.isFinite(value)) ? { $: String(value) } : value)
const call = async () => ${typeof what === 'function' ? `(${what})(given)` : what}
call().then(
  value => done({ value: asJson(value) }),
  error => done({ error: String(error) + '\\n' + String(error?.stack ?? '') }),
)`

const special = { undefined, NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, '-Infinity': -Infinity }

function parse(json) {
  const revive = (_, value) =>
    value !== null && typeof value === 'object' && '$' in value ? special[value.$] : value
  return JSON.parse(json, revive)
}

/** Starts the driver with a display of its own. Resolves with a function that sends commands, and one that ends it. */
async function startDriver() {
  const port = await freePort()
  const env = { ...process.env, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' }
  const driver = [which('WebKitWebDriver'), `--port=${port}`]
  const child = spawn(which('xvfb-run'), ['-a', ...driver], { env, stdio: 'ignore', detached: true })
  const send = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const { value } = await response.json()
    if (!response.ok) throw new Error(`WebDriver: ${value.error}: ${value.message}`)
    return value
  }
  // the port opens when the display is ready
  for (let isReady = false; !isReady && child.exitCode === null; ) {
    isReady = await send('GET', '/status').then(
      () => true,
      () => pause(50),
    )
  }
  return { send, stop: () => process.kill(-child.pid) }
}

async function freePort() {
  const server = createServer()
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}

/** Starts a browser. Its `page` and `context` have a subset of Playwright's methods. */
async function startWebkit() {
  const { send, stop } = await startDriver()
  const { sessionId } = await send('POST', '/session', {
    capabilities: {
      alwaysMatch: { 'webkitgtk:browserOptions': { binary: miniBrowser(), args: ['--automation'] } },
    },
  })
  const command = (method, path, body) => send(method, `/session/${sessionId}${path}`, body)
  await command('POST', '/timeouts', { script: scriptTimeoutMs, pageLoad: scriptTimeoutMs })

  const page = {
    goto: url => command('POST', '/url', { url }),
    async evaluate(what, given) {
      const answer = await command('POST', '/execute/async', {
        script: calling(what),
        args: [given ?? null],
      })
      if (answer.error !== undefined) throw new Error(answer.error)
      return parse(answer.value)
    },
    async waitForFunction(what) {
      const isTrue = typeof what === 'function' ? `Boolean((${what})())` : `Boolean(${what})`
      while (!(await page.evaluate(isTrue))) await pause(20)
    },
  }
  const context = {
    // a cookie can only be set for the page that is open
    async addCookies(cookies) {
      for (const { name, value } of cookies) await command('POST', '/cookie', { cookie: { name, value } })
    },
  }
  return {
    page,
    context,
    clear: () => command('DELETE', '/cookie'),
    async close() {
      await command('DELETE', '').catch(() => {})
      stop()
    },
  }
}

/** Playwright's fixtures `page` and `context`, from one browser for each worker. */
export const webkitFixtures = {
  webkit: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameters
    async ({}, use) => {
      const webkit = await startWebkit()
      await use(webkit)
      await webkit.close()
    },
    { scope: 'worker' },
  ],
  page: async ({ webkit }, use) => {
    await webkit.page.goto('about:blank')
    await use(webkit.page)
    await webkit.clear()
  },
  context: ({ webkit }, use) => use(webkit.context),
}
