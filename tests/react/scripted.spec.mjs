/** The hooks with callbacks that throw, stop, reset and unmount, and with answers that the page writes itself. */

import { expect } from '@playwright/test'
import { poll, test } from './fixtures.mjs'
import {
  a,
  asked,
  b,
  change,
  crashes,
  open,
  run,
  send,
  serveScripted,
  settle,
  shows,
  source,
} from './scripted-page.mjs'

serveScripted()

/** Readers that share a stream which is open. */
async function share(page, ...readers) {
  await change(page, { dedupe: true, readers })
  for (const { id } of readers) await shows(page, id, { status: 'open' })
}

test('dedupe: an exception of reduce ends only the stream of its component', async ({ page }) => {
  await run(page, () => {
    callbacks.reduce = (id, list, n) => {
      if (id === 'a' && n === 2) throw new Error('on purpose')
      return [...list, n]
    }
  })
  await share(page, a, b)
  await send(page, 1, 2, 3)
  await shows(page, 'a', { data: [1], status: 'failed', error: 'reduce threw: on purpose' })
  await shows(page, 'b', { data: [1, 2, 3], status: 'open' })
  await change(page, { readers: [a] })
  await open(page, 0)
  expect(crashes()).toEqual(['on purpose'])
})

test('dedupe: an exception of reduce for the replayed last result does the same', async ({ page }) => {
  await share(page, a)
  await send(page, 1)
  await shows(page, 'a', { data: [1] })
  await run(page, () => {
    callbacks.reduce = (id, list, n) => {
      if (id === 'b') throw new Error('on purpose')
      return [...list, n]
    }
  })
  await change(page, { readers: [a, b] })
  await shows(page, 'b', { data: undefined, status: 'failed', error: 'reduce threw: on purpose' })
  await send(page, 2)
  await shows(page, 'a', { data: [1, 2], status: 'open' })
  await change(page, { readers: [b] })
  await open(page, 0)
  expect(crashes()).toEqual(['on purpose'])
})

test('dedupe: an exception of onError does not affect other components', async ({ page }) => {
  await run(page, () => {
    globalThis.refusal = 404
    callbacks.onError = id => {
      if (id === 'a') throw new Error('on purpose')
    }
  })
  await change(page, { dedupe: true, readers: [a, b] })
  await shows(page, 'a', { status: 'failed' })
  await shows(page, 'b', { status: 'failed' })
  expect(crashes()).toEqual(['on purpose'])
})

test('dedupe: a component that joins later gets the state of the stream', async ({ page }) => {
  const c = { id: 'c' }
  await share(page, a)
  await change(page, { readers: [a, b] })
  await shows(page, 'b', { status: 'open', attempt: 1 })
  await run(page, () => {
    globalThis.isSilent = true
    requests[0].drop()
  })
  await shows(page, 'a', { status: 'reconnecting', attempt: 2 })
  await change(page, { readers: [a, b, c] })
  await shows(page, 'c', { status: 'reconnecting', attempt: 2 })
})

test('dedupe: a component that stops at the replayed last result is removed', async ({ page }) => {
  await share(page, a)
  await send(page, 1)
  await shows(page, 'a', { data: [1] })
  await run(page, () => {
    callbacks.onData = id => {
      if (id === 'b') shown.b.stop()
    }
  })
  await change(page, { readers: [a, b] })
  await shows(page, 'b', { data: [1], status: 'closed' })
  await send(page, 2)
  await shows(page, 'a', { data: [1, 2] })
  await shows(page, 'b', { data: [1], status: 'closed' })
  await change(page, { readers: [b] })
  await open(page, 0)
})

test('dedupe: a component that resets has the last result; nothing changes for the others', async ({
  page,
}) => {
  await share(page, a, b)
  await send(page, 1, 2)
  await shows(page, 'b', { data: [1, 2] })
  await run(page, () => shown.b.reset())
  await shows(page, 'b', { data: [2], status: 'open' })
  await shows(page, 'a', { data: [1, 2], status: 'open' })
  expect(await asked(page)).toBe(1)
})

test('dedupe: a result that waits for its frame when Activity hides the component is shown later', async ({
  page,
  peers,
}) => {
  test.skip(peers === 'older', 'React 18 has no Activity')
  const hidden = [a, { ...b, mode: 'hidden' }]
  await share(page, a, b)
  await run(
    page,
    hidden => {
      callbacks.onData = id => {
        if (id === 'b') renderNow(() => change({ readers: hidden }))
      }
    },
    hidden,
  )
  await send(page, 1)
  await shows(page, 'a', { data: [1] })
  await settle(page)
  await run(page, () => {
    callbacks.onData = undefined
  })
  await change(page, { readers: [a, b] })
  await settle(page)
  await send(page, 2)
  await poll(() => run(page, () => shown.b.data?.at(-1))).toBe(2)
})

