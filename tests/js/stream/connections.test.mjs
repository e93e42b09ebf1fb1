/** What keeps connections alive and tells when they are not: timeouts, gaps, tokens, the network's own events. */

import assert from 'node:assert/strict'
import { afterEach, before, describe, test } from 'node:test'
import { EventSource, init } from 'postsource'
import { fetchEventSource } from 'postsource/fetch-event-source'
import { createClient } from 'postsource/graphql'
import { openStreams } from '../../../dist/stream/open-streams.js'
import { reconnect } from '../../../dist/stream/reconnect.js'

before(() => init()) // loading the module is no part of the times below

const sse = { 'content-type': 'text/event-stream' }
const subscription = { query: 'subscription { n }' }
const next = n => `event: next\ndata: {"data":{"n":${n}}}\n\n`
const complete = 'event: complete\n\n'
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

/** A response that writes these pieces, `ms` apart, and then stays open until it is cancelled. */
function lasting(pieces, ms = 5) {
  let timer
  const body = new ReadableStream({
    start(controller) {
      const rest = [...pieces]
      timer = setInterval(() => {
        if (rest.length > 0) controller.enqueue(new TextEncoder().encode(rest.shift()))
      }, ms)
    },
    cancel() {
      clearInterval(timer)
    },
  })
  return new Response(body, { headers: sse })
}

/** A fetch that gives these answers in turn, the last one again; functions are called. */
function answers(...list) {
  const asked = []
  const fetch = async (url, init) => {
    asked.push({ url, headers: init.headers, body: init.body })
    const answer = list[Math.min(asked.length, list.length) - 1]
    if (typeof answer === 'function') return answer(init)
    if (answer instanceof Error) throw answer
    return answer.clone()
  }
  return { asked, fetch }
}

const never = ({ signal }) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
    if (signal.aborted) reject(signal.reason)
  })

function run(options, operation = subscription, on) {
  return new Promise(resolve => {
    const results = []
    createClient({ url: 'http://h/', retry: () => 0, ...options }).subscribe(
      operation,
      {
        next: result => results.push(result.data?.n),
        error: error => resolve({ results, error }),
        complete: () => resolve({ results }),
      },
      on,
    )
  })
}

describe('timeouts', () => {
  test('an EventSource whose head does not come connects again', async () => {
    const { asked, fetch } = answers(never, () => lasting(['data: 1\n\n']))
    const source = new EventSource('http://h/', { fetch, connectTimeout: 30, retry: () => 0 })
    const errors = []
    source.onerror = ({ error }) => errors.push(error.code)
    await new Promise(resolve => {
      source.onmessage = resolve
    })
    source.close()
    assert.deepEqual(errors, ['connect-timeout'])
    assert.equal(asked.length, 2)
  })

  test('an EventSource on which nothing comes connects again; comments are life', async () => {
    const { asked, fetch } = answers(
      () => lasting(['data: 1\n\n', ...Array(12).fill(':\n\n')], 15),
      () => lasting(['data: 2\n\n']),
    )
    const source = new EventSource('http://h/', { fetch, idleTimeout: 60, retry: () => 0 })
    const log = []
    source.onerror = ({ error }) => log.push(error.code)
    const begin = performance.now()
    await new Promise(resolve => {
      source.onmessage = ({ data }) => {
        log.push(data)
        if (data === '2') resolve()
      }
    })
    source.close()
    assert.deepEqual(log, ['1', 'idle-timeout', '2'])
    assert.ok(performance.now() - begin > 180, 'it has not waited for the comments')
    assert.equal(asked.length, 2)
  })

  test('neither is on by default', async () => {
    const { asked, fetch } = answers(() => lasting([]))
    const source = new EventSource('http://h/', { fetch })
    await pause(80)
    assert.equal(source.readyState, EventSource.OPEN)
    source.close()
    assert.equal(asked.length, 1)
  })

  test('the GraphQL client: both, and the operation goes on', async () => {
    const { asked, fetch } = answers(
      never,
      () => lasting([next(1)]),
      new Response(next(2) + complete, { headers: sse }),
    )
    const ended = []
    const { results, error } = await run({ fetch, connectTimeout: 30, idleTimeout: 30 }, subscription, {
      ended: ({ code }) => ended.push(code),
    })
    assert.equal(error, undefined)
    assert.deepEqual(results, [1, 2])
    assert.deepEqual(ended, ['connect-timeout', 'idle-timeout'])
    assert.equal(asked.length, 3)
  })

  test('an error result does not hide that the connection is dead', async () => {
    const failed = 'event: next\ndata: {"errors":[{"message":"no"}]}\n\n'
    const { fetch } = answers(() => lasting([failed]))
    const ended = []
    await run({ fetch, idleTimeout: 30, maxRetries: 0 }, subscription, {
      ended: ({ code }) => ended.push(code),
    })
    assert.deepEqual(ended, ['idle-timeout'])
  })
})

