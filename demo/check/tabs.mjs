/** Steps through the page of tabs, in three tabs of one browser. */

import { expect, expectSame } from './expect.mjs'

const own = '[aria-label="role of this tab"]'

/** The tabs that lead or follow. */
const tabs = []

const roles = () => Promise.all(tabs.map(tab => tab.locator(own).textContent()))
const leads = tab =>
  tab.waitForFunction(selector => document.querySelector(selector).textContent === 'leader', own)
const untilNumber = (tab, number) =>
  tab.waitForFunction(number => Number(document.querySelector('.figure').textContent) >= number, number)

export const steps = {
  async 'tabs: the first tab leads'({ page, url }) {
    await page.goto(`${url}tabs.html`)
    tabs.push(page)
    await leads(page)
    await untilNumber(page, 1)
  },
  async 'tabs: two more follow, over one stream'({ page }) {
    for (let n = 0; n < 2; n++) {
      const opening = page.waitForEvent('popup')
      await page.getByText('Open another tab').click()
      tabs.push(await opening)
    }
    await Promise.all(tabs.map(tab => untilNumber(tab, 3)))
    expectSame(await roles(), ['leader', 'follower', 'follower'])
    await page.locator('.streams', { hasText: '1 stream open' }).waitFor()
    return (await page.locator('tbody').innerText()).split(/\s+/).join(' ')
  },
  async 'tabs: the leader is killed from another tab, and one of the others leads'() {
    const [first, second, third] = tabs
    const before = Number(await second.locator('.figure').textContent())
    await third.getByRole('button', { name: 'Kill the leader' }).click()
    await Promise.race([leads(second), leads(third)])
    await Promise.all([second, third].map(tab => untilNumber(tab, before + 3)))
    await first.locator('.verdict', { hasText: 'was the leader' }).waitFor()
    const verdicts = await Promise.all([second, third].map(tab => tab.locator('.verdict').textContent()))
    for (const verdict of verdicts) expect(verdict.endsWith('once and in order.'), verdict)
    return verdicts[0]
  },
}

/** The first tab joins the others again. */
export async function pose({ page, url }) {
  await page.goto(`${url}tabs.html`)
  await untilNumber(page, 1)
  await page.locator('tbody tr').nth(2).waitFor()
}
