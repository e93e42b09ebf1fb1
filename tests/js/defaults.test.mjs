/** docs/defaults.md: every cell of its first table, measured. */

import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { EventSource } from 'postsource'
import { createClient } from 'postsource/graphql'
import { drop, end, events, mockServer, raw, respond, silence } from 'postsource/testing'
import { readDocument } from '../types/snippets.mjs'

const url = 'http://localhost/stream'

/** A server of these replies, and what was given to its `fetch`. */
function serverOf(...replies) {
  const server = mockServer()
  const route = server.on('*', ...replies)
  const inits = []
  const fetch = (url, init) => {
    inits.push(init)
    return server.fetch(url, init)
  }
  return { fetch, inits, route }
}

/** Opens a source. `ended(error, willReconnectIn)` is called at the end of each connection, `got()` for each event. */
function source({ fetch }, { ended, got, ...options } = {}) {
  const source = new EventSource(url, { fetch, onEvent: got, ...options })
  source.onerror = ({ error, willReconnectIn }) => ended?.(error, willReconnectIn)
  return () => source.close()
}

/** Runs an operation in the same way. */
const operation =
  kind =>
  ({ fetch }, { ended, got, ...options } = {}) => {
    const client = createClient({ url, fetch, on: { ended }, ...options })
    return client.subscribe(
      { query: `${kind} { n }` },
      { next: () => got?.(), error() {}, complete: () => got?.('complete') },
    )
  }
const query = operation('query')
const subscription = operation('subscription')
const mutation = operation('mutation')

/** Resolves with `read(request, init)` for the first request. */
async function request(open, read, options) {
  const server = serverOf()
  const close = open(server, options)
  const first = await server.route.nextRequest()
  close()
  return read(first, server.inits[0])
}

/** Resolves with the first end of a connection. */
async function firstEnd(open, server, options) {
  let close
  const end = await new Promise(resolve => {
    close = open(server, {
      ...options,
      ended: (error, willReconnectIn) => resolve({ error, willReconnectIn }),
    })
  })
  close()
  return end
}

/** What follows the first end: `again` with another attempt, else `not`. */
const after = async (open, reply, again, not, options) =>
  (await firstEnd(open, serverOf(reply), options)).willReconnectIn === null ? not : again

const both = async (one, other) => {
  const [first, second] = [await one, await other]
  assert.equal(first, second)
  return first
}

/** How many times in a row a request that is always dropped is sent again, of at most 50. */
async function attemptsOf(open) {
  const server = serverOf(drop())
  let close
  let count = 0
  await new Promise(resolve => {
    const ended = (_, willReconnectIn) => {
      if (willReconnectIn === null || ++count === 50) resolve()
    }
    close = open(server, { retry: () => 0, ended })
  })
  close()
  return count === 50 ? 'no limit' : `${count}`
}

/** The delay before the first new attempt, where `Math.random` returns `random`. */
async function delayOf(random) {
  const { mock: calls } = mock.method(Math, 'random', () => random)
  const { willReconnectIn } = await firstEnd(query, serverOf(drop()))
  calls.restore()
  return Math.round(willReconnectIn / 100) / 10
}

/** The number of the attempt that follows a failure and a stream that was alive for so long. */
async function attemptAfter(open, aliveMs, value) {
  let now = performance.now()
  const { mock: clock } = mock.method(performance, 'now', () => now)
  const alive = events(function* () {
    yield value
    now += aliveMs
    yield raw(': alive\n\n')
    yield drop()
  })
  let close
  const attempts = []
  await new Promise(resolve => {
    close = open(serverOf(drop(), alive, silence()), {
      retry: attempt => {
        attempts.push(attempt)
        if (attempts.length === 2) resolve()
        return 0
      },
    })
  })
  close()
  clock.restore()
  return attempts[1]
}

async function healthyAfter(open, value) {
  assert.deepEqual([await attemptAfter(open, 4999, value), await attemptAfter(open, 5001, value)], [2, 1])
  return '5 s'
}

/** What becomes of a request that nobody answers for an hour. */
async function timeoutOf(open) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  let failure = 'none'
  const close = open(serverOf(silence()), { ended: ({ code }) => (failure = code) })
  for (let minute = 0; minute < 60; minute++) {
    await new Promise(setImmediate)
    mock.timers.tick(60_000)
  }
  close()
  mock.timers.reset()
  return failure
}

/** Whether a message of `size` bytes is delivered. It has two lines, because a line may not be longer than a message. */
async function takes(open, size) {
  const first = `{"data":["${'x'.repeat(size / 2)}",`
  const second = `"${'x'.repeat(size - first.length - '\n""]}'.length)}"]}`
  const message = raw(`event: next\ndata: ${first}\ndata: ${second}\n\n`)
  let close
  const isTaken = await new Promise(resolve => {
    close = open(serverOf(events([message])), {
      got: () => resolve(true),
      ended: ({ code }) => resolve(code !== 'limit-exceeded'),
    })
  })
  close()
  return isTaken
}

async function largestMessage(open) {
  const limit = 16 * 2 ** 20
  assert.deepEqual([await takes(open, limit), await takes(open, limit + 1)], [true, false])
  return '16 MiB'
}

async function keptOfRefusal(open) {
  const refusal = respond(500, { body: 'x'.repeat(100_000) })
  const { error } = await firstEnd(open, serverOf(refusal))
  return `${error.body.length / 1024} KiB`
}

