/** The options of the hooks: each holds for both of them, where both have it. */

import { expect } from '@playwright/test'
import { poll, test } from './fixtures.mjs'
import {
  a,
  asked,
  change,
  crashes,
  open,
  run,
  serveScripted,
  settle,
  shows,
  source,
} from './scripted-page.mjs'

serveScripted()

const hooks = { useSubscription: a, useEventSource: { ...source, events: ['next'] } }

/** Sends a number, which either hook reads. */
const write = (page, n) =>
  run(page, n => requests.at(-1).write(`event: next\ndata: {"data":{"n":${n}}}\n\n`), n)
/** Makes the data of either hook: a list of the numbers. */
const reduceNumbers = page =>
  run(page, () => {
    callbacks.reduce = (_id, list = [], n) => [...list, typeof n === 'number' ? n : JSON.parse(n.data).data.n]
  })

for (const [name, reader] of Object.entries(hooks)) {
  for (const flush of ['frame', 'sync']) {
    test(`${name}: an exception of reduce fails the stream and is reported once (${flush})`, async ({
      page,
    }) => {
      await run(page, () => {
        globalThis.failures = []
        globalThis.reduced = 0
        callbacks.onError = (_id, { code, cause }) => failures.push([code, cause.message])
        callbacks.reduce = (_id, n = 0) => {
          reduced++
          if (n === 1) throw new Error('on purpose')
          return n + 1
        }
      })
      await change(page, { readers: [{ ...reader, flush, initialData: 0 }] })
      await shows(page, 'a', { status: 'open' })
      // in one chunk, and so before the next frame
      await run(page, () => requests[0].send(1, 2, 3))
      await shows(page, 'a', { data: 1, status: 'failed', code: 'invalid-request', cause: 'on purpose' })
      await shows(page, 'a', { error: 'reduce threw: on purpose', retryAt: undefined })
      await open(page, 0)
      await settle(page)
      expect(await run(page, () => [failures, reduced])).toEqual([[['invalid-request', 'on purpose']], 2])
      expect(crashes()).toEqual(['on purpose'])
      expect(await asked(page)).toBe(1)
    })
  }

  test(`${name}: an exception of a callback is reported and does not end the stream`, async ({ page }) => {
    await reduceNumbers(page)
    await run(page, () => {
      for (const callback of ['onOpen', 'onData', 'onEvent', 'onError', 'onComplete']) {
        callbacks[callback] = () => {
          throw new Error(callback)
        }
      }
    })
    await change(page, { readers: [reader] })
    await shows(page, 'a', { status: 'open' })
    await write(page, 1)
    await write(page, 2)
    await shows(page, 'a', { data: [1, 2], status: 'open' })
    const onMessage = reader === a ? 'onData' : 'onEvent'
    expect(crashes()).toEqual(['onOpen', onMessage, onMessage])
  })

  test(`${name}: onOpen at each connection; onComplete at the end, onError at a failure`, async ({
    page,
  }) => {
    await run(page, () => {
      globalThis.log = []
      globalThis.waits = 1
      for (const callback of ['onOpen', 'onError', 'onComplete'])
        callbacks[callback] = () => log.push(callback)
    })
    await change(page, { readers: [{ ...reader, ...(reader !== a && { maxRetries: 1 }) }] })
    await shows(page, 'a', { status: 'open' })
    await run(page, () => requests[0].drop())
    await shows(page, 'a', { status: 'open', attempt: 2 })
    await run(page, isSource => (isSource ? requests[1].end() : requests[1].complete()), reader !== a)
    await shows(page, 'a', { status: 'closed', error: undefined })
    await run(page, () => {
      globalThis.refusal = 404
      shown.a.reconnect()
    })
    await shows(page, 'a', { status: 'failed' })
    expect(await run(page, () => log)).toEqual(['onOpen', 'onOpen', 'onComplete', 'onError'])
  })

  test(`${name}: data is initialData at first, and again after a reset`, async ({ page }) => {
    await reduceNumbers(page)
    await change(page, { readers: [{ ...reader, initialData: [0] }] })
    await shows(page, 'a', { data: [0] })
    await shows(page, 'a', { status: 'open' })
    await write(page, 1)
    await shows(page, 'a', { data: [0, 1] })
    await run(page, () => shown.a.reconnect())
    await shows(page, 'a', { data: [0, 1], status: 'open' })
    await run(page, () => shown.a.reset())
    await shows(page, 'a', { data: [0], status: 'open' })
    await open(page, 1)
  })

  test(`${name}: without an address or operation the status is idle, and no client is needed`, async ({
    page,
  }) => {
    await change(page, { readers: [{ ...reader, isAbsent: true }], isBare: true })
    await shows(page, 'a', { status: 'idle', attempt: 0 })
    await settle(page)
    expect(await asked(page)).toBe(0)
    await change(page, { readers: [reader], isBare: false })
    await shows(page, 'a', { status: 'open' })
    await change(page, { readers: [{ ...reader, isAbsent: true }], isBare: true })
    await shows(page, 'a', { status: 'idle' })
    await open(page, 0)
    expect(crashes()).toEqual([])
  })

  test(`${name}: warns once about an unknown option`, async ({ page }) => {
    const said = []
    page.on('console', message => said.push(message.text()))
    await change(page, { readers: [{ ...reader, skip: true }] })
    await shows(page, 'a', { status: 'open' })
    await change(page, { readers: [{ ...reader, skip: true, enabled: false }] })
    await shows(page, 'a', { status: 'idle' })
    expect(said.filter(text => text.startsWith('postsource'))).toEqual([
      expect.stringContaining(`${name}() has no option "skip"`),
    ])
    expect(said.join()).toMatch(/\benabled, .*\breduce/)
  })
}

