/** What a server of event streams over POST must give: the cells of its row, with the names of the GraphQL ones. */

import assert from 'node:assert/strict'
import { streamEvents } from 'postsource'
import { traceStream } from 'postsource/devtools'
import { within } from '../outcome.mjs'
import { liveOf, noticedWithinMs, patienceMs, range, text, untilLive } from './graphql-cells.mjs'

const foreverMs = 3_600_000

const open = ({ url, last = '[DONE]' }, json, more) => streamEvents(url, { json, until: last, ...more })
const read = ({ data }) => JSON.parse(data)

/** The numbers and texts of a whole stream, and the error that ended it. */
function readAll(row, json, more) {
  const seen = []
  const reading = async () => {
    try {
      for await (const event of open(row, json, more)) seen.push(read(event))
      return { seen }
    } catch (error) {
      return { seen, error }
    }
  }
  return within(patienceMs + (json.everyMs ?? 0), JSON.stringify(json).slice(0, 100), reading())
}

/** Reads that many events, and leaves the loop. */
async function leaveAfter(row, count, json) {
  const reading = async () => {
    const seen = []
    for await (const event of open(row, json)) if (seen.push(read(event)) === count) break
    return seen
  }
  return within(patienceMs, `event ${count}`, reading())
}

const numbersOf = seen => seen.map(({ i }) => i)

/** Each cell rejects if it is red. */
export const streamCells = {
  async first(row) {
    assert.deepEqual(numbersOf(await leaveAfter(row, 1, { to: 2, everyMs: foreverMs })), [1])
  },
  async order(row) {
    const { seen, error } = await readAll(row, { to: 500 })
    assert.equal(error, undefined)
    assert.deepEqual(numbersOf(seen), range(500))
  },
  async text(row) {
    const { seen } = await readAll(row, { to: 1, text })
    assert.deepEqual(seen, [{ i: 1, text }])
  },
  async '1 MiB'(row) {
    const { seen } = await readAll(row, { to: 1, length: 1 << 20 })
    assert.equal(seen[0].text.length, 1 << 20)
  },
  async errors(row) {
    const { error } = await readAll(row, { to: 'many' })
    assert.equal(error.code, 'http-status')
    assert.ok([400, 422].includes(error.status), `${error.status}`)
    const busy = await readAll({ ...row, url: new URL('/busy', row.url).href }, {})
    assert.equal(busy.error.status, 429)
    assert.equal(busy.error.headers.get('retry-after'), '1')
  },
  async 'half-way'(row) {
    const { seen, error } = await readAll(row, { to: 3, failsAfter: 2 })
    // a framework may drop what it has not sent yet
    assert.deepEqual(numbersOf(seen), [1, 2].slice(0, seen.length))
    assert.ok(['network', 'ended'].includes(error.code), `${error}`)
  },
  async once(row) {
    const { started } = await row.counts()
    await readAll(row, { to: 1 })
    await readAll(row, { to: 3, failsAfter: 2 })
    assert.equal((await row.counts()).started, started + 2)
  },
  async unsubscribe(row) {
    const before = await liveOf(row)
    await leaveAfter(row, 3, { to: 1_000_000, everyMs: 10 })
    await untilLive(row, before, row.noticedWithinMs ?? noticedWithinMs)
  },
  async 'in silence'(row) {
    const before = await liveOf(row)
    await leaveAfter(row, 1, { to: 2, everyMs: foreverMs })
    await untilLive(row, before, row.noticedWithinMs ?? noticedWithinMs)
  },
  async heartbeats(row) {
    const { heartbeatMs } = row
    const { seen, error } = await readAll(
      row,
      { to: 2, everyMs: heartbeatMs * 2.5 },
      { idleTimeout: heartbeatMs * 1.7 },
    )
    assert.equal(error, undefined)
    assert.deepEqual(numbersOf(seen), [1, 2])
  },
  async 'fifty at once'(row) {
    const all = await Promise.all(range(50).map(to => readAll(row, { to, everyMs: 1 })))
    for (const [i, { seen }] of all.entries()) assert.deepEqual(numbersOf(seen), range(i + 1))
  },
  async restart(row) {
    const seen = []
    const reading = async () => {
      const more = { idempotent: true, retry: () => 50 }
      for await (const event of open(row, { to: 1_000_000, everyMs: 10 }, more)) {
        seen.push(read(event))
        if (seen.length === 3) {
          await row.program.kill()
          await row.program.start()
        }
        if (seen.length === 10) break
      }
    }
    await within(patienceMs * 2, 'ten events over a restart', reading())
    assert.deepEqual(numbersOf(seen), range(10))
  },
  async 'none left open'(row) {
    await untilLive(row, 0, row.noticedWithinMs ?? noticedWithinMs)
  },
  async inspector(row) {
    const trace = traceStream(row.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ to: 5, everyMs: 10 }),
      reconnect: false,
    })
    await within(patienceMs, 'the end', trace.ended)
    assert.ok(trace.messages.some(({ kind }) => kind === 'event'))
    const found = trace.messages.flatMap(({ findings }) => findings.map(({ rule }) => rule))
    assert.deepEqual([...new Set(found)].sort(), [...(row.findings ?? [])].sort())
  },
  async browser(row) {
    const seen = await within(patienceMs, 'the page', row.browser.read(row, { json: { to: 20, text } }))
    assert.deepEqual(
      seen,
      range(20).map(i => ({ i, text })),
    )
  },
}
