/** After the end of an EventSource, and of readEvents, nothing: every callback, every moment, every way to end. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EventSource, readEventBatches, readEvents } from 'postsource'
import { countedController, testLifecycle, testRandomWalks } from './machine.mjs'

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
  callbacks: ['method', 'url', 'headers', 'body', 'retry', 'onGap', 'open', 'message', 'other', 'error'],
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

describe('EventSource', () => {
  testLifecycle(test, eventSource)
  testRandomWalks(test, eventSource)
})

/** A reader of a response, with a loop that goes on until it is ended. */
const reader = (name, endings, run) => ({
  name,
  callbacks: ['event'],
  endings,
  script: [
    ['an event comes', world => world.exchange?.write('data: 1\n\n')],
    ['events come', world => world.exchange?.write('data: 2\n\ndata: 3\n\n')],
    ['an event comes', world => world.exchange?.write('data: 4\n\n')],
  ],
  start(world) {
    const { controller, signal, listeners } = countedController()
    const own = new AbortController()
    const response = world.fetch('http://h/', { signal: own.signal })
    world.exchange.answer()
    const endings = run(world, response, { signal }, controller)
    return { endings, check: () => assert.equal(listeners.size, 0, 'listeners on the signal of the user') }
  },
})

describe('readers', () => {
  const batches = reader(
    'readEventBatches',
    ['the abort of its signal'],
    (world, response, options, controller) => {
      response
        .then(response => readEventBatches(response, () => world.enter('event'), options))
        .catch(() => {})
      return { 'the abort of its signal': () => controller.abort() }
    },
  )
  const iterator = reader(
    'readEvents',
    ['the abort of its signal', 'return()'],
    (world, response, options, controller) => {
      let events
      let isOver = false
      response
        .then(async response => {
          events = readEvents(response, options)
          if (isOver) events.return()
          for await (const _ of events) {
            // an event that was on its way when the loop was left is the loop's own to drop
            if (isOver) break
            world.enter('event')
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
          void events?.return()
        },
      }
    },
  )
  for (const subject of [batches, iterator]) testLifecycle(test, subject)
})
