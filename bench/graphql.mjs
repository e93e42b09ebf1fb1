/**
 * GraphQL: from the chunks of a response to parsed results. Our client and its peers are called as their users call
 * them. Ratios are those of our client, because the peers are clients too. `postsource` is readResults.
 */

import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { createClient as createSseClient } from 'graphql-sse'
import { meros } from 'meros/browser'
import { createClient, readResults } from '../dist/graphql.js'
import { concat, cut, graphqlResult, seeded } from './workloads.mjs'

const encoder = new TextEncoder()
const operation = { query: 'subscription { messages { text } }' }

/** A response whose body delivers these chunks one by one, without delays. */
function respond(chunks, contentType) {
  let at = 0
  const body = new ReadableStream({
    pull(controller) {
      if (at < chunks.length) controller.enqueue(chunks[at++])
      else controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': contentType } })
}

const through = (client, take) =>
  new Promise((resolve, reject) => {
    client.subscribe(operation, { next: take, error: reject, complete: resolve })
  })

async function postsource(response, take) {
  for await (const result of readResults(response)) take(result)
}

async function postsourceClient(response, take) {
  await through(createClient({ url: '/', fetch: async () => response, maxRetries: 0 }), take)
}

const client = new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.empty() })
const subscription = gql(operation.query)

/** Each format: its results on the wire, and the clients that read it. Ratios are relative to the fastest peer. */
const formats = {
  'GraphQL over SSE': {
    contentType: 'text/event-stream',
    wrap: json => `event: next\ndata: ${json}\n\n`,
    end: 'event: complete\ndata:\n\n',
    peers: {
      'graphql-sse': (response, take) =>
        through(
          createSseClient({ url: 'http://localhost/', fetchFn: async () => response, retryAttempts: 0 }),
          take,
        ),
    },
  },
  'multipart subscription': {
    contentType: 'multipart/mixed; boundary=graphql; subscriptionSpec=1.0',
    wrap: json => `\r\n--graphql\r\nContent-Type: application/json\r\n\r\n{"payload":${json}}`,
    end: '\r\n--graphql--\r\n',
    peers: {
      async meros(response, take) {
        for await (const { json, body } of await meros(response)) if (json) take(body.payload)
      },
      'Apollo Client': (response, take) =>
        new Promise((resolve, reject) => {
          const link = new HttpLink({ uri: 'http://localhost/', fetch: async () => response })
          ApolloLink.execute(link, { query: subscription }, { client }).subscribe({
            next: take,
            error: reject,
            complete: resolve,
          })
        }),
    },
  },
}

const workloads = [
  ['GraphQL over SSE', '370 B', 36, ['64 KiB', '16 KiB', '1400 B', 'one message']],
  ['GraphQL over SSE', '64 KiB', 12_000, ['64 KiB', '1400 B']],
  ['multipart subscription', '300 B', 22, ['64 KiB', '16 KiB', '1400 B', 'one message']],
  ['multipart subscription', '64 KiB', 12_000, ['64 KiB', '1400 B']],
]
const chunkBytes = { '64 KiB': 65536, '16 KiB': 16384, '1400 B': 1400 }

function makeChunks({ wrap, end }, words, chunking, bytes) {
  const random = seeded(1)
  const messages = []
  const texts = []
  for (let size = 0, n = 0; size < bytes; n++) {
    texts.push(JSON.stringify(graphqlResult(random, n, words)))
    messages.push(encoder.encode(wrap(texts.at(-1))))
    size += messages.at(-1).length
  }
  messages.push(encoder.encode(end))
  const chunks = chunking === 'one message' ? messages : cut(concat(messages), () => chunkBytes[chunking])
  return { chunks, texts }
}

/** A stream is long enough that the start of an operation, a fraction of a millisecond, does not count. */
const bytesOf = (size, quick) => (size === '64 KiB' ? 4 : 1) * (quick ? 3 << 20 : 6 << 20)

/** The lower bound: parses the results that are there as strings. */
function timeJson(texts) {
  const begin = performance.now()
  for (const text of texts) globalThis.sink = JSON.parse(text)
  return performance.now() - begin
}

const median = values => [...values].sort((a, b) => a - b)[values.length >> 1]

async function time(run, chunks, contentType) {
  let count = 0
  const begin = performance.now()
  await run(respond(chunks, contentType), result => {
    count += result.data.messages.length
  })
  return { ms: performance.now() - begin, count }
}

/** Counts the results that each loses: meros loses one if a chunk ends within a boundary. All others must be equal. */
async function countLost(contenders, chunks, contentType) {
  const resultsOf = async run => {
    const results = []
    await run(respond(chunks, contentType), ({ data }) => results.push(JSON.stringify(data)))
    return results
  }
  const ours = await resultsOf(postsource)
  const expected = new Set(ours)
  const lost = {}
  for (const [name, run] of Object.entries(contenders)) {
    const results = await resultsOf(run)
    if (results.length < ours.length) lost[name] = ours.length - results.length
    if (results.length > ours.length || !results.every(result => expected.has(result)))
      throw new Error(`${name} and postsource give different results`)
  }
  return lost
}

/** Measures all rows that pass `filter`, and calls `report` with each. */
export async function measureGraphql({ quick, filter }, report = () => {}) {
  const rows = []
  for (const [name, size, words, chunkings] of workloads) {
    const format = formats[name]
    const contenders = { ...format.peers, postsource, 'postsource client': postsourceClient }
    const names = Object.keys(contenders)
    for (const chunking of chunkings) {
      if (filter && !`${name}, ${size} ${chunking}`.includes(filter)) continue
      const { chunks, texts } = makeChunks(format, words, chunking, bytesOf(size, quick))
      const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      const lost = await countLost(contenders, chunks, format.contentType)
      const times = Object.fromEntries(['JSON.parse', ...names].map(contender => [contender, []]))
      for (let round = 0; round < (quick ? 7 : 15) + 1; round++) {
        const json = timeJson(texts)
        if (round > 0) times['JSON.parse'].push(json)
        for (let i = 0; i < names.length; i++) {
          const contender = names[(i + round) % names.length]
          const { ms } = await time(contenders[contender], chunks, format.contentType)
          if (round > 0) times[contender].push(ms)
        }
      }
      const fastest = times['postsource client'].map((_, round) =>
        Math.min(...Object.keys(format.peers).map(peer => times[peer][round])),
      )
      const ratios = fastest.map((ms, round) => ms / times['postsource client'][round])
      const row = {
        workload: `${name}, ${size}`,
        chunking,
        mbPerSecond: Object.fromEntries(
          Object.entries(times).map(([contender, ms]) => [contender, total / 1000 / median(ms)]),
        ),
        ratio: median(ratios),
        lowest: Math.min(...ratios),
        highest: Math.max(...ratios),
        lost,
      }
      rows.push(row)
      await report(row)
    }
  }
  return rows
}

/**
 * Servers send the boundary of a part with the next part. Measures how many results each client has delivered after the
 * first part, while the server waits before it writes the boundary.
 */
export async function measureLateness() {
  const { contentType, wrap, peers } = formats['multipart subscription']
  const late = {}
  for (const [name, run] of Object.entries({ ...peers, postsource })) {
    let seen = 0
    let controller
    const body = new ReadableStream({
      start(opened) {
        controller = opened
      },
    })
    const response = new Response(body, { headers: { 'content-type': contentType } })
    const done = run(response, () => seen++).catch(() => {})
    controller.enqueue(encoder.encode(wrap('{"data":{"messages":[]}}')))
    await new Promise(resolve => setTimeout(resolve, 100))
    late[name] = seen
    controller.enqueue(encoder.encode('\r\n--graphql--\r\n'))
    controller.close()
    await done
  }
  return late
}
