/** What a GraphQL server must give over one of its protocols: the cells of its row. */

import assert from 'node:assert/strict'
import { traceStream } from 'postsource/devtools'
import { createClient } from 'postsource/graphql'
import { outcome, within } from '../outcome.mjs'

/** A whole program must have noticed an unsubscription after this time. */
export const noticedWithinMs = 1000
export const patienceMs = 15_000
const foreverMs = 3_600_000
export const text = 'Größe 漢字 😀 \u2028 "q" \\ \n\t𝄞 é --graphql data: x \r\n'
const mebibyte = 1 << 20

const count = (to, everyMs = 1) => ({ query: `subscription { counter(to: ${to}, everyMs: ${everyMs}) }` })
const quiet = ms => ({ query: `subscription { quiet(ms: ${ms}) }` })
export const range = to => Array.from({ length: to }, (_, i) => i + 1)

/** A client of the row's server, with the row's options. */
const clientOf = ({ url, options }, more) => createClient({ url, maxRetries: 0, ...more, ...options })

const run = (row, operation, more) =>
  within(patienceMs, operation.query, outcome(clientOf(row, more), operation))

/** Resolves when `count` results have come, with what stops the subscription. */
function follow(row, operation, count, { more, on } = {}) {
  const results = []
  const begun = new Promise((resolve, reject) => {
    const stop = clientOf(row, more).subscribe(
      operation,
      {
        next(result) {
          results.push(result)
          if (results.length === count) resolve({ stop, results })
        },
        error: reject,
        complete: () => reject(new Error(`complete after ${results.length} results`)),
      },
      on,
    )
  })
  return within(patienceMs, `result ${count} of ${operation.query}`, begun)
}

