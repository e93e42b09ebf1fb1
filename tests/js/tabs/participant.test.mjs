/** The protocol of tabs that share a stream, in simulated schedules: thousands of them in seconds. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { World } from './simulation.mjs'

const seeds = Number(process.env.SEEDS ?? 400)

/** What may happen to a tab, and how it is undone. */
const busy = ['network', 'lock', 'timer', 'channel']
const accidents = {
  close: tab => {
    tab.participant.close()
    tab.isDead = true
  },
  crash: tab => tab.crash(),
  cache: tab => {
    tab.participant.leave()
    tab.undo = () => tab.participant.join()
  },
  freeze: tab => {
    tab.participant.rest()
    tab.hold('network', 'lock', 'timer')
    tab.undo = () => {
      tab.unhold()
      tab.participant.wake()
    }
  },
  freezeSilently: tab => {
    tab.hold('network', 'lock', 'timer')
    tab.undo = () => tab.unhold()
  },
  block: tab => {
    tab.hold(...busy)
    tab.undo = () => tab.unhold()
  },
}

/** A random walk of a few tabs and their server, after which everything is undone and the server sends once more. */
function walk(seed, { isWatched = false, names = Object.keys(accidents) } = {}) {
  const world = new World(seed)
  const { clock, server, random } = world
  const pick = list => list[Math.floor(random() * list.length)]
  if (process.env.TRACE)
    world.trace = (tab, text) => console.log(clock.now - 1_700_000_000_000, tab.number, text.slice(0, 200))
  for (let n = 0; n < 3; n++) world.open().isVisible = true
  clock.run(100)
  // a leader that nobody has heard an event of leaves no place to continue from
  server.emit()
  clock.run(100)
  for (let step = 0; step < 40; step++) {
    const chance = random()
    // the first tab stays as it is, if it is to keep what others miss
    const tab = pick(isWatched ? world.living.slice(1) : world.living)
    if (chance < 0.5) for (let n = random() * 4; n > 0; n--) server.emit()
    else if (chance < 0.6 && world.living.length < 6) world.open().isVisible = true
    else if (chance < 0.65) pick([...server.connections])?.drop()
    else if (chance < 0.85 && world.living.length > 1 && tab && !tab.undo) act(tab, pick(names))
    else if (tab?.undo) undo(tab)
    clock.run(random() < 0.1 ? 4000 : random() * 60)
  }
  for (const tab of world.living) undo(tab)
  clock.run(40_000)
  server.emit()
  clock.run(1000)
  return world
}

function act(tab, name) {
  tab.world.trace?.(tab, name)
  accidents[name](tab)
}

function undo(tab) {
  if (tab.undo) tab.world.trace?.(tab, 'undo')
  tab.undo?.()
  tab.undo = undefined
}

/** Fails unless every living tab has had every event from its first one on, once and in order, but for gaps that were told. */
function checkOnce({ living, server, tabs }, seed) {
  for (const tab of tabs) {
    let last
    let isGap = true
    const had = new Set()
    for (const entry of tab.log) {
      isGap ||= entry === 'gap'
      if (typeof entry !== 'number') continue
      const isNext = isGap ? !had.has(entry) : entry === last + 1 || (had.has(last + 1) && !had.has(entry))
      assert.ok(isNext, `seed ${seed}, tab ${tab.number}: ${entry} after ${last} in ${tab.log}`)
      had.add(entry)
      last = entry
      isGap = false
    }
    if (living.includes(tab))
      assert.equal(last, server.sent, `seed ${seed}, tab ${tab.number} has ended early`)
  }
}

for (const isWatched of [true, false]) {
  test(`every event once and in order in every tab, in ${seeds} random schedules${isWatched ? ' with a tab that stays: no gap' : ''}`, () => {
    for (let seed = Number(process.env.FIRST ?? 1); seed <= seeds; seed++) {
      const world = walk(seed, { isWatched })
      checkOnce(world, seed)
      assert.equal(world.server.connections.size, 1, `seed ${seed}: one stream in the end`)
      for (const tab of isWatched ? world.tabs : [])
        assert.equal(tab.gaps, 0, `seed ${seed}: no gap in tab ${tab.number}`)
    }
  })
}
