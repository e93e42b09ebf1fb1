/**
 * After the end, nothing: every callback of the client × every way to end an operation × every moment after it. No
 * callback runs, no request is sent or left open, and no parser, timer or entry of the open streams stays.
 */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClient } from 'postsource/graphql'
import { openStreams } from '../../../dist/stream/open-streams.js'
import { unfreedReaders } from '../../../dist/wasm/reader.js'

const sse = { 'content-type': 'text/event-stream' }
const encoder = new TextEncoder()
const task = () => new Promise(resolve => setImmediate(resolve))
const event = (name, data) => encoder.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
const result = n => ({ data: { n } })

/** A body that gives these chunks, then ends, or fails with an error. */
function bodyOf(chunks, end) {
  return new ReadableStream({
    async pull(controller) {
      await undefined
      const chunk = chunks.shift()
      if (chunk) controller.enqueue(chunk)
      else if (end instanceof Error) controller.error(end)
      else if (end === 'close') controller.close()
      else return new Promise(() => {})
    },
  })
}

/** Distinct connections: the first breaks off behind a result, the second completes. */
function distinctServer() {
  let attempts = 0
  return async () => {
    const isFirst = ++attempts === 1
    const chunks = isFirst ? [event('next', result(1))] : [event('next', result(2)), event('complete', {})]
    return new Response(bodyOf(chunks, isFirst ? new TypeError('terminated') : 'close'), { headers: sse })
  }
}

/** Single connection mode: the same on one stream for each reservation. */
function singleServer() {
  let reservations = 0
  let operated
  return async (_url, { method, body }) => {
    await undefined
    if (method === 'PUT') {
      reservations++
      return new Response(String(reservations), { status: 201 })
    }
    if (method === 'DELETE') return new Response(null)
    if (method === 'POST') {
      operated(JSON.parse(body).extensions.operationId)
      return new Response(null, { status: 202 })
    }
    const isFirst = reservations === 1
    const id = new Promise(resolve => {
      operated = resolve
    })
    const messages = isFirst ? ['next'] : ['next', 'complete']
    const stream = new ReadableStream({
      async pull(controller) {
        const name = messages.shift()
        if (name) controller.enqueue(event(name, { id: await id, payload: result(reservations) }))
        else if (isFirst) controller.error(new TypeError('terminated'))
        else return new Promise(() => {})
      },
    })
    return new Response(stream, { headers: sse })
  }
}

/** What tells the server to stop is sent afterwards, and a result that was handed over before may be awaited. */
const later = ['fetch DELETE', 'read']

const modes = {
  distinct: { server: distinctServer, options: { protocol: 'sse' } },
  single: { server: singleServer, options: { singleConnection: true } },
}

/** Runs an operation; `note(name)` is told of each callback, `over()` of an iterator’s end. Returns the ways to end it. */
function start(mode, how, note, over = () => {}) {
  const { server, options } = modes[mode]
  const fetchFn = server()
  const noting = (name, value) => () => {
    note(name)
    return value
  }
  const client = createClient({
    ...options,
    url: noting('url', 'http://h/graphql'),
    headers: noting('headers', {}),
    retry: noting('retry', 0),
    isRetryable: noting('isRetryable', true),
    generateID: () => {
      note('generateID')
      return Math.random().toString(36)
    },
    fetchFn(url, init) {
      note(`fetch ${init.method}`)
      const response = fetchFn(url, init)
      return new Promise((resolve, reject) => {
        init.signal?.addEventListener('abort', () => reject(init.signal.reason))
        response.then(resolve, reject)
      })
    },
    on: Object.fromEntries(
      ['connecting', 'connected', 'response', 'message', 'ended', 'gap'].map(name => [
        name,
        noting(`client ${name}`),
      ]),
    ),
  })
  const own = Object.fromEntries(
    ['connecting', 'connected', 'response', 'message', 'ended', 'gap'].map(name => [name, noting(name)]),
  )
  const operation = {
    query: 'subscription ($a: Int) { n(a: $a) }',
    ...(how.resume && { resume: noting('resume', { a: 1 }) }),
  }
  const dispose = () => client.dispose()
  if (how.iterate) {
    const results = client.iterate(operation, own)
    const read = async () => {
      for (;;) {
        const { done } = await results.next()
        if (done) return over()
        note('read')
      }
    }
    read().catch(over)
    return {
      return: () => void results.return(),
      throw: () => void results.throw(new Error('mine')).catch(() => {}),
      dispose,
    }
  }
  const stop = client.subscribe(
    operation,
    { next: noting('next'), error: noting('error'), complete: noting('complete') },
    own,
  )
  return { stop, dispose }
}

/** Waits until nothing more happens. */
async function settle() {
  for (let i = 0; i < 5; i++) {
    await new Promise(resolve => setTimeout(resolve))
    await task()
  }
}

