/** The servers of docs/getting-started.md and of docs/guides/chat.md run, and their clients read what they send. */

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { streamEvents } from 'postsource'
import { readSnippets } from '../types/snippets.mjs'

const folder = fileURLToPath(new URL(`../../build/getting-started-${process.pid}/`, import.meta.url))
mkdirSync(folder, { recursive: true })
const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

const gettingStarted = 'docs/getting-started.md'
const codeIn = (document, language) =>
  readSnippets(document).find(snippet => snippet.language === language).code

/** How a server is started, by the language of its snippet. */
const languages = {
  js: { file: 'server.mjs', program: process.execPath },
  go: { file: 'server.go', program: 'go', build: file => ['build', '-o', 'server', file] },
  python: { file: 'server.py', program: 'python3' },
}

const running = new Set()
after(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function freePort() {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Writes the server with a port of its own. Returns a function that starts it, and where it is. */
async function prepare(document, language) {
  const code = codeIn(document, language)
  const { file, program, build } = languages[language]
  const port = await freePort()
  assert.match(code, /8000/)
  writeFileSync(`${folder}${port}-${file}`, code.replaceAll('8000', String(port)))
  if (build) {
    const args = build(`${port}-${file}`)
    const { status, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
  }
  const [path, ...args] = build ? [`${folder}server`] : [program, `${port}-${file}`]
  const start = () => {
    const child = spawn(path, args, { cwd: folder, stdio: 'inherit' })
    running.add(child.on('exit', () => running.delete(child)))
    return child
  }
  return { origin: `http://localhost:${port}`, start }
}

const soon = { retry: () => 50 }

// most of the time is waiting
describe('the servers of the documents', { concurrency: true }, () => {
  for (const [language, { program }] of Object.entries(languages)) {
    const isThere = spawnSync(program, [program === 'go' ? 'version' : '--version']).status === 0
    const skip = !isThere && `${program} is not installed`
    test(`the server in ${language} counts, and continues after the last id`, {
      skip,
    }, async () => {
      const { origin, start } = await prepare(gettingStarted, language)
      const child = start()
      const taken = []
      // the server may not listen yet
      for await (const event of streamEvents(`${origin}/events`, { ...soon, lastEventId: '41' })) {
        taken.push([event.lastEventId, event.data.replaceAll(' ', '')])
        if (taken.length === 2) break
      }
      assert.deepEqual(taken, [
        ['42', '{"n":42}'],
        ['43', '{"n":43}'],
      ])
      const inspecting = spawn(process.execPath, [command, `${origin}/events`, '--inspect', '--count', '2'])
      let said = ''
      for (const stream of [inspecting.stdout, inspecting.stderr]) stream.on('data', text => (said += text))
      const [status] = await once(inspecting, 'exit')
      assert.equal(status, 0, said)
      assert.doesNotMatch(said, /"severity":"(error|warning)"/)
      child.kill('SIGKILL')
    })
  }

  test('the numbers of the page continue when the server comes back', async () => {
    const { origin, start } = await prepare(gettingStarted, 'js')
    const shown = []
    let tell = () => {}
    Object.assign(globalThis, {
      location: new URL(origin),
      show: (...values) => tell(shown.push(values)),
    })
    const until = isReached =>
      new Promise(resolve => {
        tell = () => isReached() && resolve()
      })
    const { code } = await transform(`${codeIn(gettingStarted, 'ts')}\nexport { source }`, { loader: 'ts' })
    writeFileSync(`${folder}page.mjs`, code)
    const numbers = () => shown.filter(([, n]) => typeof n === 'number' && n < 1000).map(([id]) => Number(id))
    const child = start()
    const { source } = await import(`${folder}page.mjs`)
    try {
      await until(() => numbers().length >= 2)
      const before = numbers().length
      const gone = until(() => shown.some(([reason, wait]) => /^the connection/.test(reason) && wait > 0))
      child.kill('SIGKILL')
      await gone
      start()
      await until(() => numbers().length > before)
      assert.deepEqual(
        numbers(),
        numbers().map((_, i) => i + 1),
      )
    } finally {
      source.close()
    }
  })
  test('the chat of docs/guides/chat.md answers', async () => {
    const { origin, start } = await prepare('docs/guides/chat.md', 'js')
    start()
    const request = { json: { prompt: 'Hi' }, until: '[DONE]' }
    let answer = ''
    // a POST that the server does not take yet is sent again because nothing has been asked
    for await (const { data } of streamEvents(`${origin}/chat`, { ...request, ...soon, idempotent: true }))
      answer += JSON.parse(data).text
    assert.equal(answer, 'You said: Hi')
  })
})
