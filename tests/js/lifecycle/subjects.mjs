/** What the machine of lifecycles is run with: the EventSource and the readers of a response. */

import assert from 'node:assert/strict'
import { EventSource, readEventBatches, readEvents, streamEvents } from 'postsource'
import { fetchEventSource } from 'postsource/fetch-event-source'
import { readParts, readResults } from 'postsource/graphql'
import { countedController } from './machine.mjs'

const script = [
  ['the method is given', world => world.open('method')],
  ['the address is given', world => world.open('url')],
  ['the headers are given', world => world.open('headers', {})],
  ['the body is given', world => world.open('body')],
  ['the head comes', world => world.exchange?.answer()],
  ['an event comes', world => world.exchange?.write('data: 1\n\n')],
  ['events come', world => world.exchange?.write('data: 2\n\ndata: 3\n\nevent: other\ndata: 4\n\n')],
  ['the stream ends', world => world.exchange?.end()],
  ['the method is given', world => world.open('method')],
  ['the policy answers', world => world.open('retry', 1000)],
  ['the wait is over', world => world.clock.pass(1000)],
  ['the address is given', world => world.open('url')],
  ['the headers are given', world => world.open('headers', {})],
  ['the body is given', world => world.open('body')],
  ['the head comes', world => world.exchange?.answer()],
  ['an event comes', world => world.exchange?.write('id: 1\ndata: 5\n\n')],
  ['the connection breaks off', world => world.exchange?.fail()],
  ['the method is given', world => world.open('method')],
  ['the policy answers', world => world.open('retry', 5)],
  ['the wait is over', world => world.clock.pass(1000)],
  ['the address is given', world => world.open('url')],
  ['the headers are given', world => world.open('headers', {})],
  ['the body is given', world => world.open('body')],
  ['it is refused', world => world.exchange?.answer({ 'content-type': 'text/plain' }, 503)],
  ['the refusal has a body', world => world.exchange?.write('busy')],
  ['the body of the refusal ends', world => world.exchange?.end()],
  ['the method is given', world => world.open('method')],
  ['the policy answers', world => world.open('retry', null)],
]

const eventSource = {
  name: 'EventSource',
  callbacks: [
    ...['method', 'url', 'headers', 'body', 'retry', 'onGap', 'onEvent'],
    ...['open', 'message', 'other', 'error'],
  ],
  endings: ['close()', 'the abort of its signal'],
  script,
  start(world) {
    const { controller, signal, listeners } = countedController()
    const source = new EventSource('http://h/', {
      signal,
      fetch: world.fetch,
      connectTimeout: 100_000,
      idleTimeout: 100_000,
      onGap: () => world.enter('onGap'),
      onEvent: () => world.enter('onEvent'),
      ...Object.fromEntries(
        ['method', 'url', 'headers', 'body', 'retry'].map(name => [name, () => world.gate(name)]),
      ),
    })
    for (const type of ['open', 'message', 'other', 'error'])
      source.addEventListener(type, () => world.enter(type))
    return {
      endings: { 'close()': () => source.close(), 'the abort of its signal': () => controller.abort() },
      check() {
        assert.equal(source.readyState, EventSource.CLOSED)
        assert.equal(listeners.size, 0, 'listeners on the signal of the user')
      },
    }
  },
}

/** The same connection as an async iterator. */
const streamedEvents = {
  name: 'streamEvents',
  callbacks: ['method', 'url', 'headers', 'body', 'retry', 'onGap', 'until', 'value', 'end'],
  endings: ['return()', 'throw()', 'the abort of its signal'],
  script,
  start(world) {
    const { controller, signal, listeners } = countedController()
    const events = streamEvents('http://h/', {
      signal,
      fetch: world.fetch,
      connectTimeout: 100_000,
      idleTimeout: 100_000,
      onGap: () => world.enter('onGap'),
      until: () => world.enter('until'),
      ...Object.fromEntries(
        ['method', 'url', 'headers', 'body', 'retry'].map(name => [name, () => world.gate(name)]),
      ),
    })
    let isOver = false
    const leaving = end => () => {
      isOver = true
      end()
    }
    const read = async () => {
      for await (const _ of events) {
        // an event that was on its way when the loop was left is the loop's own to drop
        if (isOver) break
        world.enter('value')
      }
    }
    const over = () => isOver || world.enter('end')
    read().then(over, over)
    return {
      endings: {
        'return()': leaving(() => void events.return()),
        'throw()': leaving(() => void events.throw(new Error('mine')).catch(() => {})),
        'the abort of its signal': leaving(() => controller.abort()),
      },
      check: () => assert.equal(listeners.size, 0, 'listeners on the signal of the user'),
    }
  },
}

