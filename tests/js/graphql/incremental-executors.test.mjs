/**
 * Random queries with errors, executed by graphql's own executors of four forms of incremental delivery. The merged result
 * has everything that was sent, and an error explains everything that is missing.
 */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { IncrementalResult } from '../../../dist/graphql/incremental.js'
import { deepFreeze } from './deep-freeze.mjs'

const seeds = 100
const worker = new Worker(new URL('../reference/incremental-executors.mjs', import.meta.url))
after(() => worker.terminate())

const isBelow = (path, above) => path.length >= above.length && above.every((key, i) => path[i] === key)

// alpha.9 tells the index of another item
const withoutIndexes = path => path.filter(key => typeof key === 'string')

/** The paths below which a payload says that something will not come. */
function failuresIn(payloads) {
  const pending = new Map()
  const paths = []
  for (const payload of payloads) {
    for (const { id, path } of payload.pending ?? []) pending.set(id, path)
    for (const { id, errors } of payload.completed ?? []) if (errors) paths.push(pending.get(id))
    for (const patch of [payload, ...(payload.incremental ?? [])]) {
      if (patch.path && patch.data === null) paths.push(patch.path)
      if (patch.path && patch.items === null) paths.push(patch.path.slice(0, -1))
    }
  }
  return paths
}

/** The alphas now and then drop a part of a query without a word, so that it cannot be in the result. */
const drops = ['17.0.0-alpha.2', '17.0.0-alpha.9']

/** Whether `merged` has all that `whole` has, but for what the errors took with them and what was never sent. */
function assertSame(merged, whole, told, path = []) {
  const at = path.join('.') || 'the root'
  if (whole === undefined) assert.equal(merged, undefined, `${at} is in no result`)
  if (merged === undefined) {
    const isTold = told.failures.some(failure => isBelow(path, failure))
    assert.ok(isTold || (told.drops && !told.texts.includes(`"text ${at}`)), `${at} is missing`)
  } else if (merged === null) {
    const isTold = told.errors.some(error => isBelow(withoutIndexes(error.path ?? []), withoutIndexes(path)))
    assert.ok(whole === null || isTold, `${at} is null, and no error says why`)
  } else if (typeof merged !== 'object') {
    assert.equal(merged, whole, at)
  } else {
    assert.equal(Array.isArray(merged), Array.isArray(whole), at)
    for (const key of new Set([...Object.keys(merged), ...Object.keys(whole)])) {
      const step = Array.isArray(merged) ? Number(key) : key
      assertSame(merged[key], whole[key], told, [...path, step])
    }
  }
}

async function check(question) {
  worker.postMessage(question)
  const [{ source, payloads, whole, crash }] = await once(worker, 'message')
  if (crash) return { payloads: 0, errors: 0, crashes: 1 }
  try {
    const incremental = new IncrementalResult()
    let last
    for (const payload of payloads) last = deepFreeze(incremental.merge(deepFreeze(payload))) ?? last
    const { data, errors = [] } = last
    const parts = payloads.flatMap(payload => [
      payload,
      ...(payload.incremental ?? []),
      ...(payload.completed ?? []),
    ])
    assert.deepEqual(
      errors,
      parts.flatMap(part => part.errors ?? []),
    )
    const texts = JSON.stringify(payloads)
    assertSame(data, whole, {
      errors,
      failures: failuresIn(payloads),
      texts,
      drops: drops.includes(question.executor),
    })
    return { payloads: payloads.length, errors: errors.length, crashes: 0 }
  } catch (error) {
    error.message = `seed ${question.seed}: ${error.message}\n${source}\n${payloads.map(payload => JSON.stringify(payload)).join('\n')}`
    throw error
  }
}

for (const executor of ['17.0.0-alpha.2', '17.0.0-alpha.9', '17.1', '17.1, legacy']) {
  describe(`graphql ${executor}`, () => {
    for (const errorRate of [0, 0.02, 0.1]) {
      test(`${errorRate * 100} % of the fields fail`, async () => {
        const sum = { payloads: 0, errors: 0, crashes: 0 }
        for (let seed = 0; seed < seeds; seed++) {
          const counts = await check({ executor, seed, errorRate })
          for (const key of Object.keys(sum)) sum[key] += counts[key]
        }
        assert.ok(sum.payloads > seeds * 2, `${sum.payloads} payloads`)
        assert.equal(sum.errors > 0, errorRate > 0)
      })
    }
  })
}