/** Asks the server without the client, so that this does not depend on what is tested. */
async function ask({ url }, field) {
  const body = JSON.stringify({ query: `{ ${field} }` })
  const send = accept =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', accept }, body })
  const response = await send('application/json')
  // graphql-sse's handlers send event streams only
  const text = response.ok
    ? await response.text()
    : (await (await send('text/event-stream')).text()).match(/^data: ?(\{.*)/m)?.[1]
  const { data, errors } = JSON.parse(text)
  assert.ok(data, JSON.stringify(errors))
  return data[field]
}

/** How many operations the server runs. */
export const liveOf = async row => (row.counts ? (await row.counts()).live : await ask(row, 'live'))

/** Resolves when the server runs no more operations than that; rejects after `ms`. */
export async function untilLive(row, most, ms) {
  const begin = performance.now()
  for (;;) {
    const live = await liveOf(row)
    if (live <= most) return
    const passed = performance.now() - begin
    assert.ok(passed < ms, `the server still runs ${live} operations after ${passed.toFixed(0)} ms`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** An operation that cannot be executed gives a result with errors, or is refused with them. */
async function isRefused(row, query) {
  const { results, end, error } = await run(row, { query })
  const errors = results[0]?.errors ?? error?.errors
  assert.ok(errors?.[0]?.message || error?.code === 'http-status', `${end}: ${JSON.stringify(results)}`)
}

/** Each cell rejects if it is red. The order is that of the columns. */
export const graphqlCells = {
  async first(row) {
    const { results, stop } = await follow(row, quiet(foreverMs), 1)
    stop()
    assert.deepEqual(results, [{ data: { quiet: 'first' } }])
  },
  async order(row) {
    const { results, end } = await run(row, count(500, row.everyMs ?? 0))
    assert.equal(end, 'complete')
    assert.deepEqual(
      results,
      range(500).map(counter => ({ data: { counter } })),
    )
  },
  async text(row) {
    const query = 'subscription ($text: String!) { echo(text: $text) }'
    assert.deepEqual(await run(row, { query, variables: { text } }), {
      results: [{ data: { echo: text } }],
      end: 'complete',
    })
  },
  async '1 MiB'(row) {
    const { results, end } = await run(row, { query: `subscription { big(length: ${mebibyte}) }` })
    assert.equal(end, 'complete')
    assert.equal(results[0].data.big.length, mebibyte)
  },
  async errors(row) {
    if (!row.hasNo?.first) await isRefused(row, 'subscription { nothing }')
    await isRefused(row, '{ nothing }')
    await isRefused(row, '{')
    const { results, end } = await run(row, { query: '{ fails }' })
    assert.equal(end, 'complete')
    // async-graphql: a field that fails takes the whole data with it
    assert.equal(results[0].data?.fails ?? null, null)
    assert.ok(results[0].errors[0].message)
  },
  async 'half-way'(row) {
    const { results, end, error } = await run(row, { query: 'subscription { iteratorFails(after: 2) }' })
    const numbers = results.flatMap(({ data }) => data?.iteratorFails ?? [])
    const errors = error?.errors ?? results.flatMap(({ errors }) => errors ?? [])
    assert.deepEqual({ numbers, end }, { numbers: [1, 2], end: row.halfWay ?? 'complete' }, error?.message)
    if (row.halfWay) assert.deepEqual(errors, [])
    else assert.ok(errors[0].message)
  },
  async once(row) {
    assert.deepEqual(await run(row, { query: '{ hello }' }), {
      results: [{ data: { hello: 'Hello, world!' } }],
      end: 'complete',
    })
    const bumped = await ask(row, 'bumped')
    const { results } = await run(row, { query: 'mutation { bump }' })
    assert.deepEqual(results, [{ data: { bump: bumped + 1 } }])
    assert.equal(await ask(row, 'bumped'), bumped + 1)
  },
  async '@defer'(row) {
    const { results, end } = await run(row, { query: '{ me { id ... @defer { bio } } }' })
    assert.equal(end, 'complete')
    assert.equal(results.length, 2, JSON.stringify(results))
    // gqlgen: a deferred field is null until it comes
    assert.deepEqual({ bio: null, ...results[0].data.me }, { id: '1', bio: null })
    assert.equal(results[1].data.me.id, '1')
    assert.ok(results[1].data.me.bio)
  },
  async unsubscribe(row) {
    const before = await liveOf(row)
    const { stop } = await follow(row, count(1_000_000, 10), 3)
    assert.ok((await liveOf(row)) > before)
    stop()
    await untilLive(row, before, row.noticedWithinMs ?? noticedWithinMs)
  },
  async 'in silence'(row) {
    const before = await liveOf(row)
    const { stop } = await follow(row, quiet(foreverMs), 1)
    assert.ok((await liveOf(row)) > before)
    stop()
    await untilLive(row, before, row.noticedWithinMs ?? noticedWithinMs)
  },
  async heartbeats(row) {
    const { heartbeatMs } = row
    const more = { idleTimeout: heartbeatMs * 1.7 }
    const { results, end } = await within(
      patienceMs + heartbeatMs * 2.5,
      'a quiet stretch',
      outcome(clientOf(row, more), quiet(heartbeatMs * 2.5)),
    )
    assert.equal(end, 'complete')
    assert.deepEqual(
      results.map(({ data }) => data.quiet),
      ['first', 'last'],
    )
  },
  async 'fifty at once'(row) {
    const client = clientOf(row)
    const all = await within(
      patienceMs,
      'fifty',
      Promise.all(range(50).map(to => outcome(client, count(to, row.everyMs)))),
    )
    for (const [i, { results }] of all.entries()) {
      assert.deepEqual(
        results.map(({ data }) => data.counter),
        range(i + 1),
      )
    }
  },
  async restart(row) {
    let gaps = 0
    const more = { maxRetries: Number.POSITIVE_INFINITY, retry: () => 50, onGap: () => gaps++ }
    const { stop, results } = await follow(row, count(1_000_000, 10), 3, { more })
    try {
      await row.program.kill()
      const { length } = results
      await row.program.start()
      await within(
        patienceMs,
        'a result after the restart',
        until(() => results.length > length),
      )
      assert.equal(results[length].data.counter, 1)
      assert.equal(gaps, 1)
    } finally {
      stop()
    }
    if (!row.hasNo?.unsubscribe) await untilLive(row, 0, row.noticedWithinMs ?? patienceMs)
  },
  async 'none left open'(row) {
    await untilLive(row, 0, row.noticedWithinMs ?? noticedWithinMs)
  },
  async inspector(row) {
    const traced = row.options?.accept ? { headers: { accept: row.options.accept } } : row.options
    const own = [
      ...(row.hasNo?.first ? [] : [count(5, 10).query]),
      '{ hello }',
      ...(row.hasNo?.['@defer'] ? [] : ['{ me { id ... @defer { bio } } }']),
    ]
    const found = new Set()
    for (const query of row.inspected ?? own) {
      const trace = traceStream(row.url, { query, reconnect: false, ...traced })
      await within(patienceMs, 'the end', trace.ended)
      assert.ok(
        trace.messages.some(({ kind }) => kind === 'result'),
        query,
      )
      const rules = trace.messages.flatMap(({ findings }) => findings.map(({ rule }) => rule))
      // each of the row's own documents shows them all
      if (row.inspected) assert.deepEqual([...new Set(rules)].sort(), row.findings, query)
      for (const rule of rules) found.add(rule)
    }
    assert.deepEqual([...found].sort(), [...(row.findings ?? [])].sort())
  },
  async browser(row) {
    if (row.hasNo?.first) {
      const results = await within(patienceMs, 'the page', row.browser.subscribe(row, '{ hello }'))
      assert.deepEqual(results, [{ hello: 'Hello, world!' }])
      return
    }
    const results = await within(
      patienceMs,
      'the page',
      row.browser.subscribe(row, count(20, row.everyMs).query),
    )
    assert.deepEqual(
      results,
      range(20).map(counter => ({ counter })),
    )
  },
}

/** Resolves when the condition holds. */
export async function until(condition) {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 10))
}