test('retryAt is the time of the next attempt while the stream waits for it, and only then', async ({
  page,
}) => {
  await run(page, () => {
    globalThis.waits = 20_000
  })
  for (const reader of [source, a]) {
    await change(page, { readers: [] })
    await change(page, { readers: [reader] })
    await shows(page, 'a', { status: 'open', retryAt: undefined })
    const due = await run(page, () => {
      requests.at(-1).drop()
      return Date.now() + waits
    })
    await shows(page, 'a', { status: 'reconnecting', attempt: 1 })
    const retryAt = await run(page, () => shown.a.retryAt)
    expect(Math.abs(retryAt - due)).toBeLessThan(10_000)
    await run(page, () => {
      globalThis.isSilent = true
    })
    await run(page, () => globalThis.dispatchEvent(new Event('online'))) // ends the wait
    await shows(page, 'a', { status: 'reconnecting', attempt: 2, retryAt: undefined })
    await run(page, () => {
      globalThis.isSilent = false
      shown.a.stop()
    })
    await shows(page, 'a', { status: 'closed', retryAt: undefined })
  }
})

test('useEventSource: reconnect continues after the last id, reset begins without it', async ({ page }) => {
  await change(page, { readers: [source] })
  await shows(page, 'a', { status: 'open' })
  await run(page, () => requests[0].write('id: 7\ndata: 1\n\n'))
  await shows(page, 'a', { lastEvent: { lastEventId: '7' } })
  await run(page, () => shown.a.reconnect())
  await poll(() => asked(page)).toBe(2)
  await shows(page, 'a', { status: 'open' })
  await run(page, () => shown.a.stop())
  await run(page, () => shown.a.reconnect())
  await poll(() => asked(page)).toBe(3)
  await run(page, () => shown.a.reset())
  await poll(() => asked(page)).toBe(4)
  await open(page, 1)
  expect(await run(page, () => requests.map(({ resumed }) => resumed))).toEqual([null, '7', '7', null])
})

test('useSubscription: reconnect continues with the variables that resume returns for the last result', async ({
  page,
}) => {
  await run(page, () => {
    callbacks.resume = ({ data }) => ({ topic: `after ${data.n}` })
  })
  await change(page, { readers: [a] })
  await shows(page, 'a', { status: 'open' })
  await write(page, 7)
  await shows(page, 'a', { data: [7] })
  await run(page, () => shown.a.reconnect())
  await poll(() => asked(page)).toBe(2)
  await run(page, () => shown.a.reset())
  await poll(() => asked(page)).toBe(3)
  const topics = () => requests.map(({ body }) => JSON.parse(body).variables.topic)
  expect(await run(page, topics)).toEqual(['a', 'after 7', 'a'])
})

test('useEventSource: data is reduced from the named events; onEvent receives all events', async ({
  page,
}) => {
  const all = 'data: 1\n\nevent: update\ndata: 2\n\nevent: delete\ndata: 3\n\n'
  for (const [events, expected] of [
    [undefined, ['1']],
    [
      ['update', 'delete'],
      ['2', '3'],
    ],
    ['*', ['1', '2', '3']],
  ]) {
    await run(page, () => {
      globalThis.heard = []
      callbacks.onEvent = (_id, { type, data }) => heard.push(`${type} ${data}`)
    })
    const before = await asked(page)
    await change(page, { readers: [{ ...source, ...(events && { events }) }] })
    await poll(() => asked(page)).toBe(before + 1)
    await shows(page, 'a', { status: 'open', attempt: 1 })
    await run(page, all => requests.at(-1).write(all), all)
    await shows(page, 'a', { lastEvent: { data: expected.at(-1) } })
    expect(await run(page, () => shown.a.data.map(({ data }) => data))).toEqual(expected)
    expect(await run(page, () => heard)).toEqual(['message 1', 'update 2', 'delete 3'])
  }
})

test('useEventSource: json is posted as JSON and compared by value', async ({ page }) => {
  for (const [json, count] of [
    [{ a: 1, b: 2 }, 1],
    [{ b: 2, a: 1 }, 1],
    [{ a: 2 }, 2],
  ]) {
    await change(page, { readers: [{ ...source, json }] })
    await poll(() => asked(page)).toBe(count)
    await settle(page)
    expect(await asked(page)).toBe(count)
  }
  const sent = await run(page, () => requests.map(({ method, body }) => [method, body]))
  expect(sent).toEqual([
    ['POST', '{"a":1,"b":2}'],
    ['POST', '{"a":2}'],
  ])
})

test('a stream that cannot be opened has the status failed, and no component crashes', async ({ page }) => {
  await change(page, { readers: [{ ...source, method: 'GET', body: 'x' }] })
  await shows(page, 'a', {
    status: 'failed',
    code: 'invalid-request',
    error: expect.stringContaining('no body'),
  })
  await change(page, { readers: [{ ...source, maxMessageBytes: -1 }] })
  await shows(page, 'a', { status: 'failed', error: expect.stringContaining('maxMessageBytes') })
  expect(await asked(page)).toBe(0)
})
