/** Steps through the demo's GraphQL page. */

import { expect } from './expect.mjs'

/** The errors that the steps cause on purpose, as the browser's console words them. */
export const provoked = /status of 406/

export const steps = {
  async 'graphql: the page opens'({ page, url }) {
    await page.goto(url)
    await page.getByRole('link', { name: 'GraphQL' }).click()
    await page.locator('.console').waitFor()
  },
  async 'graphql: a subscription by SSE is negotiated'({ page }) {
    await start(page, 'a clock')
    await status(page, 'open')
    await result(page, 2).waitFor()
    const [row] = await exchange(page)
    expect(/text\/event-stream.*200 text\/event-stream/.test(row), row)
    return row
  },
  async 'graphql: Stop ends it on the server'({ page }) {
    await page.getByRole('button', { name: 'Stop' }).click()
    await status(page, 'stopped after')
    const count = await page.locator('.results li').count()
    await page.waitForTimeout(1200)
    expect((await page.locator('.results li').count()) === count, 'results go on')
  },
  async 'graphql: multipart is negotiated after a refusal'({ page }) {
    await start(page, 'a clock', { url: '/graphql/multipart' })
    await result(page, 2).waitFor()
    const rows = (await exchange(page)).reverse()
    const isRight = rows.length === 2 && rows[0].includes('406') && rows[1].includes('multipart/mixed')
    expect(isRight, rows.join('\n'))
    await page.getByRole('button', { name: 'Stop' }).click()
    return rows.at(-1)
  },
  'graphql: @defer by SSE grows to the whole result': ({ page }) => defer(page, 'sse'),
  'graphql: @defer by multipart grows to the whole result': ({ page }) => defer(page, 'multipart'),
  async 'graphql: what one page posts, the chat of another gets'({ page, openPage, url }) {
    const other = await openPage()
    await other.goto(`${url}graphql.html`)
    await start(other, 'a chat')
    await status(other, 'open')
    await start(page, 'post to the chat', { protocol: 'auto' })
    await status(page, 'complete, 1 result')
    await other.locator('.results .last', { hasText: 'Hello!' }).waitFor()
    await other.close()
  },
  async 'graphql: a mistake in the query is shown'({ page }) {
    await start(page, 'a mistake')
    await status(page, 'complete, 1 result')
    await page.locator('.results .failed', { hasText: 'Cannot query field' }).waitFor()
  },
  async 'graphql: a failure in the middle is shown'({ page }) {
    await start(page, 'a failure after two results')
    await page.locator('.results .failed', { hasText: 'failed on purpose' }).waitFor()
  },
}

/** Prepares the page for its picture. */
export async function pose({ page }) {
  await start(page, 'prices')
  await result(page, 8).waitFor()
}

async function defer(page, protocol) {
  await start(page, 'a report with @defer', { url: '/graphql', protocol })
  await status(page, 'complete')
  const last = JSON.parse(await page.locator('.results .last > :last-child').textContent())
  const { summary, figures } = last.data.report
  expect(summary === 'They flow.' && figures.length === 2, JSON.stringify(last))
  const first = JSON.parse(await result(page, 1).locator('span').last().textContent())
  expect(Object.keys(first.data.report).join() === 'title', JSON.stringify(first))
}

async function start(page, preset, options = {}) {
  await page.getByLabel('an operation to begin with').selectOption(preset)
  for (const [name, value] of Object.entries(options))
    await page.locator(`[name="${name}"]`).selectOption(value)
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByRole('button', { name: 'Start' }).click()
}

function status(page, text) {
  return page.locator('.state', { hasText: text }).waitFor()
}

function result(page, number) {
  return page.locator('.results li', { has: page.getByText(String(number), { exact: true }) })
}

/** The requests and responses, the last one first. */
function exchange(page) {
  return page.locator('.exchange li').allTextContents()
}