test('a component that onData unmounts gets no further results', async ({ page }) => {
  await run(page, () => {
    globalThis.log = []
    callbacks.onData = (_, n) => {
      log.push(n)
      renderNow(() => change({ readers: [] }))
    }
  })
  await change(page, { readers: [a] })
  await shows(page, 'a', { status: 'open' })
  await send(page, 1, 2, 3)
  await open(page, 0)
  expect(await run(page, () => log)).toEqual([1])
})

test('a component that stops in its next effect sends nothing', async ({ page }) => {
  await run(page, () => {
    callbacks.layout = id => {
      callbacks.layout = undefined
      shown[id].stop()
    }
  })
  await change(page, { readers: [a] })
  await shows(page, 'a', { status: 'closed' })
  await settle(page)
  expect(await asked(page)).toBe(0)
})

test('a disabled stream stays idle, whatever function is called', async ({ page }) => {
  await change(page, { readers: [{ ...a, enabled: false }] })
  await shows(page, 'a', { status: 'idle' })
  await settle(page)
  for (const method of ['stop', 'reconnect', 'reset']) {
    await run(page, method => shown.a[method](), method)
    await settle(page)
    await shows(page, 'a', { status: 'idle' })
  }
  expect(await asked(page)).toBe(0)
})

for (const [how, end] of [
  ['stopped', () => shown.a.stop()],
  ['complete', () => requests[0].complete()],
]) {
  test(`${how}, it stays so when Activity shows it again; reset restarts it`, async ({ page, peers }) => {
    test.skip(peers === 'older', 'React 18 has no Activity')
    await change(page, { readers: [a] })
    await shows(page, 'a', { status: 'open' })
    await send(page, 1)
    await shows(page, 'a', { data: [1] })
    await run(page, end)
    await shows(page, 'a', { status: 'closed' })
    await change(page, { readers: [{ ...a, mode: 'hidden' }] })
    await settle(page)
    await change(page, { readers: [a] })
    await settle(page)
    await shows(page, 'a', { data: [1], status: 'closed' })
    expect(await asked(page)).toBe(1)
    await run(page, () => shown.a.reset())
    await shows(page, 'a', { data: undefined, status: 'open' })
  })
}

test('a client that calls back synchronously: stop and reset take effect', async ({ page }) => {
  await run(page, () => {
    let n = 0
    callbacks.subscribed = sink => sink.next({ data: { n: ++n } })
    callbacks.onData = (_, n) => {
      if (n === 1) shown.a.reset()
      if (n === 3) shown.a.stop()
    }
  })
  await change(page, { readers: [{ ...a, isByHand: true }] })
  await shows(page, 'a', { data: [2] })
  expect(await run(page, () => sinks.length)).toBe(1)
  await run(page, () => shown.a.reset())
  await shows(page, 'a', { data: [3], status: 'closed' })
  expect(await run(page, () => sinks.length)).toBe(0)
})

test('callbacks are the latest as soon as a render is committed', async ({ page }) => {
  await change(page, { readers: [{ ...a, isByHand: true, name: 'old' }] })
  await poll(() => run(page, () => sinks.length)).toBe(1)
  await run(page, () => {
    globalThis.log = []
    callbacks.onData = (_id, _n, name) => log.push(name)
    callbacks.layout = () => {
      callbacks.layout = undefined
      sinks[0].next({ data: { n: 1 } })
    }
  })
  await change(page, { readers: [{ ...a, isByHand: true, name: 'new' }] })
  await poll(() => run(page, () => log)).toEqual(['new'])
})

test('variables that are not JSON fail without a crash', async ({ page }) => {
  await run(page, () => change({ readers: [{ id: 'a', variables: { topic: 1n } }] }))
  await shows(page, 'a', { status: 'failed', error: expect.stringContaining('JSON') })
  expect(crashes()).toEqual([])
})

for (const reader of [a, { ...source, events: ['next'] }]) {
  const name = reader.isSource ? 'useEventSource' : 'useSubscription'
  test(`${name}: a reduce that returns the same value renders nothing`, async ({ page }) => {
    await run(page, () => {
      callbacks.reduce = () => Number.NaN
    })
    await change(page, { readers: [reader] })
    await shows(page, 'a', { status: 'open' })
    const write = () => run(page, () => requests[0].write('event: next\ndata: {"data":{"n":1}}\n\n'))
    await write()
    await shows(page, 'a', { data: Number.NaN })
    const before = await run(page, () => commits)
    for (let i = 0; i < 5; i++) {
      await write()
      await settle(page)
    }
    expect(await run(page, () => commits)).toBe(before)
  })
}

