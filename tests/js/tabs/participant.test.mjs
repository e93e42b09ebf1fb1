/** The protocol of tabs that share a stream, in simulated schedules: thousands of them in seconds. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamError } from '../../../dist/index.js'
import { World } from './simulation.mjs'

/** `SEEDS=100000 node --test tests/js/tabs/participant.test.mjs` tries more schedules; `SEED=7 TRACE=1` prints one. */
const seeds = process.env.SEED
  ? [Number(process.env.SEED)]
  : Array.from({ length: Number(process.env.SEEDS ?? 500) }, (_, index) => index + 1)

/** What may happen to a tab. `undo` is set where it can be undone. */
const accidents = {
  close(tab) {
    tab.participant.close()
    tab.isDead = true
  },
  crash: tab => tab.crash(),
  /** The page goes to the back/forward cache. */
  cache(tab) {
    tab.participant.leave()
    tab.undo = () => tab.participant.join()
  },
  freeze(tab) {
    tab.participant.rest()
    tab.hold('network', 'lock', 'timer')
    tab.undo = () => {
      tab.unhold()
      tab.participant.wake()
    }
  },
  /** The system suspends the page without an event. Its channels go on. */
  suspend(tab) {
    tab.hold('network', 'lock', 'timer')
    tab.undo = () => tab.unhold()
  },
  /** A long task. */
  block(tab) {
    tab.hold('network', 'lock', 'timer', 'channel')
    tab.undo = () => tab.unhold()
  },
}

function undo(tab) {
  tab.world.trace?.(tab, 'undo')
  tab.undo?.()
  tab.undo = undefined
}

/** Opens some tabs, which the user looks at. */
function openTabs(world, count, options) {
  const tabs = Array.from({ length: count }, () => world.open(options))
  for (const tab of tabs) tab.isVisible = true
  world.clock.run(100)
  return tabs
}

/** The tab that leads, and the others. */
function leaderAmong(tabs) {
  const leader = tabs.find(({ roles }) => roles.at(-1) === 'leader')
  return [leader, ...tabs.filter(tab => tab !== leader)]
}

/** A random walk of a few tabs and their server, after which everything is undone and the server sends once more. */
function walk(seed, { isWatched }) {
  const world = new World(seed)
  const { clock, server, random } = world
  if (process.env.TRACE) world.trace = (tab, text) => console.log(clock.now, tab.number, text.slice(0, 300))
  const pick = list => list[Math.floor(random() * list.length)]
  openTabs(world, 3)
  // a leader that nobody has heard an event of leaves no place to continue from
  server.emit()
  clock.run(100)
  for (let step = 0; step < 40; step++) {
    const chance = random()
    const tab = pick(isWatched ? world.living.slice(1) : world.living)
    if (chance < 0.5) for (let n = random() * 4; n > 0; n--) server.emit()
    else if (chance < 0.6 && world.living.length < 6) {
      // a tab that has heard nothing yet would take the lead without what the others keep
      world.open().isVisible = !isWatched
    } else if (chance < 0.65) pick([...server.connections])?.drop()
    else if (tab && !tab.undo && chance < 0.85 && world.living.length > 1) {
      const name = pick(Object.keys(accidents))
      world.trace?.(tab, name)
      accidents[name](tab)
    } else if (tab?.undo) undo(tab)
    clock.run(random() < 0.1 ? 4000 : random() * 60)
  }
  for (const tab of world.living) undo(tab)
  clock.run(40_000)
  server.emit()
  clock.run(1000)
  return world
}

/** Fails unless the tab has had every event from its first one on, once and in order, but for gaps that were told. */
function checkOnce({ log, number }, seed) {
  let first
  let last
  let isGap = true
  const had = new Set()
  for (const entry of log) {
    isGap ||= entry === 'gap'
    if (typeof entry !== 'number') continue
    first ??= entry
    // what was before the first event need not come, and what is had does not come again
    const between = Array.from({ length: Math.max(0, entry - last - 1) }, (_, index) => last + 1 + index)
    const isNext = isGap || (entry > last && between.every(id => had.has(id) || id < first))
    assert.ok(isNext && !had.has(entry), `seed ${seed}, tab ${number}: ${entry} after ${last} in ${log}`)
    had.add(entry)
    last = entry
    isGap = false
  }
}

for (const isWatched of [true, false]) {
  const where = isWatched ? ', without a gap where one tab stays' : ''
  test(`every event once and in order in every tab, in ${seeds.length} random schedules${where}`, () => {
    for (const seed of seeds) {
      const { tabs, living, server, lock } = walk(seed, { isWatched })
      for (const tab of tabs) checkOnce(tab, seed)
      for (const { ids, number } of living)
        assert.equal(ids.at(-1), server.sent, `seed ${seed}: tab ${number} has all`)
      assert.equal(server.connections.size, 1, `seed ${seed}: one stream in the end`)
      if (!isWatched) continue
      for (const { gaps, number } of tabs) assert.equal(gaps, 0, `seed ${seed}: no gap in tab ${number}`)
      const times = lock.thefts.slice(1).map((at, index) => at - lock.thefts[index])
      // two tabs that look at the same moment may both do it
      for (const ms of times) assert.ok(ms >= 30_000 || ms < 500, `seed ${seed}: stolen again after ${ms} ms`)
    }
  })
}

test('a tab without company posts nothing, whatever happens', () => {
  const world = new World(1)
  const [tab] = openTabs(world, 1)
  world.server.emit()
  world.clock.run(5000)
  for (const name of ['cache', 'freeze', 'suspend', 'block']) {
    accidents[name](tab)
    world.clock.run(5000)
    undo(tab)
    world.clock.run(1000)
  }
  world.server.emit()
  world.clock.run(100)
  assert.deepEqual(tab.posts, [])
  assert.deepEqual(tab.ids, [1, 2])
})

