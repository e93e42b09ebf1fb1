/** Starts browsers without a debugger or automation, which would slow streams down. */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, miniBrowser, which } from '../tools/setup.mjs'

/** The command of each engine that opens `url` with the folder `profile` for its own data. */
const commands = {
  chromium: (url, profile) => [
    chromium(),
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--mute-audio',
    '--ignore-certificate-errors',
    '--enable-precise-memory-info',
    '--js-flags=--expose-gc',
    `--user-data-dir=${profile}`,
    url,
  ],
  firefox: (url, profile) => {
    // the clock of an isolated page is as fine as Chromium's
    const prefs = ['privacy.reduceTimerPrecision', 'browser.shell.checkDefaultBrowser']
    writeFileSync(join(profile, 'user.js'), prefs.map(name => `user_pref("${name}", false);\n`).join(''))
    const firefox = which('firefox-esr') ?? which('firefox')
    return [firefox, '--headless', '--no-remote', '--profile', profile, url]
  },
  webkit: url => [which('xvfb-run'), '-a', miniBrowser(), '--private', url],
}

export const engines = Object.keys(commands)

/** Opens `url` in a browser with its own profile. `failed` rejects if the browser exits. */
export function startBrowser(engine, url) {
  const profile = mkdtempSync(join(tmpdir(), 'postsource-bench-'))
  const [program, ...args] = commands[engine](url, profile)
  const env = { ...process.env, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' }
  const browser = spawn(program, args, { stdio: 'ignore', env, detached: true })
  const { promise: failed, reject } = withResolvers()
  browser.on('error', reject)
  browser.on('exit', code => reject(new Error(`${engine} ended with status ${code}`)))
  const close = () => {
    failed.catch(() => {})
    try {
      process.kill(-browser.pid)
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
    } catch {
      // child processes may still write to it; a remaining temporary folder must not lose the results
    }
  }
  // a browser that is not ended with this process would go on measuring, and disturb the next run
  const end = () => {
    close()
    process.exit(1)
  }
  process.once('SIGINT', end).once('SIGTERM', end)
  return {
    failed,
    close() {
      process.off('SIGINT', end).off('SIGTERM', end)
      close()
    },
  }
}

/** `Promise.withResolvers`, which Node has since version 22. */
export function withResolvers() {
  const parts = {}
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }))
  return parts
}
