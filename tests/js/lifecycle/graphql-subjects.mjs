/** GraphQL clients for the machine of lifecycles: both connection modes, with callbacks and as iterators. */

import assert from 'node:assert/strict'
import { createClient } from 'postsource/graphql'
import { countedController } from './machine.mjs'

const event = (name, data) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
const result = n => ({ data: { n } })

/** Functions of the options that the script answers. They are asked anew for every request. */
const asked = [
  ['the address is given', world => world.open('url', 'http://h/')],
  ['the headers are given', world => world.open('headers', {})],
]

/** A failure, the answer of the policy, and the wait for it. */
const retried = [
  ['the connection breaks off', world => stream(world)?.fail()],
  ['the policy answers', world => world.open('retry', 1000)],
  ['the wait is over', world => world.clock.pass(1000)],
]

/** Opens the stream of an operation, or of all operations. */
const opening = {
  distinct: [...asked, ['the head comes', world => world.exchange?.answer()]],
  single: [
    ...asked,
    ['the reservation is made', world => world.exchange?.reply('token', 201)],
    asked[1],
    ['the head comes', world => world.exchange?.answer()],
    asked[1],
    ['the operation is accepted', world => world.exchange?.reply('', 202)],
  ],
}

/** The request whose response is the stream. */
function stream({ exchanges }) {
  return exchanges.findLast(({ init }) => init.method === 'GET') ?? exchanges.at(-1)
}

function script(mode) {
  const write = (name, data) => world => {
    const id = world.operationId
    stream(world)?.write(event(name, mode === 'single' ? { id, payload: data } : data))
  }
  return [
    ...opening[mode],
    ['a result comes', write('next', result(1))],
    [
      'results come',
      world => {
        for (const n of [2, 3]) write('next', result(n))(world)
      },
    ],
    ...retried,
    ...opening[mode],
    ['a result comes', write('next', result(4))],
    ...retried,
    ...asked,
    ['it is refused', world => world.exchange?.answer({ 'content-type': 'text/plain' }, 503)],
    ['the refusal has a body', world => world.exchange?.write('busy')],
    ['the body of the refusal ends', world => world.exchange?.end()],
    ['the policy answers', world => world.open('retry', 5)],
    ['the wait is over', world => world.clock.pass(1000)],
    ...opening[mode],
    ['a result comes', write('next', result(5))],
    ['the operation is complete', write('complete', null)],
  ]
}

const told = ['connecting', 'connected', 'response', 'message', 'ended', 'gap']

/** The client of a test. In its world the functions of the options wait for the script. */
function clientIn(world, mode) {
  const enter = (name, value) => () => {
    world.enter(name)
    return value
  }
  return createClient({
    url: () => world.gate('url'),
    headers: () => world.gate('headers'),
    retry: () => world.gate('retry'),
    isRetryable: enter('isRetryable', true),
    generateID() {
      world.enter('generateID')
      world.operationId = String(world.calls.length)
      return world.operationId
    },
    on: Object.fromEntries(told.map(name => [name, enter(`client ${name}`)])),
    connectTimeout: 100_000,
    idleTimeout: 100_000,
    maxBufferedResults: 2,
    // the request that tells the server to stop is sent after the end, and is answered at once
    fetch: (url, init) =>
      init.method === 'DELETE' ? Promise.resolve(new Response()) : world.fetch(url, init),
    ...(mode === 'single' ? { singleConnection: true } : { protocol: 'sse' }),
  })
}

/** The names of the callbacks that the script reaches. */
function callbacksOf(mode, own) {
  const listeners = told.filter(name => mode === 'distinct' || name !== 'response')
  return [
    ...['url', 'headers', 'retry', 'isRetryable'],
    ...(mode === 'single' ? ['generateID'] : []),
    ...listeners,
    ...listeners.map(name => `client ${name}`),
    ...own,
  ]
}

function listenersIn(world) {
  return Object.fromEntries(told.map(name => [name, () => world.enter(name)]))
}

const operation = { query: 'subscription ($after: Int) { n(after: $after) }' }

/** An operation with callbacks. With `resume` it goes on from its last result. */
const subscription = (mode, hasResume) => ({
  name: `subscribe${hasResume ? ' with resume' : ''}, ${mode} connections`,
  callbacks: callbacksOf(mode, ['next', 'complete', ...(hasResume ? ['resume'] : [])]).filter(
    name => !hasResume || !name.endsWith('gap'),
  ),
  endings: ['unsubscribing', 'dispose()', 'the abort of its signal'],
  script: script(mode),
  start(world) {
    const client = clientIn(world, mode)
    const { controller, signal, listeners } = countedController()
    let isDisposing = false
    const resume = ({ data }) => {
      world.enter('resume')
      return { after: data.n }
    }
    const stop = client.subscribe(
      { ...operation, signal, ...(hasResume && { resume }) },
      {
        next: () => world.enter('next'),
        error: () => world.enter('error'),
        complete: () => isDisposing || world.enter('complete'),
      },
      listenersIn(world),
    )
    return {
      endings: {
        unsubscribing: stop,
        'dispose()'() {
          // completing the operations is part of it
          isDisposing = true
          client.dispose()
        },
        'the abort of its signal': () => controller.abort(),
      },
      check: () => assert.equal(listeners.size, 0, 'listeners on the signal of the user'),
    }
  },
})

/** An operation as an iterator, with a loop that reads it. */
const iteration = mode => ({
  name: `iterate, ${mode} connections`,
  callbacks: callbacksOf(mode, ['value', 'end']),
  endings: ['return()', 'throw()', 'dispose()', 'the abort of its signal'],
  script: script(mode),
  start(world) {
    const client = clientIn(world, mode)
    const { controller, signal, listeners } = countedController()
    const results = client.iterate({ ...operation, signal }, listenersIn(world))
    let isOver = false
    const leaving = end => () => {
      isOver = true
      return end()
    }
    const read = async () => {
      for await (const _ of results) {
        // a result that was handed over before is the loop's own to drop
        if (isOver) break
        world.enter('value')
      }
      if (!isOver) world.enter('end')
    }
    read().catch(() => {})
    return {
      endings: {
        'return()': leaving(() => void results.return()),
        'throw()': leaving(() => void results.throw(new Error('mine')).catch(() => {})),
        'dispose()': leaving(() => client.dispose()),
        'the abort of its signal': leaving(() => controller.abort()),
      },
      check: () => assert.equal(listeners.size, 0, 'listeners on the signal of the user'),
    }
  },
})

/** An iterator that is left with a full buffer, which stops its connection from reading. */
const unread = mode => ({
  name: `iterate without reading, ${mode} connections`,
  callbacks: callbacksOf(mode, []).filter(name => mode === 'single' || !unreached.includes(name)),
  endings: ['return()', 'throw()', 'dispose()'],
  script: script(mode),
  start(world) {
    const client = clientIn(world, mode)
    const results = client.iterate(operation, listenersIn(world))
    return {
      endings: {
        'return()': () => void results.return(),
        'throw()': () => void results.throw(new Error('mine')).catch(() => {}),
        'dispose()': () => client.dispose(),
      },
    }
  },
})

/** What does not happen to a connection that is not read. */
const unreached = ['retry', 'isRetryable', 'ended', 'client ended', 'gap', 'client gap']

/** The clients in both connection modes. */
export const graphqlSubjects = ['distinct', 'single'].flatMap(mode => [
  subscription(mode, false),
  subscription(mode, true),
  iteration(mode),
  unread(mode),
])