describe('what is lost between two connections', () => {
  const drop = body => new Response(body, { headers: sse })

  test('an EventSource tells of a gap where there is no id, and not where there is one', async () => {
    for (const [first, options, gaps] of [
      ['data: 1\n\n', {}, 1],
      ['id: a\ndata: 1\n\n', {}, 0],
      ['id: a\ndata: 1\n\n', { resumeById: false }, 1],
      ['', {}, 0],
    ]) {
      const { asked, fetch } = answers(drop(first), () => lasting(['data: 2\n\n']))
      let told = 0
      const source = new EventSource('http://h/', { fetch, retry: () => 0, onGap: () => told++, ...options })
      await new Promise(resolve => {
        source.onmessage = ({ data }) => data === '2' && resolve()
      })
      source.close()
      assert.equal(told, gaps, JSON.stringify([first, options]))
      assert.equal(
        asked[1].headers['last-event-id'],
        first.startsWith('id') && options.resumeById !== false ? 'a' : undefined,
      )
    }
  })

  test('a subscription tells of a gap, or resumes from its last result', async () => {
    for (const [operation, first, gaps] of [
      [subscription, next(1), 1],
      [subscription, `id: a\n${next(1)}`, 0],
      [{ ...subscription, resume: ({ data }) => ({ after: data.n }) }, next(1), 0],
    ]) {
      const { asked, fetch } = answers(drop(first), drop(next(2) + complete))
      let told = 0
      await run({ fetch }, operation, { gap: () => told++ })
      assert.equal(told, gaps)
      assert.deepEqual(JSON.parse(asked[1].body).variables, operation.resume ? { after: 1 } : undefined)
      assert.equal(asked[0].body.includes('resume'), false)
    }
  })
})

describe('tokens', () => {
  const refused = new Response('{"errors":[{"message":"expired"}]}', {
    status: 401,
    headers: { 'content-type': 'application/json' },
  })
  const good = new Response(next(1) + complete, { headers: sse })

  test('a 401 is answered once with fresh headers', async () => {
    let token = 0
    const { asked, fetch } = answers(refused, good)
    const { results } = await run({ fetch, headers: () => ({ authorization: `Bearer ${++token}` }) })
    assert.deepEqual(results, [1])
    assert.deepEqual(
      asked.map(({ headers }) => headers.authorization),
      ['Bearer 1', 'Bearer 2'],
    )
  })

  test('and no more than once', async () => {
    const { asked, fetch } = answers(refused)
    const { error } = await run({ fetch, headers: async () => ({}) })
    assert.equal(error.status, 401)
    assert.equal(error.errors[0].message, 'expired')
    assert.equal(asked.length, 2)
  })
})

describe('the network and the page', () => {
  const events = new EventTarget()
  const added = new Map()
  globalThis.addEventListener = (type, listener) => {
    added.set(type, (added.get(type) ?? 0) + 1)
    events.addEventListener(type, listener)
  }
  globalThis.removeEventListener = (type, listener) => {
    added.set(type, added.get(type) - 1)
    events.removeEventListener(type, listener)
  }
  const navigator = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
  afterEach(() => {
    if (navigator) Object.defineProperty(globalThis, 'navigator', navigator)
    else delete globalThis.navigator
  })

  /** Waits between two attempts; resolves with the milliseconds that it took. */
  async function waitFor(ms, { after, fire, signal = new AbortController().signal }) {
    let attempts = 0
    const begin = performance.now()
    if (fire) setTimeout(() => events.dispatchEvent(new Event(fire)), after)
    await reconnect({
      attempt: async () =>
        attempts++ === 0 ? { error: new Error(), idempotent: true, received: 0 } : undefined,
      retry: () => ms,
      onEnded() {},
      signal,
    })
    return performance.now() - begin
  }

  for (const type of ['online', 'pageshow']) {
    test(`${type} ends the wait, and leaves no listener behind`, async () => {
      assert.ok((await waitFor(60_000, { after: 20, fire: type })) < 1000)
      assert.equal(added.get('online'), 0)
      assert.equal(added.get('pageshow'), 0)
    })
  }

  test('offline delays and does not forbid', async () => {
    Object.defineProperty(globalThis, 'navigator', { value: { onLine: false }, configurable: true })
    const closing = new AbortController()
    let waited = false
    const wait = waitFor(0, { signal: closing.signal }).then(() => {
      waited = true
    })
    await pause(60)
    assert.equal(waited, false)
    events.dispatchEvent(new Event('online'))
    await wait
  })

  test('an abort ends the wait, and leaves no listener behind', async () => {
    const closing = new AbortController()
    setTimeout(() => closing.abort(), 20)
    assert.ok((await waitFor(60_000, { signal: closing.signal })) < 1000)
    assert.equal(added.get('online'), 0)
  })
})