/** A reader of a response, with a loop that goes on until it is ended. */
const reader = (name, endings, { type, steps }, run) => ({
  name,
  callbacks: ['value'],
  endings,
  script: steps.map(([step, text]) => [step, world => world.exchange?.write(text)]),
  start(world) {
    const { controller, signal, listeners } = countedController()
    const own = new AbortController()
    const response = world.fetch('http://h/', { signal: own.signal })
    world.exchange.answer({ 'content-type': type })
    const endings = run(world, response, { signal }, controller)
    return { endings, check: () => assert.equal(listeners.size, 0, 'listeners on the signal of the user') }
  },
})

const batches = reader(
  'readEventBatches',
  ['the abort of its signal'],
  events(data => `data: ${data}\n\n`),
  (world, response, options, controller) => {
    response.then(response => readEventBatches(response, () => world.enter('value'), options)).catch(() => {})
    return { 'the abort of its signal': () => controller.abort() }
  },
)

/** An iterator over a response, which ends by its signal or by being left. */
const iterator = (read, stream) =>
  reader(
    read.name,
    ['the abort of its signal', 'return()'],
    stream,
    (world, response, options, controller) => {
      let values
      let isOver = false
      response
        .then(async response => {
          values = read(response, options)
          if (isOver) values.return()
          for await (const _ of values) {
            // a value that was on its way when the loop was left is the loop's own to drop
            if (isOver) break
            world.enter('value')
          }
        })
        .catch(() => {})
      return {
        'the abort of its signal': () => {
          isOver = true
          controller.abort()
        },
        'return()': () => {
          isOver = true
          void values?.return()
        },
      }
    },
  )

/** An event stream in which one value comes, then two at once, then one more. */
function events(write) {
  return {
    type: 'text/event-stream',
    steps: [
      ['a value comes', write(1)],
      ['values come', write(2) + write(3)],
      ['a value comes', write(4)],
    ],
  }
}

/** The same as parts of a multipart body. */
const parts = {
  type: 'multipart/mixed; boundary=b',
  steps: events(data => `--b\r\ncontent-type: application/json\r\n\r\n{"data":{"a":${data}}}\r\n`).steps,
}

/** What a callback waits for. After the end it waits for ever, which holds nothing up. */
function answer(world, name, value) {
  if (world.callsBefore === undefined) world.open(name, value)
}

/** The wrapper with the interface of @microsoft/fetch-event-source. */
const fetchedEvents = {
  name: 'fetchEventSource',
  callbacks: ['onopen', 'onmessage', 'onclose', 'onerror', 'resolved'],
  endings: ['the abort of its signal'],
  script: [
    ['the head comes', world => world.exchange?.answer()],
    ['the response is taken', world => answer(world, 'onopen')],
    ['an event comes', world => world.exchange?.write('data: 1\n\n')],
    ['events come', world => world.exchange?.write('data: 2\n\ndata: 3\n\n')],
    ['the connection breaks off', world => world.exchange?.fail()],
    ['the delay is given', world => answer(world, 'onerror', 1000)],
    ['the wait is over', world => world.clock.pass(1000)],
    ['it is refused', world => world.exchange?.answer({ 'content-type': 'text/plain' }, 503)],
    ['the response is taken', world => answer(world, 'onopen')],
    ['an event comes', world => world.exchange?.write('id: 1\ndata: 4\n\n')],
    ['the stream ends', world => world.exchange?.end()],
  ],
  start(world) {
    const { controller, signal, listeners } = countedController()
    let isOver = false
    let isAborted = false
    const over = () => {
      isOver = true
      if (!isAborted) world.enter('resolved')
    }
    fetchEventSource('http://h/', {
      signal,
      fetch: world.fetch,
      onopen: () => world.gate('onopen'),
      onmessage: () => world.enter('onmessage'),
      onclose: () => world.enter('onclose'),
      onerror: () => world.gate('onerror'),
    }).then(over, over)
    return {
      endings: {
        'the abort of its signal'() {
          isAborted = true
          controller.abort()
        },
      },
      check() {
        assert.ok(isOver, 'the promise is pending')
        assert.equal(listeners.size, 0, 'listeners on the signal of the user')
      },
    }
  },
}

/** All subjects: the EventSource, streamEvents, fetchEventSource, and the readers of a response. */
export const subjects = [
  eventSource,
  streamedEvents,
  fetchedEvents,
  batches,
  iterator(
    readEvents,
    events(data => `data: ${data}\n\n`),
  ),
  iterator(
    readResults,
    events(data => `event: next\ndata: {"data":{"a":${data}}}\n\n`),
  ),
  iterator(readParts, parts),
]
