/** The buffer of an iterator: its work is O(results). */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { iterateResults } from '../../../dist/graphql/iterate-results.js'

/** Buffers results, then reads them. Returns the milliseconds of the reading. */
async function reading(count) {
  let sink
  const results = iterateResults(given => {
    sink = given
    return () => {}
  }, Number.POSITIVE_INFINITY)
  for (let n = 0; n < count; n++) sink.next({ data: { n } })
  sink.complete()
  const begin = performance.now()
  let expected = 0
  for await (const { data } of results) assert.equal(data.n, expected++)
  assert.equal(expected, count)
  return performance.now() - begin
}

test('a full buffer is read in a time that grows with its length, and no faster', async () => {
  const ratios = []
  for (let round = 0; round < 3; round++) {
    let small = 0
    for (let part = 0; part < 10; part++) small += await reading(8000)
    ratios.push((await reading(80_000)) / small)
  }
  assert.ok(Math.min(...ratios) < 4, `ten times as many took ${ratios} times as long as ten of them`)
})

test('results that come while others are read keep their order', async () => {
  let sink
  const results = iterateResults(given => {
    sink = given
    return () => {}
  }, 100)
  const read = []
  for (let n = 0; n < 30; n++) {
    for (let i = 0; i < n % 4; i++) sink.next({ n: `${n}.${i}` })
    if (n % 3 === 0 && n > 0) read.push((await results.next()).value.n)
  }
  sink.complete()
  for await (const { n } of results) read.push(n)
  assert.deepEqual(
    read,
    [...Array(30).keys()].flatMap(n => Array.from({ length: n % 4 }, (_, i) => `${n}.${i}`)),
  )
})
