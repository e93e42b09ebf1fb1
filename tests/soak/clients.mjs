/** Streams that must receive every number once and in order, whatever happens to them. Runs in Node and in a page. */

import { createClient } from '../../dist/graphql.js'
import { EventSource } from '../../dist/index.js'

/** Nothing ends a stream but its last number: what the standard gives up is tried again as well. */
const policy = { retry: () => 20 + Math.random() * 100, connectTimeout: 2000, idleTimeout: 1500 }

const kinds = {
  EventSource: (url, take, done) => {
    const source = new EventSource(`${url('events')}`, policy)
    source.onmessage = ({ data }) => take(JSON.parse(data).n)
    source.addEventListener('end', () => {
      source.close()
      done()
    })
  },
  'EventSource, POST': (url, take, done) => {
    const source = new EventSource(url('events'), { ...policy, method: 'POST', body: '{}', idempotent: true })
    source.onmessage = ({ data }) => take(JSON.parse(data).n)
    source.addEventListener('end', () => {
      source.close()
      done()
    })
  },
  'GraphQL over SSE, by id': (url, take, done) => subscribe(url('graphql-sse'), 'sse', {}, take, done),
  'GraphQL over SSE, by resume': (url, take, done) =>
    subscribe(url('graphql-sse'), 'sse', { resume: ({ data }) => ({ after: data.n }) }, take, done),
  'multipart, by resume': (url, take, done) =>
    subscribe(url('multipart'), 'multipart', { resume: ({ data }) => ({ after: data.n }) }, take, done),
}

function subscribe(url, protocol, operation, take, done) {
  createClient({ url, protocol, ...policy, maxRetries: Infinity, isRetryable: () => true }).subscribe(
    { query: 'subscription { n }', ...operation },
    { next: ({ data }) => take(data.n), error: error => done(String(error)), complete: () => done() },
  )
}

/**
 * Runs `streams` streams of `length` numbers, `ms` apart, all at once. `report` is told how many numbers have come.
 * Resolves with what went wrong: an empty list, if all is well.
 */
export async function runStreams(origin, { streams, length, ms }, report = () => {}) {
  const names = Object.keys(kinds)
  const problems = []
  let received = 0
  let finished = 0
  await Promise.all(
    Array.from({ length: streams }, (_, i) => {
      const name = names[i % names.length]
      const url = format => `${origin}/${format}?length=${length}&ms=${ms}&stream=${i}`
      let expected = 1
      return new Promise(resolve => {
        const take = n => {
          if (n !== expected) problems.push(`${name}, stream ${i}: ${n} instead of ${expected}`)
          expected = n + 1
          report({ received: ++received, finished, streams, total: streams * length })
        }
        kinds[name](url, take, problem => {
          if (problem) problems.push(`${name}, stream ${i}: ${problem}`)
          else if (expected !== length + 1) problems.push(`${name}, stream ${i}: ended before ${expected}`)
          finished++
          resolve()
        })
      })
    }),
  )
  return problems
}
