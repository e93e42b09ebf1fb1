/** Tabs of a Chromium that freezes, crashes and caches pages as users' do. Playwright prevents all of that. */

import { chromium } from '../../tools/setup.mjs'
import { launchChromium } from './chromium-pipe.mjs'
import { expect, test as withServer } from './fixtures.mjs'
import { serveTabs } from './tabs-server.mjs'

/** `open(count, start)` opens tabs that read the stream of `numbers`. One browser serves all tests of a worker. */
export const test = withServer.extend({
  chromium: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameters
    async ({}, use) => {
      const browser = await launchChromium(chromium(), '--host-resolver-rules=MAP insecure.test 127.0.0.1')
      await use(browser)
      await browser.close()
    },
    { scope: 'worker' },
  ],
  path: ['/events', { option: true }],
  numbers: async ({ server, path }, use) => {
    const numbers = serveTabs(server, path)
    await use(numbers)
    numbers.stop()
  },
  open: async ({ chromium, server, numbers: _ }, use) => {
    const opened = []
    await use(async (count = 1, start = 'read()', path = '/tab', origin = server.origin) => {
      const tabs = []
      for (let n = 0; n < count; n++) {
        const tab = await chromium.open('about:blank')
        opened.push(tab)
        tabs.push(Object.assign(tab, { start: () => load(tab, `${origin}${path}`, start) }))
      }
      await Promise.all(tabs.map(tab => tab.start()))
      return tabs
    })
    // a page that has crashed cannot answer
    for (const tab of opened) tab.command('Page.close').catch(() => {})
  },
})

async function load(tab, url, start) {
  await tab.command('Page.enable')
  await tab.command('Page.navigate', { url })
  await tab.until('globalThis.ready')
  await tab.evaluate(start)
}

/** Resolves when a condition is true in all tabs. */
export const until = (tabs, condition) =>
  Promise.all(tabs.map(tab => tab.evaluate(`until(() => ${condition})`)))

/** The tab that leads, and the others. */
export async function leaderAmong(tabs) {
  const roles = await Promise.all(tabs.map(tab => tab.evaluate('roles.at(-1)')))
  expect(roles.filter(role => role === 'leader')).toHaveLength(1)
  const leader = tabs[roles.indexOf('leader')]
  return { leader, followers: tabs.filter(tab => tab !== leader) }
}

/** Fails unless the tabs have had the same events up to the last one, each once and in order. */
export async function expectAll(tabs, numbers) {
  await until(tabs, `ids.at(-1) === ${numbers.sent}`)
  for (const tab of tabs) {
    const ids = await tab.evaluate('ids')
    expect(ids).toEqual(ids.map((_, index) => ids[0] + index))
    expect(await tab.evaluate("log.filter(entry => entry === 'gap' || /^unhandled/.test(entry))")).toEqual([])
  }
}

/** What has been told of the stream in each tab. */
export const logs = tabs =>
  Promise.all(tabs.map(tab => tab.evaluate('log.filter(entry => !/^(leader|follower)$/.test(entry))')))

/** The longest time between two events in any of the tabs, in milliseconds. */
export async function longestPause(tabs) {
  const pauses = await Promise.all(
    tabs.map(tab => tab.evaluate('Math.max(...times.slice(1).map((time, i) => time - times[i]))')),
  )
  return Math.max(...pauses)
}

export { expect } from './fixtures.mjs'