test('useEventSource keeps no more events than the limit, which may be 0', async ({ page }) => {
  for (const [limit, kept] of [
    [0, []],
    [1, ['3']],
    [Number.POSITIVE_INFINITY, ['1', '2', '3']],
  ]) {
    await change(page, { readers: [{ ...source, limit }] })
    await shows(page, 'a', { status: 'open' })
    await run(page, () => requests.at(-1).write('data: 1\n\ndata: 2\n\ndata: 3\n\n'))
    await shows(page, 'a', { lastEvent: { data: '3' } })
    expect(await run(page, () => shown.a.data.map(({ data }) => data))).toEqual(kept)
    await run(page, () => shown.a.reset())
  }
})

test('a repeated event name counts once; events may be named `error` and `open`', async ({ page }) => {
  await change(page, { readers: [{ ...source, events: ['message', 'message', 'error', 'open'] }] })
  await shows(page, 'a', { status: 'open' })
  await run(page, () => requests[0].write('data: 1\n\nevent: error\ndata: 2\n\nevent: open\ndata: 3\n\n'))
  await shows(page, 'a', { lastEvent: { type: 'open', data: '3' }, status: 'open' })
  expect(await run(page, () => shown.a.data.map(({ data }) => data))).toEqual(['1', '2', '3'])
})

test('the empty list of events is the same object at every render', async ({ page }) => {
  await run(page, () => {
    globalThis.changes = 0
    callbacks.data = () => changes++
  })
  await change(page, { readers: [source] })
  await shows(page, 'a', { status: 'open' })
  await change(page, { readers: [{ ...source, limit: 50 }] })
  await settle(page)
  expect(await run(page, () => changes)).toBe(2) // by the double mount
})

test('a stream that ends without another attempt is closed, not failed', async ({ page }) => {
  await change(page, { readers: [{ ...source, method: 'POST', body: '' }] })
  await shows(page, 'a', { status: 'open' })
  await run(page, () => {
    requests[0].write('data: 1\n\n')
    requests[0].end()
  })
  await shows(page, 'a', { lastEvent: { data: '1' }, status: 'closed', error: undefined })
})

test('an aborted signal closes the stream, also before it is opened', async ({ page }) => {
  await run(page, () => {
    globalThis.controller = new AbortController()
    change({ readers: [{ id: 'a', isSource: true, signal: controller.signal }] })
  })
  await shows(page, 'a', { status: 'open' })
  await run(page, () => controller.abort())
  await shows(page, 'a', { status: 'closed' })
  await run(page, () => shown.a.reset())
  await settle(page)
  await shows(page, 'a', { status: 'closed' })
  expect(await asked(page)).toBe(1)
})

test('an aborted signal of an operation closes it, also before it is started', async ({ page }) => {
  await run(page, () => {
    globalThis.controller = new AbortController()
    change({ readers: [{ id: 'a', signal: controller.signal }] })
  })
  await shows(page, 'a', { status: 'open' })
  await run(page, () => controller.abort())
  await shows(page, 'a', { status: 'closed' })
  await run(page, () => shown.a.reset())
  await settle(page)
  await shows(page, 'a', { status: 'closed' })
  expect(await asked(page)).toBe(1)
})

test('URLSearchParams as a body are compared by value', async ({ page }) => {
  const ask = q =>
    run(
      page,
      q => {
        const body = new URLSearchParams({ q })
        change({ readers: [{ id: 'a', isSource: true, method: 'POST', body }] })
      },
      q,
    )
  for (const [q, count] of [
    ['one', 1],
    ['two', 2],
    ['two', 2],
  ]) {
    await ask(q)
    await settle(page)
    expect(await asked(page)).toBe(count)
  }
})

test('each attempt calls the latest functions of the options', async ({ page }) => {
  const ask = token =>
    run(
      page,
      token => {
        const headers = () => ({ token })
        change({ readers: [{ id: 'a', isSource: true, headers, retry: () => 0 }] })
      },
      token,
    )
  await ask('old')
  await shows(page, 'a', { status: 'open' })
  await ask('new')
  await run(page, () => requests[0].drop())
  await shows(page, 'a', { status: 'open', attempt: 2 })
  expect(await run(page, () => requests.map(({ token }) => token))).toEqual(['old', 'new'])
})
