/** Drives Chromium over its debugging pipe, because Playwright prevents pages from being frozen. */

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export async function launchChromium(executablePath) {
  const profile = await mkdtemp(join(tmpdir(), 'chromium-'))
  const args = [
    '--headless=new',
    '--no-sandbox',
    '--disable-background-networking',
    `--user-data-dir=${profile}`,
  ]
  const browser = spawn(executablePath, [...args, '--remote-debugging-pipe', 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  const [, , , input, output] = browser.stdio
  const answers = new Map()
  let text = ''
  let count = 0
  output.setEncoding('utf8').on('data', piece => {
    const messages = (text + piece).split('\0')
    text = messages.pop()
    for (const message of messages) {
      const { id, result, error } = JSON.parse(message)
      answers.get(id)?.(error ? Promise.reject(new Error(error.message)) : result)
      answers.delete(id)
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
      const evaluate = async expression => {
        const options = { expression, awaitPromise: true, returnByValue: true }
        const { result, exceptionDetails } = await command('Runtime.evaluate', options)
        if (exceptionDetails)
          throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
        return result.value
      }
      /** Resolves when an expression is true. */
      const until = async expression => {
        while (!(await evaluate(expression))) await new Promise(resolve => setTimeout(resolve, 50))
      }
      return { command, evaluate, until }
    },
    async close() {
      const gone = new Promise(resolve => browser.on('exit', resolve))
      await send('Browser.close')
      await gone
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
