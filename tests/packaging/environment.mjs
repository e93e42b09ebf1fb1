/** Runs one environment in its folder: builds, then opens the page or starts the command, and waits for the reports. */

import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { chromium as playwright } from '@playwright/test'
import { chromium } from '../../tools/setup.mjs'
import { writeScenario } from './install.mjs'
import { startServer } from './server.mjs'

/** A run that is silent for this long has failed, even on a busy machine. */
const patienceMs = 120_000

const launch = () => ({
  executablePath: chromium(),
  args: ['--no-sandbox', '--disable-background-networking'],
})

let browser

/** Ends the browser, if one was started. */
export async function closeBrowser() {
  await (await browser)?.close()
}

/** Resolves with `steps`, the results by step, and `failures`, what went wrong besides. */
export async function run(folder, environment, tarball) {
  const { headers, site = '.', build, steps = ['post', 'graphql', 'multipart', 'abort'] } = environment
  const { knownToFail = [] } = environment
  const server = await startServer({ folder: join(folder, site), headers })
  const shell = shellIn(folder, tarball)
  const failures = []
  try {
    await writeScenario(folder, server.origin)
    if (build) failures.push(...warningsOf(await shell.finish(build)))
    if (environment.check) await use(environment, shell)
    else if (steps.length > 0) failures.push(...(await start(environment, { folder, server, shell })))
    for (const step of steps) {
      if (!server.results.has(step)) failures.push(`${step}: nothing was reported`)
    }
    for (const [step, error] of server.results) {
      const isKnown = knownToFail.includes(step)
      if (error && !isKnown) failures.push(`${step}: ${error}`)
      if (!error && isKnown) failures.push(`${step} works now: take it from knownToFail`)
    }
  } catch (error) {
    failures.push(error.message)
  } finally {
    shell.killAll()
    await server.close()
  }
  const results = steps.map(step => [
    step,
    server.results.has(step) && server.results.get(step) === undefined,
  ])
  return { steps: new Map(results), failures }
}

/** Starts the app and waits for the end of the scenario. Resolves with its output if it failed. */
async function start({ page = '', serve, extension, run }, { folder, server, shell }) {
  if (run) {
    await shell.finish(run)
    return []
  }
  if (extension) return visitExtension(folder, extension, server)
  if (serve) return visit(await shell.addressOf(serve), server)
  return visit(`${server.origin}/${page.endsWith('.js') ? await pageFor(folder, page) : page}`, server)
}

/** Uses an example as `check` does it: its page, or its command. */
async function use({ serve, check }, shell) {
  if (!serve) return check({ run: shell.finish })
  const address = await shell.addressOf(serve)
  browser ??= playwright.launch(launch())
  const context = await (await browser).newContext()
  try {
    const page = await context.newPage()
    const thrown = []
    page.on('pageerror', error => thrown.push(error.stack))
    await page.goto(address)
    await check({ page })
    if (thrown.length > 0) throw new Error(`the page throws: ${thrown.join('\n')}`)
  } finally {
    await context.close()
  }
}

/** A page for a script that was bundled without one. */
async function pageFor(folder, script) {
  const html = `<!doctype html><link rel="icon" href="data:,"><body><script type="module" src="/${script}"></script>`
  await writeFile(join(folder, 'bundled.html'), html)
  return 'bundled.html'
}

async function visit(address, server) {
  browser ??= playwright.launch(launch())
  const context = await (await browser).newContext()
  try {
    return await listen(await context.newPage(), address, server)
  } finally {
    await context.close()
  }
}

/** An unpacked extension needs a profile of its own, and the new headless mode. */
async function visitExtension(folder, path, server) {
  const { executablePath, args } = launch()
  const context = await playwright.launchPersistentContext('', {
    executablePath,
    headless: false,
    args: [...args, '--headless=new', `--disable-extensions-except=${folder}`, `--load-extension=${folder}`],
  })
  try {
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'))
    const address = new URL(path, worker.url()).href
    return await listen(await context.newPage(), address, server)
  } finally {
    await context.close()
  }
}

/** Opens the page and waits for the end. Resolves with its console output if the end does not come. */
async function listen(page, address, server) {
  const said = []
  page.on('console', message => said.push(`console: ${message.text()}`))
  const broken = new Promise(resolve => {
    page.on('pageerror', error => resolve(said.push(`the page throws: ${error.stack}`)))
    page.on('response', response => {
      if (response.status() >= 400) resolve(said.push(`${response.status()} for ${response.url()}`))
    })
  })
  await page.goto(address)
  const isEnded = await Promise.race([server.ended.then(() => true), broken.then(() => false), patience()])
  return isEnded ? [] : said
}

function patience() {
  return new Promise(resolve => setTimeout(resolve, patienceMs, false).unref())
}

/** Returns the build's warnings that name the package. */
function warningsOf(output) {
  const lines = output.split('\n')
  const names = i => lines.slice(i, i + 3).some(line => line.includes('node_modules/postsource'))
  const isWarned = lines.some((line, i) => /\bwarn(ing)?\b/i.test(line) && names(i))
  return isWarned ? [`the build warns:\n${output}`] : []
}

/** Runs commands in a folder, with the programs that are installed there. */
function shellIn(folder, tarball) {
  const children = new Set()
  const env = {
    ...process.env,
    PATH: `${join(folder, 'node_modules/.bin')}${delimiter}${process.env.PATH}`,
    TARBALL: tarball,
    CI: '1',
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
    NODE_ENV: undefined,
    NEXT_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
  }
  function begin(command) {
    const child = spawn(command, {
      cwd: folder,
      env,
      shell: true,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.add(child)
    child.said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', text => {
        child.said += text
      })
    return child
  }
  const closed = child => new Promise(resolve => child.on('close', resolve))
  return {
    /** Resolves with the command's output. Rejects with it if the command fails. */
    async finish(command) {
      const child = begin(command)
      const timer = setTimeout(() => kill(child), patienceMs * 3)
      const status = await closed(child)
      clearTimeout(timer)
      children.delete(child)
      if (status !== 0) throw new Error(`${command} failed with ${status}:\n${child.said.trim()}`)
      return child.said
    },
    /** Starts a server; resolves with the first address that it prints. */
    async addressOf(command) {
      const child = begin(command)
      const address = (async () => {
        for await (const line of createInterface({ input: child.stdout })) {
          const [found] = line.match(/https?:\/\/(localhost|127\.0\.0\.1):\d+\/?/) ?? []
          if (found) return found
        }
      })()
      const found = await Promise.race([address, closed(child), patience()])
      if (typeof found !== 'string') throw new Error(`${command} prints no address:\n${child.said.trim()}`)
      return found
    },
    killAll: () => [...children].forEach(kill),
  }
}

/** The process and all that it has started: a shell alone would leave its child behind. */
function kill(child) {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // it has ended by itself
  }
}