test('a refused stream makes one request a step, and tells the same everywhere', () => {
  for (const seed of seeds.slice(0, 50)) {
    const world = new World(seed)
    const tabs = openTabs(world, 4)
    const { server, clock } = world
    server.refusal = [new StreamError('http-status', 'the server answered 503', { status: 503 }), 1000]
    for (const connection of [...server.connections]) connection.drop()
    clock.run(3500)
    const steps = server.requests.length - 1
    assert.ok(steps >= 3, `seed ${seed}`)
    const told = ['open', 'network 200', ...Array(steps).fill('http-status 1000')]
    for (const { log } of tabs) assert.deepEqual(log, told, `seed ${seed}`)
    server.refusal = [new StreamError('http-status', 'the server answered 401', { status: 401 }), null]
    clock.run(5000)
    assert.equal(server.requests.length, steps + 2, `seed ${seed}: nobody tries again`)
    for (const { log } of tabs) assert.deepEqual(log, [...told, 'http-status null'], `seed ${seed}`)
  }
})

test('an error of one tab alone is told there, and another tab leads', () => {
  const world = new World(1)
  const [leader, ...others] = leaderAmong(openTabs(world, 3))
  const connection = [...world.server.connections][0]
  connection.end(new StreamError('invalid-request', 'the function headers threw'))
  world.clock.run(500)
  world.server.emit()
  world.clock.run(100)
  assert.deepEqual(leader.log, ['open', 'invalid-request null'])
  for (const { log } of others) assert.deepEqual(log, ['open', 1])
})

test('a request that must not be repeated ends for all when its leader goes', () => {
  for (const seed of seeds.slice(0, 50)) {
    const world = new World(seed)
    const [leader, ...others] = leaderAmong(openTabs(world, 3, { mayResume: false }))
    world.server.emit()
    world.clock.run(100)
    leader.crash()
    world.clock.run(5000)
    for (const { log } of others) assert.deepEqual(log, ['open', 1, 'ended null'], `seed ${seed}`)
    assert.equal(world.server.requests.length, 1, `seed ${seed}`)
    openTabs(world, 1, { mayResume: false })
    assert.equal(world.server.requests.length, 2, `seed ${seed}: a new stream is another request`)
  }
})

test('without ids every tab is told of a gap when another leads, and gets no event twice', () => {
  for (const seed of seeds.slice(0, 50)) {
    const world = new World(seed)
    const [leader, ...others] = leaderAmong(openTabs(world, 4, { usesIds: false }))
    world.server.emit()
    world.clock.run(100)
    leader.crash()
    world.clock.run(1000)
    world.server.emit()
    world.clock.run(100)
    for (const { log } of others) assert.deepEqual(log, ['open', 1, 'gap', 2], `seed ${seed}`)
  }
})

test('a tab that was away for longer than the buffer is told of a gap', () => {
  for (const [events, expected] of [
    [10, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [5, [1, 'gap', 9]],
  ]) {
    const world = new World(1)
    const [, away] = leaderAmong(openTabs(world, 2, { limits: { events, size: 1000 } }))
    world.server.emit()
    world.clock.run(100)
    accidents.cache(away)
    for (let n = 0; n < 7; n++) world.server.emit()
    world.clock.run(100)
    undo(away)
    world.clock.run(100)
    world.server.emit()
    world.clock.run(100)
    assert.deepEqual(away.log.slice(1), expected)
  }
})

test('only a tab that hears itself, and whose timers are punctual, takes the lead', () => {
  for (const [what, harm, thefts] of [
    ['nothing', () => {}, 1],
    ['a deaf channel', tab => Object.assign(tab, { hears: false }), 0],
    ['a hidden page', tab => Object.assign(tab, { isVisible: false }), 0],
    ['late timers', tab => Object.assign(tab, { lookMs: 1500 }), 0],
  ]) {
    const world = new World(1)
    const [leader] = openTabs(world, 1)
    const [other] = openTabs(world, 1)
    harm(other)
    accidents.suspend(leader)
    world.clock.run(10_000)
    assert.equal(world.lock.thefts.length, thefts, what)
  }
})

test('a tab that hears messages, or answers to its pings, takes nothing', () => {
  const world = new World(1)
  const [, follower] = leaderAmong(openTabs(world, 2))
  world.clock.run(60_000)
  assert.ok(follower.posts.some(({ kind }) => kind === 'ping'))
  assert.equal(world.lock.thefts.length, 0)
  assert.deepEqual(follower.roles, ['follower'])
})

test('a tab that has lost a message asks for it', () => {
  const world = new World(1)
  const [, follower] = leaderAmong(openTabs(world, 2))
  for (const hears of [true, false, true]) {
    follower.hears = hears
    world.server.emit()
    world.clock.run(100)
  }
  assert.deepEqual(follower.ids, [1, 2, 3])
})

test('a leader that has heard nothing of the one before is followed all the same', () => {
  for (const seed of seeds.slice(0, 50)) {
    const world = new World(seed)
    const [leader, follower] = leaderAmong(openTabs(world, 2))
    world.server.emit()
    world.clock.run(100)
    const next = world.open({ hears: false })
    world.clock.run(100)
    accidents.freeze(follower)
    leader.crash()
    next.hears = true
    world.clock.run(1000)
    world.server.emit()
    world.clock.run(100)
    assert.equal(next.roles.at(-1), 'leader', `seed ${seed}`)
    assert.deepEqual(follower.ids, [1, 2], `seed ${seed}`)
  }
})
