/** Steps through the demo's React page. */

import { expect } from './expect.mjs'

export const steps = {
  async 'react: the chat brings what another tab posts'({ page, openPage, url }) {
    await page.goto(`${url}react/`)
    await section(page, 'Chat').locator('.state', { hasText: 'open' }).waitFor()
    const other = await openPage()
    await other.goto(`${url}react/`)
    await other.getByLabel('message').fill('Hello from the other tab')
    await other.getByRole('button', { name: 'Send' }).click()
    await section(page, 'Chat').getByText('Hello from the other tab').waitFor()
    await other.close()
  },
  async 'react: a new row appears, and goes when it is deleted'({ page }) {
    const table = section(page, 'Table')
    await table.getByLabel('title of the new row').fill('By the hook')
    await table.getByRole('button', { name: 'Add' }).click()
    const row = table.getByRole('row', { name: 'By the hook' })
    await row.waitFor()
    await row.getByRole('button', { name: 'Delete' }).click()
    await row.waitFor({ state: 'detached' })
  },
  async 'react: a stream that fails says when it tries again, and reconnects on demand'({ page, url }) {
    const address = '**/realtime-demo/message?stream=sse'
    // a stream that ends at once: the browser logs nothing, as it would of a failed request
    await page.route(address, route => route.fulfill({ contentType: 'text/event-stream', body: '' }))
    await page.goto(`${url}react/`)
    const table = section(page, 'Table')
    await table.locator('.state', { hasText: /^reconnecting in \d+ s$/ }).waitFor()
    await page.unroute(address)
    await table.getByRole('button', { name: 'Reconnect' }).click()
    await table.locator('.state', { hasText: 'open' }).waitFor()
  },
  async 'react: 10,000 prices a second, and frames go on'({ page }) {
    const prices = section(page, 'Prices')
    await prices.getByRole('slider').fill('4')
    await page.evaluate(() => {
      globalThis.drawn = 0
      requestAnimationFrame(function next() {
        globalThis.drawn++
        requestAnimationFrame(next)
      })
    })
    const begin = performance.now()
    await page.waitForFunction(
      () => document.querySelector('.figures dd').innerText.replaceAll(',', '') > 20_000,
      undefined,
      { timeout: 60_000 }, // a busy machine folds fewer results
    )
    const seconds = (performance.now() - begin) / 1000
    const frames = await page.evaluate(() => globalThis.drawn)
    const [count] = await prices.locator('.figures dd').allInnerTexts()
    // a slow machine is tolerated, but a page that renders each result does not respond at all
    expect(frames > 10, `${frames} frames while ${count} results came`)
    return `${count} results in ${seconds.toFixed(1)} s and ${frames} frames`
  },
}

/** The page needs no preparation for its picture. */
export async function pose() {}

function section(page, name) {
  return page.getByRole('region', { name })
}
