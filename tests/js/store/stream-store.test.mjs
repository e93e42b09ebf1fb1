/** The store of one stream: a random walk over all that can happen to it, beside a model of what must be so. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamStore } from '../../../dist/store/stream-store.js'
import { randomFrom } from '../reference/incremental-payloads.mjs'

const isStill = status => ['closed', 'failed'].includes(status)

/** A store with the streams that it has opened, and what the model expects. */
function setUp() {
  const streams = []
  const world = { streams, listeners: [], data: [], position: undefined, failures: 0, isMisplaced: false }
  const store = new StreamStore(
    [],
    (change, position) => {
      const stream = { change, isOpen: true, position }
      streams.push(stream)
      world.isMisplaced ||= position !== world.position
      return () => {
        stream.isOpen = false
        return stream.position
      }
    },
    { flush: () => 'sync', onError: () => world.failures++ },
  )
  return { world, store }
}

/** What may happen. Each returns nothing, and keeps the model. */
const happenings = {
  subscribe({ world, store }) {
    world.listeners.push(store.subscribe(() => {}))
  },
  unsubscribe({ world }) {
    world.listeners.pop()?.()
  },
  remount({ world, store }) {
    // as strict mode does, within one task
    const leave = world.listeners.pop()
    if (!leave) return
    leave()
    world.listeners.push(store.subscribe(() => {}))
  },
  message({ world }, n) {
    const stream = world.streams.at(-1)
    if (!stream) return
    const isTaken = stream.change({ data: data => [...data, n] })
    assert.equal(isTaken, stream.isOpen && world.listeners.length > 0)
    if (!isTaken) return
    stream.position = n
    world.position = n
    world.data.push(n)
  },
  late({ world }, n) {
    const stream = world.streams.at(-2)
    assert.ok(!stream?.isOpen)
    assert.ok(!stream?.change({ data: data => [...data, n], status: 'open' }))
  },
  end({ world }) {
    world.streams.at(-1)?.change({ status: 'closed' })
  },
  fail({ world, store }) {
    const { failures } = world
    const isTaken = world.streams.at(-1)?.change({ status: 'failed', error: new Error('on purpose') })
    // a failure that is no news is told of no more than once
    if (isTaken && failures === world.failures) assert.equal(store.getSnapshot().status, 'failed')
  },
  throw({ world, store }) {
    const stream = world.streams.at(-1)
    if (!stream?.isOpen || world.listeners.length === 0) return
    const { failures } = world
    const thrown = new Error('on purpose')
    const isTaken = stream.change({
      data() {
        throw thrown
      },
    })
    assert.equal(isTaken, false)
    assert.equal(store.getSnapshot().status, 'failed')
    assert.equal(store.getSnapshot().error.cause, thrown)
    assert.equal(world.failures, failures + 1)
    assert.equal(stream.isOpen, false)
  },
  reconnect({ world, store }) {
    beginAnew(world, () => store.reconnect())
  },
  reset({ world, store }) {
    world.data = []
    world.position = undefined
    beginAnew(world, () => store.reset())
  },
  stop({ world, store }) {
    store.stop()
    assert.equal(store.getSnapshot().status, 'closed')
    assert.ok(!world.streams.at(-1)?.isOpen)
  },
}

/** Another stream is opened at once where somebody wants it. */
function beginAnew(world, act) {
  const before = world.streams.length
  act()
  assert.equal(world.streams.length, before + (world.listeners.length > 0 ? 1 : 0))
}

test('whatever happens: one stream at most, open while somebody wants it, and no message lost or from another one', async () => {
  const { reportError } = globalThis
  globalThis.reportError = () => {}
  try {
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomFrom(seed)
      const given = setUp()
      const { world, store } = given
      const names = Object.keys(happenings)
      const path = []
      for (let step = 0; step < 40; step++) {
        const name = names[Math.floor(random() * names.length)]
        path.push(name)
        const walk = `seed ${seed}: ${path.join(', ')}`
        try {
          happenings[name](given, step)
        } catch (error) {
          error.message += ` (${walk})`
          throw error
        }
        const { status, data } = store.getSnapshot()
        const open = world.streams.filter(({ isOpen }) => isOpen)
        assert.deepEqual(data, world.data, walk)
        assert.ok(open.length <= 1, walk)
        assert.ok(!world.isMisplaced, `it continues where it was: ${walk}`)
        if (world.listeners.length > 0 && !isStill(status)) assert.equal(open.length, 1, walk)
        if (random() < 0.5) continue
        await undefined
        if (world.listeners.length === 0)
          assert.equal(
            world.streams.some(({ isOpen }) => isOpen),
            false,
            walk,
          )
      }
    }
  } finally {
    globalThis.reportError = reportError
  }
})
