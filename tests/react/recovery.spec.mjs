/** useSubscription where streams fail and servers are away, against the demo's GraphQL server. */

import { expect } from '@playwright/test'
import { poll, test } from './fixtures.mjs'
import { startDemoServer } from './server.mjs'

let server
test.beforeEach(async ({ pages }) => {
  server = await startDemoServer(pages.serveFile)
})
test.afterEach(() => server.close())

const show = (page, scene, more = {}) =>
  page.goto(`${server.origin}/?${new URLSearchParams({ scene, graphql: server.url, ...more })}`)
const shows = (page, texts) =>
  Promise.all(
    Object.entries(texts).map(([id, text]) =>
      expect(page.locator(id === 'messages' ? '#messages' : `#messages-${id}`)).toHaveText(text),
    ),
  )
const open = count => poll(() => server.open).toBe(count)

test('a refused request sets the status failed and calls the latest callback; reconnect tries again', async ({
  page,
}) => {
  server.refuseWith(404)
  await show(page, 'Chat')
  await shows(page, { status: 'failed', error: 'http-status', attempt: '1' })
  await page.click('#prefix')
  await page.click('#messages-reconnect')
  await page.waitForFunction(() => globalThis.failures.length === 2)
  await shows(page, { status: 'failed', error: 'http-status', attempt: '1' })
  expect(await page.evaluate(() => globalThis.failures)).toEqual([
    ['old', 'http-status', 404],
    ['new', 'http-status', 404],
  ])

  server.refuseWith(undefined)
  await page.click('#messages-reconnect')
  await shows(page, { status: 'open', error: '' })
  await server.post('a', 'hello')
  await shows(page, { messages: '["hello"]' })
})

test('a server that is down for a while: the status is reconnecting with the error, then open; the data stays', async ({
  page,
}) => {
  await show(page, 'Chat', { retryMs: 400 })
  await open(1)
  await server.post('a', 'one')
  await shows(page, { messages: '["one"]', attempt: '1' })
  server.refuseWith(503)
  server.reset()
  await shows(page, { status: 'reconnecting', error: 'http-status', messages: '["one"]' })
  server.refuseWith(undefined)
  await shows(page, { status: 'open', error: '', messages: '["one","one"]' })
  await server.post('a', 'two')
  await shows(page, { messages: '["one","one","two"]' })
  expect(Number(await page.locator('#messages-attempt').textContent())).toBeGreaterThan(2)
  expect(await page.evaluate(() => globalThis.failures)).toEqual([])
})

test('a server that stays down: the status is failed after the last attempt', async ({ page }) => {
  await show(page, 'Chat')
  await open(1)
  server.refuseWith(503)
  server.reset()
  await shows(page, { status: 'failed', error: 'http-status', attempt: '6' })
  expect(await page.evaluate(() => globalThis.failures)).toEqual([['old', 'http-status', 503]])
})

test('a GraphQL error after two results: the data stays, and the stream is closed', async ({ page }) => {
  await show(page, 'Failing')
  await shows(page, { messages: '[1,2]', error: 'failed on purpose', status: 'closed' })
})
