/**
 * Tabs that are opened, closed, reloaded, frozen, crashed and sent away at random, while the server sends 100 events a
 * second: each tab has every event from its first one on, once and in order. `npm run test:tabs` runs it for longer.
 */

import { randomOf } from '../js/tabs/simulation.mjs'
import { expect, expectAll, test, until } from './tabs-pages.mjs'

const seconds = Number(process.env.POSTSOURCE_TABS_SECONDS ?? 20)
const seeds = Number(process.env.POSTSOURCE_TABS_SEEDS ?? 1)
const mostTabs = 5

/** What may happen to a tab. Resolves with the tabs that are there afterwards. */
const actions = {
  async close(tab) {
    await tab.command('Page.close')
    return []
  },
  async crash(tab) {
    tab.command('Page.crash').catch(() => {})
    while (!tab.hasCrashed()) await after(10)
    await after(100)
    return []
  },
  async reload(tab) {
    await tab.start()
    return [tab]
  },
  async freeze(tab) {
    await tab.command('Page.setWebLifecycleState', { state: 'frozen' })
    await after(300)
    await tab.command('Page.setWebLifecycleState', { state: 'active' })
    return [tab]
  },
  async leaveAndReturn(tab) {
    await tab.evaluate(`location.href = '/elsewhere'`)
    await tab.until("location.pathname === '/elsewhere'")
    await tab.evaluate('history.back()')
    await tab.until("location.pathname === '/tab' && globalThis.ready")
    // a page that was not kept is a new one
    await tab.evaluate('ids.length > 0 || globalThis.source || read()')
    return [tab]
  },
}

const stateOf = `navigator.locks.query().then(({ held, pending }) => JSON.stringify(
  { roles, log, last: ids.at(-1), now: document.visibilityState, posts: posts.slice(-5), held, pending: pending.length }))`

const after = ms => new Promise(resolve => setTimeout(resolve, ms))

/** Resolves with the promise. If that takes 30 s, rejects with the state of the tabs. */
async function orTell(tabs, what, promise) {
  const isLate = {}
  const result = await Promise.race([promise, after(30_000).then(() => isLate)])
  if (result !== isLate) return result
  const states = tabs.map(tab =>
    Promise.race([
      tab.evaluate(stateOf).catch(String),
      after(2000).then(() => (tab.hasCrashed() ? 'crashed' : 'does not answer')),
    ]),
  )
  throw new Error([what, ...(await Promise.all(states))].join('\n'))
}

/** The longest time between two events in the tab after a moment, in milliseconds. */
const pauseSince = (tab, moment) =>
  tab.evaluate(`Math.max(...times.map((time, i) => (times[i - 1] >= ${moment} ? time - times[i - 1] : 0)))`)

for (let seed = 1; seed <= seeds; seed++) {
  test(`seed ${seed}`, async ({ open, numbers, server }) => {
    test.setTimeout(seconds * 1000 + 120_000)
    server.page('/elsewhere', '<!doctype html><link rel="icon" href="data:,">')
    const random = randomOf(seed)
    const pick = list => list[Math.floor(random() * list.length)]
    let tabs = await open(3)
    const counts = {}
    const pauses = []
    numbers.tick(10)
    for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
      if (tabs.length < 2 || (random() < 0.4 && tabs.length < mostTabs)) {
        counts.open = (counts.open ?? 0) + 1
        tabs.push(...(await orTell(tabs, `seed ${seed}: a tab was not opened`, open(1))))
      } else {
        const tab = pick(tabs)
        const name = pick(Object.keys(actions))
        const others = tabs.filter(other => other !== tab)
        const asked = tab.evaluate('roles.at(-1)')
        const wasLeader = (await orTell([tab], `seed ${seed}: a tab does not answer`, asked)) === 'leader'
        const moment = Date.now()
        const left = await orTell(tabs, `seed ${seed}: ${name} does not end`, actions[name](tab))
        // a process that has crashed may have been that of other tabs too
        const there = others.filter(other => !other.hasCrashed())
        tabs = [...there, ...left]
        const now = numbers.sent
        await orTell(
          there,
          `seed ${seed}: after ${name}, of ${wasLeader ? 'the leader' : 'a follower'}, nothing came`,
          Promise.all(there.map(other => other.evaluate(`until(() => ids.at(-1) > ${now})`))),
        )
        counts[name] = (counts[name] ?? 0) + 1
        if (wasLeader && there.length > 0)
          pauses.push(Math.max(...(await Promise.all(there.map(other => pauseSince(other, moment - 100))))))
      }
    }
    // a tab that has just joined gets what comes from then on
    await orTell(tabs, `seed ${seed}: a tab has no event`, until(tabs, 'ids.length > 0'))
    numbers.stop()
    numbers.emit()
    await orTell(tabs, `seed ${seed}: the last event does not come`, expectAll(tabs, numbers))
    await numbers.until(() => numbers.open.size === 1)
    pauses.sort((a, b) => a - b)
    console.log(
      `    ${JSON.stringify(counts)}; ${numbers.sent} events, ${numbers.requests.length} requests; the lead passed on ${pauses.length} times, ` +
        `the longest pause each time: median ${Math.round(pauses[pauses.length >> 1])} ms, worst ${Math.round(pauses.at(-1))} ms`,
    )
    expect(numbers.most).toBeLessThanOrEqual(2)
  })
}