function assertNothingIsLeft() {
  assert.equal(unfreedReaders(), 0, 'a parser has not been freed')
  assert.equal(openStreams().streams.size, 0, 'a stream is still registered')
}

/** Ends an operation at a callback's n-th call, `microtasks` later, and tells what happens afterwards. */
async function endAt({ mode, how, callback, nth, ending, microtasks }) {
  let count = 0
  let isEnded = false
  let isOver = false
  const late = []
  let ways
  const end = () => {
    ways[ending]()
    isEnded = true
  }
  ways = start(
    mode,
    how,
    name => {
      isOver ||= name === 'complete' || name === 'error'
      if (isEnded && !later.includes(name)) late.push(name)
      if (isEnded || name !== callback || ++count !== nth) return
      let left = microtasks
      const wait = () => (left-- > 0 ? queueMicrotask(wait) : end())
      wait()
    },
    () => {
      isOver = true
    },
  )
  while (!isEnded && !isOver) await new Promise(resolve => setTimeout(resolve))
  const isReached = isEnded
  if (!isEnded) end()
  await settle()
  return { isReached, late }
}

const callbacks = {
  distinct: [
    ['url', 2],
    ['headers', 2],
    ['fetch POST', 2],
    ['retry', 1],
    ['isRetryable', 1],
    ['connecting', 2],
    ['connected', 2],
    ['response', 2],
    ['message', 2],
    ['ended', 1],
    ['client connecting', 2],
    ['client connected', 2],
    ['client message', 2],
    ['client ended', 1],
  ],
  single: [
    ['url', 2],
    ['headers', 3],
    ['generateID', 2],
    ['fetch PUT', 2],
    ['fetch GET', 2],
    ['fetch POST', 2],
    ['retry', 1],
    ['isRetryable', 1],
    ['connecting', 2],
    ['connected', 2],
    ['message', 2],
    ['ended', 1],
    ['client connecting', 2],
    ['client connected', 2],
    ['client message', 2],
    ['client ended', 1],
  ],
}

describe('callbacks × endings × moments', () => {
  for (const mode of Object.keys(modes)) {
    for (const [how, endings, more] of [
      [
        {},
        ['stop', 'dispose'],
        [
          ['next', 2],
          ['gap', 1],
          ['client gap', 1],
        ],
      ],
      [{ resume: true }, ['stop', 'dispose'], [['resume', 1]]],
      [{ iterate: true }, ['return', 'throw', 'dispose'], [['read', 2]]],
    ]) {
      const named = `${how.iterate ? 'iterate' : how.resume ? 'resume' : 'subscribe'}`
      for (const ending of endings) {
        test(`${mode}, ${named}, ${ending}`, async () => {
          const all = how.resume ? more : [...callbacks[mode], ...more]
          for (const [callback, most] of all) {
            for (let nth = 1; nth <= most; nth++) {
              for (const microtasks of [0, 1, 2, 4, 7]) {
                const at = `${callback}, call ${nth}, ${microtasks} microtasks later`
                const { isReached, late } = await endAt({ mode, how, callback, nth, ending, microtasks })
                if (microtasks === 0) assert.ok(isReached, `${at}: it was never called`)
                assert.deepEqual(late, [], at)
                assertNothingIsLeft()
              }
            }
          }
        })
      }
    }
  }
})

test('a random walk: many operations at once, ended by chance', async () => {
  let state = 7
  const random = most => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return Math.floor((state / 0x80000000) * most)
  }
  for (const mode of Object.keys(modes)) {
    for (let round = 0; round < 150; round++) {
      const how = [{}, { resume: true }, { iterate: true }][random(3)]
      let isEnded = false
      const late = []
      const ways = start(mode, how, name => {
        if (isEnded && !later.includes(name)) late.push(name)
      })
      const names = Object.keys(ways)
      for (let i = random(8); i > 0; i--) await task()
      for (let i = random(40); i > 0; i--) await undefined
      ways[names[random(names.length)]]()
      isEnded = true
      if (random(2)) ways[names[random(names.length)]]()
      await settle()
      assert.deepEqual(late, [], `${mode}, round ${round}`)
      assertNothingIsLeft()
    }
  }
})

test('an iterator: break with a full buffer, and return() before the first next()', async () => {
  const chunks = Array.from({ length: 300 }, (_, i) => event('next', result(i)))
  for (const leave of ['break', 'return', 'throw']) {
    const fetchFn = async () => new Response(bodyOf([...chunks]), { headers: sse })
    const client = createClient({ url: 'http://h/', fetchFn, maxBufferedResults: 2 })
    const results = client.iterate({ query: 'subscription { n }' })
    await settle()
    if (leave === 'break') for await (const _ of results) break
    else await results[leave](new Error('mine')).catch(() => {})
    await settle()
    assertNothingIsLeft()
    assert.deepEqual(await results.next(), { done: true, value: undefined })
  }
})
