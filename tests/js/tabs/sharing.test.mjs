/** What `shareAcrossTabs` checks, and what it leaves alone. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from '../../../dist/graphql.js'
import { EventSource } from '../../../dist/index.js'
import { shareAcrossTabs } from '../../../dist/tabs.js'
import { complete, mockServer, respond, results } from '../../../dist/testing.js'

test('a limit must be a number', () => {
  for (const name of ['maxBufferedMessages', 'maxBufferedLength'])
    assert.throws(() => shareAcrossTabs({ session: () => 'ann', [name]: -1 }), RangeError)
})

test('a source that is shared throws at once what a source of its own would throw', () => {
  const tabs = shareAcrossTabs({ session: () => 'ann' })
  assert.throws(() => new EventSource('http://host/', { tabs, maxRetries: -1 }), RangeError)
  assert.throws(() => new EventSource('http://host/', { tabs, body: 'a' }), TypeError)
  const source = new EventSource('http://host/', { tabs, signal: AbortSignal.abort() })
  assert.equal(source.readyState, EventSource.CLOSED)
})

test('a query is not shared', async () => {
  const server = mockServer()
  server.on('/graphql', respond(200, { body: { data: { a: 1 } } }))
  const told = []
  const tabs = shareAcrossTabs({ session: () => 'ann' })
  tabs.onrole = change => told.push(change)
  const client = createClient({ url: 'http://host/graphql', fetch: server.fetch, tabs })
  for await (const { data } of client.iterate({ query: '{ a }' })) assert.deepEqual(data, { a: 1 })
  assert.deepEqual(told, [])
})

test('without a session a subscription has a connection of its own', async () => {
  const server = mockServer()
  server.on('/graphql', results([{ data: { n: 1 } }, { data: { n: 2 } }, complete()]))
  const told = []
  const tabs = shareAcrossTabs({ session: () => null })
  tabs.onrole = change => told.push(change)
  const client = createClient({ url: 'http://host/graphql', fetch: server.fetch, tabs })
  const numbers = []
  for await (const { data } of client.iterate({
    query: 'subscription Numbers { n }',
    operationName: 'Numbers',
  }))
    numbers.push(data.n)
  assert.deepEqual(numbers, [1, 2])
  assert.deepEqual(told, [{ stream: 'Numbers', role: 'alone' }])
})