/** How often the console names an option that does not exist, if it is given twice. */
async function warnings(open) {
  const { mock: calls } = mock.method(console, 'warn', () => {})
  const name = `no${open.name}`
  for (let i = 0; i < 2; i++) open(serverOf(silence()), { [name]: 1 })()
  const count = calls.callCount()
  calls.restore()
  return count === 1 ? 'one warning on the console' : `${count} warnings`
}

/** How many results an iterator takes that is not read. */
async function unread() {
  const server = serverOf(
    events(function* () {
      for (;;) {
        sent++
        yield { event: 'next', data: { data: { n: sent } } }
      }
    }),
  )
  let sent = 0
  const iterator = createClient({ url, fetch: server.fetch }).iterate({ query: 'subscription { n }' })
  await iterator.next()
  let before
  do {
    before = sent
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  } while (sent > before)
  await iterator.return()
  assert.ok(sent >= 100 && sent < 120, `${sent} were taken`)
  return '100 of an iterator, then the network waits'
}

const accept = open => request(open, ({ headers }) => headers.get('accept'))
async function after401(open) {
  const plain = await after(open, respond(401), 'one more attempt', 'fails')
  const fresh = await after(open, respond(401), 'one more attempt', 'fails', { headers: () => ({}) })
  return `${plain}; ${fresh} if \`headers\` is a function`
}

/** The cells of each row. */
const measured = {
  method: [
    async () => {
      const method = ({ method }) => `\`${method}\``
      return `${await request(source, method)}; ${await request(source, method, { json: {} })} with \`json\``
    },
    () => request(query, ({ method }) => `\`${method}\``),
  ],
  '`Accept` of the request': [
    async () => `\`${await accept(source)}\``,
    async () => {
      const types = (await accept(query)).match(/application\/graphql-response\+json|multipart\/mixed/g)
      return `query: \`${[...new Set(types)].sort().join('` and `')}\`; subscription: \`${await accept(subscription)}\``
    },
  ],
  cookies: [source, query].map(open => () => request(open, (_, { credentials }) => `\`${credentials}\``)),
  'HTTP cache': [source, query].map(open => () => request(open, (_, { cache }) => `\`${cache}\``)),
  'after a lost connection': [
    () => after(source, drop(), 'connects again', 'fails'),
    () =>
      both(
        after(query, drop(), 'sends a query or a subscription again', 'fails'),
        after(subscription, drop(), 'sends a query or a subscription again', 'fails'),
      ),
  ],
  'after the server has ended the stream': [
    () => after(source, events([end()]), 'connects again', 'fails'),
    () =>
      new Promise(resolve => {
        const reply = events([{ event: 'complete', data: '' }, end()])
        subscription(serverOf(reply), {
          got: what => resolve(what === 'complete' ? 'an operation that is complete is over' : what),
          ended: ({ code }) => resolve(code),
        })
      }),
  ],
  'a POST, or a mutation, whose connection was lost': [
    () => after(source, drop(), 'is sent again', 'is not sent again', { json: {} }),
    () => after(mutation, drop(), 'is sent again', 'is not sent again'),
  ],
  'wait before the first new attempt': [
    async () => {
      const { willReconnectIn } = await firstEnd(source, serverOf(drop()))
      const told = await firstEnd(source, serverOf(events([raw('retry: 7\n\n'), end()])))
      return `${willReconnectIn / 1000} s${told.willReconnectIn === 7 ? ", or the server's `retry`" : ''}`
    },
    async () => `${await delayOf(0)} s to ${await delayOf(0.9999)} s`,
  ],
  'attempts in a row': [() => attemptsOf(source), () => attemptsOf(query)],
  'the count starts over after a stream was alive for': [
    () => healthyAfter(source, 'x'),
    () => healthyAfter(subscription, { event: 'next', data: { data: { n: 1 } } }),
  ],
  'after 401': [() => after401(source), () => after401(query)],
  'after 503': [
    () => after(source, respond(503), 'connects again', 'fails'),
    () => after(query, respond(503), 'sends a query or a subscription again', 'fails'),
  ],
  'after 204': [
    () => after(source, respond(204), 'connects again', 'closes, and stays closed'),
    () => after(query, respond(204), 'sends it again', 'fails'),
  ],
  '`connectTimeout`, `idleTimeout`': [() => timeoutOf(source), () => timeoutOf(query)],
  'largest message': [() => largestMessage(source), () => largestMessage(subscription)],
  'kept of the body of a refusal': [() => keptOfRefusal(source), () => keptOfRefusal(mutation)],
  'unread messages': [
    () => 'as many as come (`streamEvents`: what the loop has not asked for stays in the network)',
    unread,
  ],
  'options that do not exist': [() => warnings(source), () => warnings(query)],
}

const [firstTable] = readDocument('docs/defaults.md').split('\n## ')
const rows = [...firstTable.matchAll(/^\| (.+?) \| (.+?) \| (.+?) \|$/gm)].map(([, name, ...cells]) => ({
  name,
  cells,
}))

test('every row is measured', () => {
  assert.deepEqual(
    rows.map(({ name }) => name),
    Object.keys(measured),
  )
})

for (const { name, cells } of rows) {
  test(`docs/defaults.md: ${name}`, async () => {
    const found = []
    for (const measure of measured[name] ?? []) found.push(await measure())
    assert.deepEqual(cells, found)
  })
}
