/** Steps through the demo's first page: the clock, the table and the answer. */

import { expect } from './expect.mjs'
import { StreamCard } from './stream-card.mjs'

/** The errors that the steps cause on purpose, as the browser's console words them. */
export const provoked = /status of 503|ERR_CONNECTION_RESET/

const clock = {
  async 'the page opens'({ page, url }) {
    await page.goto(url)
    return url
  },
  async 'clock: events arrive, numbered'({ page }) {
    const card = new StreamCard(page, 'clock')
    await card.state('open')
    await card.untilEvents(3)
    return (await card.ids()).join(' ')
  },
  async 'clock: the server drops the connection, and the page waits to reconnect'({ page }) {
    const card = new StreamCard(page, 'clock')
    await card.press('Drop')
    await card.state('reconnecting in')
    return card.lastError()
  },
  async 'clock: it resumes right behind the last id'({ page }) {
    const card = new StreamCard(page, 'clock')
    const before = (await card.ids()).length
    await card.untilEvents(before + 2)
    const ids = await card.ids()
    expect(
      ids.every((id, i) => id === ids[0] + i),
      `lost or repeated: ${ids.join(' ')}`,
    )
    return `dropped after ${ids[before - 1]}, resumed at ${ids[before]}`
  },
  async 'clock: a 503 closes it for good, and the page says why'({ page }) {
    const card = new StreamCard(page, 'clock')
    await card.press('503')
    await card.state('closed: http-status')
    return card.lastError()
  },
  async 'clock: it can be connected again'({ page }) {
    const card = new StreamCard(page, 'clock')
    await card.press('Connect')
    await card.state('open')
  },
}

const table = {
  async 'table: the rows are there'({ page }) {
    const card = new StreamCard(page, 'table')
    await card.state('open')
    await card.root.locator('tr[data-id="msg-1"]').waitFor()
  },
  async 'table: a new record appears, by its update event'({ page }) {
    const { root } = new StreamCard(page, 'table')
    await root.getByLabel('title of the new record').fill('Written by the check')
    await root.getByRole('button', { name: 'Add' }).click()
    await root.locator('tr', { hasText: 'Written by the check' }).waitFor()
    await root.locator('.events .update', { hasText: 'Written by the check' }).waitFor()
  },
  async 'table: a change is shown'({ page }) {
    const { root } = new StreamCard(page, 'table')
    page.once('dialog', dialog => dialog.accept('Changed by the check'))
    const row = root.locator('tr', { hasText: 'Written by the check' })
    await row.getByRole('button', { name: 'Edit' }).click()
    await root.locator('tr', { hasText: 'Changed by the check' }).waitFor()
  },
  async 'table: a deleted record disappears'({ page }) {
    const { root } = new StreamCard(page, 'table')
    const row = root.locator('tr', { hasText: 'Changed by the check' })
    await row.getByRole('button', { name: 'Delete' }).click()
    await row.waitFor({ state: 'detached' })
    await root.locator('.events .delete').waitFor()
  },
  async 'table: a published message arrives'({ page }) {
    const { root } = new StreamCard(page, 'table')
    await page.evaluate(() => fetch('/realtime-demo/message/publish', { method: 'POST', body: '{"n":1}' }))
    await root.locator('.events .publish', { hasText: '{"n":1}' }).waitFor()
  },
  async 'table: after a drop the rows come anew'({ page }) {
    const card = new StreamCard(page, 'table')
    await card.press('Drop')
    await card.state('reconnecting in')
    await card.state('open')
    await card.root.locator('tr[data-id="msg-1"]').waitFor()
    expect((await card.root.locator('tbody tr').count()) === 1, 'rows are there twice')
  },
}

const answer = {
  async 'answer: it comes whole, token by token'({ page }) {
    const card = new StreamCard(page, 'answer')
    await card.root.getByRole('button', { name: 'Ask' }).click()
    await card.untilEvents(5)
    await card.state('done')
    const text = await card.root.locator('.answer').textContent()
    expect(text.startsWith('You asked: “Why not a WebSocket?”') && text.endsWith('✓'), `not whole: ${text}`)
    return `${await card.root.locator('.events .message').count()} tokens`
  },
  async 'answer: a drop closes it, and it is not asked twice'({ page }) {
    const card = await askAndDrop(page)
    await card.state('closed: network')
  },
  async 'answer: with ids it goes on after a drop, and no token comes twice'({ page }) {
    await new StreamCard(page, 'answer').root.getByLabel('with ids').check()
    const card = await askAndDrop(page)
    await card.state('done')
    const text = await card.root.locator('.answer').textContent()
    expect(/^You asked: .*✓$/u.test(text) && text.split('You asked').length === 2, `not whole: ${text}`)
  },
}

/** Asks a question, and drops the connection in the middle of the answer. */
async function askAndDrop(page) {
  const card = new StreamCard(page, 'answer')
  await card.root.getByRole('button', { name: 'Ask' }).click()
  await page.waitForFunction(() => document.querySelector('.answer').value.length > 30)
  await card.press('Drop')
  return card
}

export const steps = { ...clock, ...table, ...answer }

/** Prepares the page for its picture: a clock that has resumed. */
export async function pose({ page }) {
  const card = new StreamCard(page, 'clock')
  const before = (await card.ids()).length
  await card.press('Drop')
  await card.state('reconnecting in')
  await card.state('open')
  await card.untilEvents(before + 3)
}
