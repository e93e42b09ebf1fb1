/** What a server of event streams of a table must give: the cells of its row, with the names of the others. */

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { streamEvents } from 'postsource'
import { traceStream } from 'postsource/devtools'
import { within } from '../outcome.mjs'
import { patienceMs, range, text } from './graphql-cells.mjs'

async function put({ authorization }, url, text) {
  const headers = { authorization, 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'PUT', headers, body: JSON.stringify({ text }) })
  assert.ok(response.ok, `PUT was answered with ${response.status}`)
}

/** A new record, which has a text: a stream of it begins with that. */
async function create(row, text) {
  const url = row.url + randomUUID()
  await put(row, url, text)
  return url
}

/** Reads `count` texts of a record. `onEvent(n)` is called after the nth. */
function follow({ authorization }, url, count, { onEvent, ...more } = {}) {
  const reading = async () => {
    const texts = []
    for await (const { data } of streamEvents(url, { headers: { authorization }, ...more })) {
      texts.push(JSON.parse(data).value.text)
      if (texts.length === count) break
      await onEvent?.(texts.length)
    }
    return texts
  }
  return within(patienceMs * 4, `event ${count} of ${url}`, reading())
}

/** Each cell rejects if it is red. */
export const tableCells = {
  async first(row) {
    assert.deepEqual(await follow(row, await create(row, 'a'), 1), ['a'])
  },
  async order(row) {
    const url = await create(row, '1')
    const onEvent = async n => {
      if (n === 1) for (const i of range(500).slice(1)) await put(row, url, String(i))
    }
    assert.deepEqual(await follow(row, url, 500, { onEvent }), range(500).map(String))
  },
  async text(row) {
    assert.deepEqual(await follow(row, await create(row, text), 1), [text])
  },
  async '1 MiB'(row) {
    const [{ length }] = await follow(row, await create(row, 'x'.repeat(1 << 20)), 1)
    assert.equal(length, 1 << 20)
  },
  async errors(row) {
    const missing = follow(row, new URL('/nothing/', row.url).href, 1)
    await assert.rejects(missing, { code: 'http-status', status: 404 })
    const unknown = follow({ authorization: 'Bearer unknown' }, row.url, 1)
    await assert.rejects(unknown, { code: 'http-status', status: 401 })
  },
  async 'fifty at once'(row) {
    const read = async n => {
      const url = await create(row, String(n))
      return follow(row, url, 2, { onEvent: () => put(row, url, 'last') })
    }
    const all = await Promise.all(range(50).map(read))
    assert.deepEqual(
      all,
      range(50).map(n => [String(n), 'last']),
    )
  },
  /** The new connection begins with the record as it is. */
  async restart(row) {
    const url = await create(row, 'before')
    let gaps = 0
    const onEvent = async n => {
      if (n === 2) return put(row, url, 'after')
      await row.program.kill()
      await row.program.start()
    }
    const more = { onEvent, onGap: () => gaps++, retry: () => 50 }
    assert.deepEqual(await follow(row, url, 3, more), ['before', 'before', 'after'])
    assert.equal(gaps, 1)
  },
  async inspector(row) {
    const { authorization, findings = [] } = row
    const trace = traceStream(await create(row, text), { headers: { authorization } })
    trace.addEventListener('message', ({ message }) => message.kind === 'event' && trace.stop())
    await within(patienceMs, 'the end', trace.ended)
    assert.ok(trace.messages.some(({ kind }) => kind === 'event'))
    const found = trace.messages.flatMap(({ findings }) => findings.map(({ rule }) => rule))
    assert.deepEqual([...new Set(found)].sort(), findings)
  },
  async browser(row) {
    const url = await create(row, text)
    const [{ value }] = await within(patienceMs, 'the page', row.browser.read({ ...row, url }, { most: 1 }))
    assert.equal(value.text, text)
  },
}
