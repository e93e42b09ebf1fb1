/** What is taken for a dead connection, and what is not. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { EventSource, init } from 'postsource'
import { createClient } from 'postsource/graphql'
import { delay } from '../../../dist/stream/wait.js'

/** A server in a thread of its own, which goes on while this one is busy. */
const script = `
  const { createServer } = require('node:http')
  const { parentPort } = require('node:worker_threads')
  const pieces = { '/comments': ':\\n\\n', '/silence': '', '/results': 'event: next\\ndata: {"data":{"n":1}}\\n\\n' }
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    const timer = setInterval(() => response.write(pieces[request.url.split('?')[0]]), 20)
    response.on('close', () => clearInterval(timer))
  }).listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`

let worker
let origin
before(async () => {
  await init()
  worker = new Worker(script, { eval: true })
  const port = await new Promise(resolve => worker.once('message', resolve))
  origin = `http://127.0.0.1:${port}`
})
after(() => worker.terminate())

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

/** Keeps the event loop from everything. */
function block(ms) {
  const end = performance.now() + ms
  while (performance.now() < end);
}

describe('idleTimeout', () => {
  test('measures the silence of the server, not a busy event loop', async () => {
    const source = new EventSource(`${origin}/comments`, { idleTimeout: 2000 })
    const errors = []
    source.onerror = ({ error }) => errors.push(error.code)
    await new Promise(resolve => {
      source.onopen = resolve
    })
    for (let turn = 0; turn < 3; turn++) {
      block(2500)
      await pause(0)
    }
    await pause(100)
    source.close()
    assert.deepEqual(errors, [])
  })

  test('does measure it', async () => {
    const source = new EventSource(`${origin}/silence`, { idleTimeout: 50, retry: () => null })
    const { error } = await new Promise(resolve => {
      source.onerror = resolve
    })
    assert.equal(error.code, 'idle-timeout')
  })

  test('does not measure a slow consumer', async () => {
    const ended = []
    const client = createClient({
      url: `${origin}/results`,
      idleTimeout: 1000,
      maxBufferedResults: 1,
      method: 'GET',
    })
    let count = 0
    for await (const _ of client.iterate(
      { query: 'subscription { n }' },
      { ended: ({ code }) => ended.push(code) },
    )) {
      if (++count === 3) break
      await pause(1500)
    }
    assert.deepEqual(ended, [])
  })
})

test('connectTimeout covers the functions of the options', async () => {
  const never = () => new Promise(() => {})
  for (const name of ['url', 'method', 'headers']) {
    const source = new EventSource(origin, { connectTimeout: 30, [name]: never, retry: () => null })
    const { error } = await new Promise(resolve => {
      source.onerror = resolve
    })
    assert.equal(error.code, 'connect-timeout')
  }
})

describe('a wait', () => {
  const events = new EventTarget()
  const waitFor = async (ms, atLeast, firesAt) => {
    const { addEventListener, removeEventListener } = globalThis
    globalThis.addEventListener = events.addEventListener.bind(events)
    globalThis.removeEventListener = events.removeEventListener.bind(events)
    for (const at of firesAt) setTimeout(() => events.dispatchEvent(new Event('online')), at)
    const begin = performance.now()
    const isHurried = await delay(ms, new AbortController().signal, atLeast)
    Object.assign(globalThis, { addEventListener, removeEventListener })
    return [isHurried, performance.now() - begin]
  }

  test('that Retry-After asks for is not ended by the network', async () => {
    const [isHurried, ms] = await waitFor(300, 300, [10, 100])
    assert.equal(isHurried, false)
    assert.ok(ms >= 299)
  })

  test('goes on behind it until the network ends it', async () => {
    const [isHurried, ms] = await waitFor(60_000, 100, [10, 200, 400, 800, 1600])
    assert.equal(isHurried, true)
    assert.ok(ms >= 99 && ms < 30_000)
  })
})
