/** Every number that an option takes: what it may be, and what is a RangeError. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EventSource, exponentialBackoff } from 'postsource'
import { loadInspector, replayFetch, traceStream, watchPage } from 'postsource/devtools'
import { createClient } from 'postsource/graphql'
import { createParser, EventSourceParserStream } from 'postsource/parser'
import { useEventSource } from 'postsource/react'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { checkTimeout } from '../../../dist/stream/limits.js'

const signal = AbortSignal.abort()
const source = options => new EventSource('about:blank', { ...options, signal })
const client = options => createClient({ url: 'about:blank', ...options }).dispose()
const followed = options => traceStream('about:blank', { ...options, signal })
const observed = options => watchPage(options).stop()
const inspector = await loadInspector()
const inspected = context => inspector.open({ contentType: 'text/event-stream', ...context }).close()
const rendered = options =>
  renderToString(
    createElement(() => {
      useEventSource(null, options)
      return null
    }),
  )

const { POSITIVE_INFINITY: never, NaN: none } = Number
const numbers = { good: [0, 1, 1.5, 2 ** 31, never], bad: [] }
const fromOne = { good: [1, 1.5, never], bad: [0, 0.5] }
const bytes = { good: [1, 2 ** 31 - 1], bad: [0, 1.5, 2 ** 31, never] }

describe('the numbers of options', () => {
  for (const [owner, take, ranges] of [
    [
      'EventSource',
      source,
      {
        connectTimeout: numbers,
        idleTimeout: numbers,
        healthyAfter: numbers,
        maxRetries: numbers,
        maxMessageBytes: bytes,
      },
    ],
    ['exponentialBackoff', exponentialBackoff, { baseMs: numbers, capMs: numbers, factor: fromOne }],
    [
      'createClient',
      client,
      {
        connectTimeout: numbers,
        idleTimeout: numbers,
        healthyAfter: numbers,
        maxRetries: numbers,
        lazyCloseTimeout: numbers,
        maxBufferedResults: fromOne,
        maxMessageBytes: bytes,
        maxHeaderBytes: bytes,
      },
    ],
    ['useEventSource', rendered, { limit: numbers }],
    ['the inspector', inspected, { keepAliveMs: numbers, maxMessageBytes: bytes }],
    [
      'EventSourceParserStream',
      options => new EventSourceParserStream(options),
      { maxBufferSize: { good: [1, 2 ** 31, never], bad: [0, 1.5] } },
    ],
    ['createParser', createParser, { maxBufferSize: { good: [1, 2 ** 31, never], bad: [0, 1.5] } }],
    ['traceStream', followed, { maxMessages: numbers, maxBytes: numbers, maxConnections: fromOne }],
    ['watchPage', observed, { maxMessages: numbers, maxBytes: numbers, maxConnections: fromOne }],
    [
      'replayFetch',
      options => replayFetch({ connections: [] }, options),
      { speed: { good: [0.5, 1, never], bad: [0] } },
    ],
  ]) {
    for (const [name, { good, bad }] of Object.entries(ranges)) {
      test(`${owner}: ${name} may be ${good.join(', ')}`, () => {
        for (const value of good) void take({ [name]: value })
      })
      for (const value of [none, -1, '5', null, {}, ...bad])
        test(`${owner}: ${name} may not be ${value === null ? 'null' : `${typeof value} ${value}`}`, () =>
          assert.throws(() => take({ [name]: value }), {
            name: 'RangeError',
            message: new RegExp(`^${name} must`),
          }))
    }
  }

  for (const openedAt of [none, '5', null, {}])
    test(`the inspector: openedAt may not be ${openedAt}`, () =>
      assert.throws(() => inspected({ openedAt }), { name: 'RangeError', message: /^openedAt must/ }))

  test('the inspector: no silence is a finding where keepAliveMs is Infinity', () => {
    const silent = keepAliveMs => {
      const opened = inspector.open({ contentType: 'text/event-stream', keepAliveMs, openedAt: 0 })
      const bytes = new TextEncoder().encode('data: 1\n\n')
      return [...opened.feed(bytes, 0), ...opened.feed(bytes, 1e9), ...opened.finish(1e9)]
        .flatMap(({ findings }) => findings.map(({ rule }) => rule))
        .includes('keep-alive')
    }
    assert.deepEqual([undefined, never].map(silent), [true, false])
  })

  for (const ms of [0, never, 2 ** 31, 1e12])
    test(`a timeout of ${ms} is for ever`, () => assert.equal(checkTimeout('t', ms), never))
})
