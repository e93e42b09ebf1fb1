/** An option that is undefined is as if it were absent: the request is the same. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventSource } from 'postsource'
import { fetchEventSource } from 'postsource/fetch-event-source'
import { createClient } from 'postsource/graphql'
import { complete, end, events, mockServer, results } from 'postsource/testing'

const names = [
  'cache',
  'credentials',
  'redirect',
  'referrer',
  'referrerPolicy',
  'mode',
  'keepalive',
  'priority',
]
const undefinedOf = names => Object.fromEntries(names.map(name => [name, undefined]))
const defined = object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))

/** What `fetch` is called with in `run`, without the members that differ in every call. */
async function inits(run) {
  const server = mockServer()
  server.on('/events', events(['a', end()]))
  server.on('POST /graphql', results([{ data: { n: 1 } }, complete()]))
  const seen = []
  await run((url, { signal, ...init }) => {
    seen.push(defined(init))
    return server.fetch(url, { ...init, signal })
  })
  return seen
}

const own = ['headers', 'body', 'json', 'method', 'url', 'retry', 'idempotent', 'lastEventId', 'maxRetries']
const clients = {
  EventSource: more => fetch =>
    new Promise(resolve => {
      const source = new EventSource('http://localhost/events', { fetch, ...more })
      source.onmessage = () => resolve(source.close())
    }),
  fetchEventSource: more => fetch =>
    fetchEventSource('http://localhost/events', { fetch, openWhenHidden: true, ...more }),
  'createClient, the options of an operation': more => async fetch => {
    const client = createClient({
      url: 'http://localhost/graphql',
      fetch,
      credentials: 'include',
      referrer: '',
    })
    for await (const _ of client.iterate({ query: '{ n }', request: more }));
  },
}

for (const [name, run] of Object.entries(clients)) {
  test(name, async () => {
    const isOfFetch = name === 'fetchEventSource'
    const given = undefinedOf(isOfFetch ? [...names, 'headers', 'method', 'body'] : [...names, ...own])
    assert.deepEqual(await inits(run(given)), await inits(run({})))
  })
}

test('createClient', async () => {
  const options = [
    'headers',
    'credentials',
    'method',
    'protocol',
    'accept',
    'incremental',
    'retry',
    'isComplete',
  ]
  const run = more => async fetch => {
    const client = createClient({ url: 'http://localhost/graphql', fetch, ...more })
    for await (const _ of client.iterate({
      query: '{ n }',
      ...undefinedOf(['variables', 'kind', 'request']),
    }));
  }
  assert.deepEqual(await inits(run(undefinedOf(options))), await inits(run({})))
})
