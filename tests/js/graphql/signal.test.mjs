/** The signal of an operation, for `subscribe`, `iterate` and TanStack Query. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { QueryClient, QueryObserver, experimental_streamedQuery as streamedQuery } from '@tanstack/query-core'
import { createClient } from 'postsource/graphql'
import { startYoga } from '../../interop/servers/yoga.mjs'

const query = 'subscription ($to: Int!) { counter(to: $to) }'

let server
let client
before(async () => {
  server = await startYoga()
  client = createClient({ url: server.url })
})
after(() => server.close())

test('iterate: a signal that aborts stops the operation, and the iterator throws its reason', async () => {
  const stopping = new AbortController()
  const reason = new Error('enough')
  const seen = []
  await assert.rejects(async () => {
    for await (const { data } of client.iterate({
      query,
      variables: { to: 100_000 },
      signal: stopping.signal,
    })) {
      seen.push(data.counter)
      if (data.counter === 3) stopping.abort(reason)
    }
  }, reason)
  assert.deepEqual(seen, [1, 2, 3])
  await server.api.untilLive(0, 'counter')
})

test('iterate: a signal that is aborted already sends nothing', async () => {
  const before = server.requests.length
  const iterator = client.iterate({ query, variables: { to: 1 }, signal: AbortSignal.abort('never') })
  await assert.rejects(iterator.next(), error => error === 'never')
  assert.equal(server.requests.length, before)
})

test('subscribe: after its signal has aborted nothing is called', async () => {
  const stopping = new AbortController()
  const calls = []
  client.subscribe(
    { query, variables: { to: 100_000 }, signal: stopping.signal },
    {
      next({ data }) {
        calls.push(data.counter)
        if (data.counter === 2) stopping.abort()
      },
      error: () => calls.push('error'),
      complete: () => calls.push('complete'),
    },
  )
  await server.api.untilLive(1, 'counter')
  await server.api.untilLive(0, 'counter')
  assert.deepEqual(calls, [1, 2])
})

test('a long-lived signal holds nothing of finished operations', async () => {
  let kept = 0
  const { signal } = new AbortController()
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  Object.assign(signal, {
    addEventListener: (...given) => {
      kept++
      add(...given)
    },
    removeEventListener: (...given) => {
      kept--
      remove(...given)
    },
  })
  for await (const _ of client.iterate({ query, variables: { to: 2 }, signal })) assert.ok(kept > 0)
  assert.equal(kept, 0)
})

test('TanStack Query: streamedQuery grows the data, and cancelling stops the server', async () => {
  const queryClient = new QueryClient()
  const observer = new QueryObserver(queryClient, {
    queryKey: ['counter'],
    queryFn: streamedQuery({
      streamFn: ({ signal }) => client.iterate({ query, variables: { to: 100_000 }, signal }),
      reducer: (list, { data }) => [...list, data.counter],
      initialValue: [],
    }),
  })
  const seen = await new Promise(resolve => {
    const stop = observer.subscribe(({ data = [] }) => {
      if (data.length < 3) return
      resolve(data)
      stop()
    })
  })
  assert.deepEqual(seen.slice(0, 3), [1, 2, 3])
  await queryClient.cancelQueries({ queryKey: ['counter'] })
  await server.api.untilLive(0, 'counter')
})
