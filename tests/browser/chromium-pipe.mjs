/** Drives Chromium over its debugging pipe, because Playwright prevents pages from being frozen. */

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export async function launchChromium(executablePath, ...more) {
  const profile = await mkdtemp(join(tmpdir(), 'chromium-'))
  const args = [
    '--headless=new',
    '--no-sandbox',
    '--disable-background-networking',
    `--user-data-dir=${profile}`,
    ...more,
  ]
  const browser = spawn(executablePath, [...args, '--remote-debugging-pipe', 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  const [, , , input, output] = browser.stdio
  const answers = new Map()
  /** The pages whose process is gone: it may have been that of several. */
  const crashed = new Set()
  let text = ''
  let count = 0
  output.setEncoding('utf8').on('data', piece => {
    const messages = (text + piece).split('\0')
    text = messages.pop()
    for (const message of messages) {
      const { id, result, error, method, sessionId } = JSON.parse(message)
      answers.get(id)?.(error ? Promise.reject(new Error(error.message)) : result)
      answers.delete(id)
      if (method === 'Inspector.targetCrashed') crashed.add(sessionId)
    }
  })
  const send = (method, params = {}, sessionId) =>
    new Promise(resolve => {
      answers.set(++count, resolve)
      input.write(`${JSON.stringify({ id: count, method, params, sessionId })}\0`)
    })
  return {
    /** Opens a page. Resolves with functions that send it commands and evaluate scripts in it. */
    async open(url) {
      const { targetId } = await send('Target.createTarget', { url })
      const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true })
      const command = (method, params) => send(method, params, sessionId)
      await command('Inspector.enable')
      const evaluate = async expression => {
        const options = { expression, awaitPromise: true, returnByValue: true }
        const { result, exceptionDetails } = await command('Runtime.evaluate', options)
        if (exceptionDetails)
          throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
        return result.value
      }
      /** Resolves when an expression is true. */
      const until = async expression => {
        const isTrue = () =>
          evaluate(expression).catch(error => {
            if (!/navigated/.test(error.message)) throw error
          })
        while (!(await isTrue())) await new Promise(resolve => setTimeout(resolve, 50))
      }
      return { command, evaluate, until, hasCrashed: () => crashed.has(sessionId) }
    },
    async close() {
      const gone = new Promise(resolve => browser.on('exit', resolve))
      await send('Browser.close')
      await gone
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
