/** The leader of a shared stream goes, in every way in which a tab can go: nobody misses an event, or gets one twice. */

import { expect, expectAll, leaderAmong, longestPause, test, until } from './tabs-pages.mjs'

/** A tab takes the lead from another after 3 s. A shorter pause shows that the lead was given back. */
const stealAfterMs = 3000
/** What the library promises where the lead is given back. */
const promisedMs = 1000

/** Opens four tabs that get 100 events a second, does something to the leader, and waits until the others have had 50 more. */
async function handOver({ open, numbers }, act, path) {
  const tabs = await open(4, 'read()', path)
  await until(tabs, "log.includes('open 200')")
  numbers.tick(10)
  await until(tabs, 'ids.length >= 10')
  const { leader, followers } = await leaderAmong(tabs)
  // a leader is watched by the tab that the user looks at
  await followers[0].command('Page.bringToFront')
  const before = numbers.requests.length
  await act(leader, followers)
  await numbers.until(() => numbers.requests.length > before)
  const now = numbers.sent
  await until(followers, `ids.at(-1) >= ${now + 50}`)
  return { tabs, leader, followers }
}

/** Prints the longest pause, because it is what the library promises. */
async function pauseOf(followers, name) {
  const pause = await longestPause(followers)
  console.log(`    the longest pause: ${Math.round(pause)} ms (${name})`)
  return pause
}

async function expectHandedOver({ followers, alive = followers, numbers, name }) {
  numbers.stop()
  await expectAll(alive, numbers)
  await numbers.until(() => numbers.open.size === 1)
  expect(await pauseOf(followers, name)).toBeLessThan(stealAfterMs)
  expect(numbers.most).toBeLessThanOrEqual(2)
}

test.describe.configure({ mode: 'default' })
test.setTimeout(60_000)

test('closed', async ({ open, numbers }) => {
  const { followers } = await handOver({ open, numbers }, leader => leader.command('Page.close'))
  await expectHandedOver({ followers, numbers, name: 'closed' })
})

test('crashed', async ({ open, numbers }) => {
  const { followers } = await handOver({ open, numbers }, leader => {
    leader.command('Page.crash').catch(() => {})
  })
  await expectHandedOver({ followers, numbers, name: 'crashed' })
})

test('reloaded', async ({ open, numbers }) => {
  const { followers, tabs } = await handOver({ open, numbers }, leader => leader.start())
  await expectHandedOver({ followers, alive: tabs, numbers, name: 'reloaded' })
})

test('navigated away, and back from the back/forward cache', async ({ open, numbers, server }) => {
  server.page('/elsewhere', '<!doctype html><link rel="icon" href="data:,">')
  const { followers, tabs, leader } = await handOver({ open, numbers }, leader =>
    leader.evaluate(`location.href = '/elsewhere'`),
  )
  await leader.until("location.pathname === '/elsewhere'")
  await leader.evaluate('history.back()')
  await leader.until("location.pathname === '/tab' && globalThis.ready")
  // the page is the same: it has kept its events
  expect(await leader.evaluate('ids.length')).toBeGreaterThan(9)
  await expectHandedOver({ followers, alive: tabs, numbers, name: 'navigated' })
})

test('frozen, and thawed', async ({ open, numbers }) => {
  const { followers, tabs, leader } = await handOver({ open, numbers }, leader =>
    leader.command('Page.setWebLifecycleState', { state: 'frozen' }),
  )
  await leader.command('Page.setWebLifecycleState', { state: 'active' })
  await expectHandedOver({ followers, alive: tabs, numbers, name: 'frozen' })
})

// what would be, if the library did not listen
for (const [event, act] of [
  ['freeze', leader => leader.command('Page.setWebLifecycleState', { state: 'frozen' })],
  ['pagehide', leader => leader.evaluate(`location.href = '/elsewhere'`)],
]) {
  test(`control: without listeners of ${event} the pause is longer than promised`, async ({
    open,
    numbers,
    server,
  }) => {
    server.page('/elsewhere', '<!doctype html><link rel="icon" href="data:,">')
    const path = `/tab?without=${event},freeze`
    const { followers } = await handOver({ open, numbers }, act, path)
    numbers.stop()
    await expectAll(followers, numbers)
    expect(await pauseOf(followers, `without ${event}`)).toBeGreaterThan(promisedMs)
  })
}

test('a leader that is busy for 8 s loses the lead once, and follows then', async ({ open, numbers }) => {
  const busy = 'const end = performance.now() + 8000; while (performance.now() < end);'
  let isOver
  const { followers, tabs } = await handOver({ open, numbers }, leader => {
    isOver = leader.evaluate(busy)
  })
  await isOver
  numbers.stop()
  await expectAll(tabs, numbers)
  await numbers.until(() => numbers.open.size === 1)
  expect(await pauseOf(followers, 'busy for 8 s')).toBeGreaterThan(stealAfterMs)
  expect(numbers.requests).toHaveLength(2)
  expect(numbers.most).toBeLessThanOrEqual(2)
})

test('a follower that is frozen for 3 s gets what it has missed', async ({ open, numbers }) => {
  const tabs = await open(3)
  await until(tabs, "log.includes('open 200')")
  numbers.tick(10)
  await until(tabs, 'ids.length >= 30')
  const { followers } = await leaderAmong(tabs)
  const [frozen, other] = followers
  await frozen.command('Page.setWebLifecycleState', { state: 'frozen' })
  await until([other], `ids.at(-1) >= ${numbers.sent + 300}`)
  await frozen.command('Page.setWebLifecycleState', { state: 'active' })
  numbers.stop()
  await expectAll(tabs, numbers)
  expect(numbers.requests).toHaveLength(1)
})

test('a visible tab whose channel is deaf changes no leader', async ({ open, numbers }) => {
  const [leader] = await open(1)
  await until([leader], "log.includes('open 200')")
  const [deaf] = await open(1, 'read()', '/tab?deaf')
  await deaf.command('Page.bringToFront')
  // twice as long as it takes to take the lead from a silent leader
  for (let n = 0; n < 12; n++) await deaf.evaluate('new Promise(resolve => setTimeout(resolve, 500))')
  expect(await deaf.evaluate('document.visibilityState')).toBe('visible')
  numbers.emit()
  await expectAll([leader], numbers)
  expect(await leader.evaluate('roles')).toEqual(['leader'])
  expect(await deaf.evaluate('roles')).toEqual(['follower'])
  expect(numbers.requests).toHaveLength(1)
})