describe('a hidden page', () => {
  /** A document that can be hidden and shown; every listener is counted. */
  function showDocument() {
    const page = new EventTarget()
    let listeners = 0
    const { addEventListener, removeEventListener } = page
    page.hidden = false
    page.addEventListener = (type, listener, options) => {
      listeners++
      addEventListener.call(page, type, listener, options)
    }
    page.removeEventListener = (type, listener) => {
      listeners--
      removeEventListener.call(page, type, listener)
    }
    globalThis.document = page
    return {
      set(hidden) {
        page.hidden = hidden
        page.dispatchEvent(new Event('visibilitychange'))
      },
      listeners: () => listeners,
    }
  }
  afterEach(() => {
    delete globalThis.document
  })

  test('keeps its streams', async () => {
    const page = showDocument()
    const { asked, fetch } = answers(() => lasting(['data: 1\n\n']))
    const source = new EventSource('http://h/', { fetch, retry: () => 0 })
    await new Promise(resolve => {
      source.onmessage = resolve
    })
    page.set(true)
    await pause(30)
    assert.equal(source.readyState, EventSource.OPEN)
    source.close()
    assert.equal(asked.length, 1)
  })

  test('gives them up with disconnectWhenHidden, and has them again when it is shown', async () => {
    const page = showDocument()
    const { asked, fetch } = answers(() => lasting(['id: 7\nevent: next\ndata: {"data":{"n":1}}\n\n']))
    const codes = []
    const source = new EventSource('http://h/', { fetch, retry: () => 0, disconnectWhenHidden: true })
    source.onerror = ({ error }) => codes.push(error.code)
    await new Promise(resolve => source.addEventListener('next', resolve))
    const stop = createClient({
      url: 'http://h/',
      fetch,
      retry: () => 0,
      disconnectWhenHidden: true,
    }).subscribe(
      subscription,
      { next() {}, error: assert.fail, complete: assert.fail },
      { ended: ({ code }) => codes.push(code) },
    )
    await pause(30)
    page.set(true)
    await pause(30)
    assert.deepEqual(codes, ['paused', 'paused'])
    assert.equal(asked.length, 2)
    page.set(false)
    await pause(30)
    assert.equal(asked.length, 4)
    assert.deepEqual(
      asked.slice(2).map(({ headers }) => headers['last-event-id']),
      ['7', '7'],
    )
    source.close()
    stop()
    await pause(10)
    assert.equal(page.listeners(), 0)
  })
})

describe('a response without a body, as of React Native, is an error, and no open stream stays registered', () => {
  const bodiless =
    headers =>
    async (_url, { method }) =>
      method === 'PUT' ? new Response('token', { status: 201 }) : new Response(null, { headers })
  const graphql = options => fetch => run({ ...options, fetch, maxRetries: 0 }).then(({ error }) => error)
  for (const [name, failure, headers = sse] of [
    [
      'EventSource',
      fetch =>
        new Promise(resolve => {
          new EventSource('http://h/', { fetch }).onerror = ({ error }) => resolve(error)
        }),
    ],
    [
      'fetchEventSource',
      async fetch => {
        const onerror = error => {
          throw error
        }
        return fetchEventSource('http://h/', { fetch, onerror }).catch(error => error)
      },
    ],
    ['createClient', graphql({})],
    ['createClient, JSON', graphql({}), { 'content-type': 'application/json' }],
    ['createClient, single connection', graphql({ singleConnection: true })],
  ]) {
    test(name, async () => {
      const { code, message } = await failure(bodiless(headers))
      assert.equal(code, 'unsupported')
      assert.match(message, /no body to read/)
      assert.equal(openStreams().streams.size, 0)
    })
  }
})
