/** The cells of a GraphQL server over HTTP/2, all in Chromium, because Node's fetch speaks HTTP/1 only. */

import assert from 'node:assert/strict'
import { within } from '../outcome.mjs'
import { noticedWithinMs, patienceMs, range, text, untilLive } from './graphql-cells.mjs'

const forever = 'subscription { quiet(ms: 3600000) }'
const count = (to, everyMs = 1) => `subscription { counter(to: ${to}, everyMs: ${everyMs}) }`

/** The data of each of the queries, which one page sends at once; it leaves each after `most` results. */
const readAll = (row, queries, most, whileOpen) =>
  within(patienceMs, queries[0], row.browser.subscribeAll(row, queries, most, whileOpen))
const read = async (row, query, most, whileOpen) => (await readAll(row, [query], most, whileOpen))[0]

/** Resolves when the server runs no operation; another page asks it. */
const untilNone = row =>
  untilLive({ ...row, counts: async () => (await read(row, '{ live }'))[0] }, 0, noticedWithinMs)

/** Each cell rejects if it is red. */
export const pageCells = {
  async first(row) {
    assert.deepEqual(await read(row, forever, 1), [{ quiet: 'first' }])
  },
  async order(row) {
    const results = await read(row, count(500, 0))
    assert.deepEqual(
      results.map(({ counter }) => counter),
      range(500),
    )
  },
  async text(row) {
    const query = `subscription { echo(text: ${JSON.stringify(text)}) }`
    assert.deepEqual(await read(row, query), [{ echo: text }])
  },
  async '1 MiB'(row) {
    const [{ big }] = await read(row, `subscription { big(length: ${1 << 20}) }`)
    assert.equal(big.length, 1 << 20)
  },
  async once(row) {
    const [{ bumped }] = await read(row, '{ bumped }')
    assert.deepEqual(await read(row, 'mutation { bump }'), [{ bump: bumped + 1 }])
    assert.deepEqual(await read(row, '{ bumped }'), [{ bumped: bumped + 1 }])
  },
  async '@defer'(row) {
    const results = await read(row, '{ me { id ... @defer { bio } } }')
    assert.equal(results.length, 2)
    assert.deepEqual(results[0], { me: { id: '1' } })
    assert.ok(results[1].me.bio)
  },
  async unsubscribe(row) {
    const results = await read(row, count(1_000_000, 10), 3, () => untilNone(row))
    assert.equal(results.length, 3)
  },
  async 'in silence'(row) {
    await read(row, forever, 1, () => untilNone(row))
  },
  /** A browser opens six connections to a server over HTTP/1, and one over HTTP/2. */
  async 'fifty at once'(row) {
    const all = await readAll(
      row,
      range(50).map(to => count(to)),
    )
    for (const [i, results] of all.entries()) assert.equal(results.length, i + 1)
  },
  async 'none left open'(row) {
    await untilNone(row)
  },
  async browser(row) {
    assert.deepEqual(
      await read(row, count(20)),
      range(20).map(counter => ({ counter })),
    )
  },
}
