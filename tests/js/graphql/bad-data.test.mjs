/** Random JSON in place of results, in every protocol: whatever a server sends, readers throw StreamErrors only. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readResults } from 'postsource/graphql'
import { applyPatch } from '../../../dist/graphql/json-patch.js'
import { randomFrom } from '../reference/incremental-payloads.mjs'

const streams = 1500
const keys = [
  ...['data', 'errors', 'extensions', 'hasNext', 'incremental', 'pending', 'completed', 'items', 'payload'],
  ...['id', 'path', 'subPath', 'label', 'message', 'code', 'op', 'from', 'value', 'a', '__proto__', 'length'],
]
const scalars = [
  null,
  true,
  false,
  0,
  1,
  -1,
  1.5,
  '',
  'a',
  '0',
  'x',
  '/a/0',
  '/data/a',
  'add',
  'copy',
  'move',
  'test',
]

function randomJson(random, depth = 0) {
  const below = n => Math.floor(random() * n)
  const kind = below(depth > 4 ? 2 : 6)
  if (kind < 2) return scalars[below(scalars.length)]
  const values = () => Array.from({ length: below(4) }, () => randomJson(random, depth + 1))
  if (kind === 2) return values()
  return Object.fromEntries(values().map(value => [keys[below(keys.length)], value]))
}

/** A payload that is nearly right: a right one in which one member is anything. */
function nearlyRight(random) {
  const below = n => Math.floor(random() * n)
  const path = () => ['a', below(3), 'a'].slice(0, below(4))
  const payload = [
    { data: { a: [{ a: 1 }, null] }, pending: [{ id: '0', path: ['a'] }], hasNext: true },
    { incremental: [{ path: path(), data: { a: { b: 1 } } }], hasNext: true },
    { incremental: [{ path: path(), items: [{ a: 1 }], errors: [{ message: 'x', path: path() }] }] },
    { incremental: [{ id: '0', subPath: path(), data: { c: 1 } }], completed: [{ id: '0' }], hasNext: true },
    { payload: null, errors: [{ message: 'x' }] },
    { path: path(), data: null, errors: [{ message: 'x' }], hasNext: true },
  ][below(6)]
  if (random() < 0.5) return payload
  const targets = [payload, ...Object.values(payload).flat()].filter(
    value => typeof value === 'object' && value,
  )
  const target = targets[below(targets.length)]
  target[Object.keys(target)[0] ?? 'a'] = randomJson(random, 2)
  return payload
}

const formats = {
  'text/event-stream': texts => texts.map(text => `event: next\ndata: ${text}\n\n`).join(''),
  'multipart/mixed; boundary=b': texts => `${texts.map(text => `--b\r\n\r\n${text}\r\n`).join('')}--b--`,
  'application/json': ([text]) => text,
}

async function assertStreamErrors(type, texts, options) {
  const response = new Response(formats[type](texts), { headers: { 'content-type': type } })
  try {
    for await (const result of readResults(response, options)) assert.equal(typeof result, 'object')
  } catch (error) {
    assert.equal(error.name, 'StreamError', `${type}: ${texts.join(' ')}: ${error.stack}`)
  }
}

describe('readResults', () => {
  for (const type of Object.keys(formats)) {
    for (const incremental of ['merge', 'raw']) {
      test(`${type}, ${incremental}`, async () => {
        for (let seed = 0; seed < streams; seed++) {
          const random = randomFrom(seed)
          const make = seed % 2 === 0 ? () => randomJson(random) : () => nearlyRight(random)
          const texts = Array.from({ length: 1 + Math.floor(random() * 4) }, () => JSON.stringify(make()))
          await assertStreamErrors(type, texts, { incremental })
        }
      })
    }
    test(`${type}: JSON that is 20,000 deep`, async () => {
      const deep = '['.repeat(20_000) + ']'.repeat(20_000)
      const first = `{"data":{"a":${deep}},"hasNext":true}`
      for (const text of [
        ...[deep, `${'{"payload":'.repeat(20_000)}1${'}'.repeat(20_000)}`, `{"errors":${deep}}`],
        ...[`{"path":${deep},"data":{}}`, `{"incremental":${deep}}`, `{"payload":null,"errors":${deep}}`],
        ...[`{"path":[],"data":{"a":${deep}},"hasNext":false}`, `[{"op":${deep},"path":"/a"}]`],
        ...[`[{"op":"test","path":"/data/a","value":${deep}}]`, `{"completed":[{"id":${deep}}]}`],
      ])
        await assertStreamErrors(type, [first, text])
    })
  }
})

test('applyPatch', () => {
  for (let seed = 0; seed < streams; seed++) {
    const random = randomFrom(seed)
    const document = randomJson(random)
    const before = JSON.stringify(document)
    try {
      applyPatch(
        document,
        random() < 0.5 ? randomJson(random) : [randomJson(random, 1), randomJson(random, 1)],
      )
    } catch (error) {
      assert.equal(error.name, 'StreamError', `seed ${seed}: ${error.stack}`)
    }
    assert.equal(JSON.stringify(document), before)
  }
})
