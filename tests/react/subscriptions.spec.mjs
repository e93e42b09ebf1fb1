/** useSubscription in real React under StrictMode, on a page built by Vite, against graphql-yoga. */

import { expect } from '@playwright/test'
import { serve } from '../interop/servers/serve.mjs'
import { startYoga } from '../interop/servers/yoga.mjs'
import { poll, test } from './fixtures.mjs'

let server
let yoga

test.beforeAll(async ({ pages }) => {
  server = await serve((request, response) =>
    pages.serveFile(new URL(request.url, 'http://localhost').pathname, response),
  )
  yoga = await startYoga()
})
test.afterAll(async () => {
  await server.close()
  await yoga.close()
})

async function show(page, scene, more = {}) {
  const search = new URLSearchParams({ scene, graphql: yoga.url, ...more })
  await page.goto(`${server.origin}/?${search}`)
  await page.waitForFunction('globalThis.ready', null, { polling: 20 }) // whether frames are drawn or not
}
const text = (page, id) => page.locator(`#${id}`).textContent()
const live = count => poll(() => yoga.api.live('messages')).toBe(count)

test.beforeEach(() => live(0))

test('StrictMode: one stream survives the double mount and ends when the component unmounts', async ({
  page,
}) => {
  const { started } = yoga.api
  await show(page, 'Mounting')
  await live(1)
  await expect(page.locator('#messages-status')).toHaveText('open')
  expect(await page.evaluate(() => globalThis.mounts)).toBe(2)
  expect(yoga.api.started).toBe(started + 1)
  yoga.api.publish('a', 'one')
  await expect(page.locator('#messages')).toHaveText('["one"]')
  await page.click('#toggle')
  await live(0)
  await page.click('#toggle')
  await live(1)
})

test('new variables restart the stream without the old data; equal variables in new objects do not', async ({
  page,
}) => {
  const { started } = yoga.api
  await show(page, 'Mounting')
  await live(1)
  yoga.api.publish('a', 'one')
  await expect(page.locator('#messages')).toHaveText('["one"]')
  for (let i = 0; i < 5; i++) await page.click('#rerender')
  expect(await text(page, 'messages')).toBe('["one"]')
  expect(yoga.api.started).toBe(started + 1)
  await page.click('#topic')
  await expect(page.locator('#messages')).toHaveText('[]')
  await poll(() => yoga.api.started).toBe(started + 2)
  await live(1)
  yoga.api.publish('a', 'old')
  yoga.api.publish('b', 'new')
  await expect(page.locator('#messages')).toHaveText('["new"]')
})

test('many results between two frames: all are reduced, few are rendered', async ({ page }) => {
  await show(page, 'Mounting')
  await live(1)
  for (let i = 0; i < 200; i++) yoga.api.publish('a', String(i))
  await poll(async () => JSON.parse(await text(page, 'messages')).length).toBe(200)
  expect(await page.evaluate(() => globalThis.commits)).toBeLessThan(100)
})

test('stop, reconnect and reset', async ({ page }) => {
  await show(page, 'Mounting')
  await live(1)
  yoga.api.publish('a', 'one')
  await expect(page.locator('#messages')).toHaveText('["one"]')
  await page.click('#messages-stop')
  await expect(page.locator('#messages-status')).toHaveText('closed')
  await live(0)
  expect(await text(page, 'messages')).toBe('["one"]')
  await page.click('#messages-reconnect')
  await expect(page.locator('#messages-status')).toHaveText('open')
  await live(1)
  yoga.api.publish('a', 'two')
  await expect(page.locator('#messages')).toHaveText('["one","two"]')
  await page.click('#messages-reset')
  await expect(page.locator('#messages-status')).toHaveText('open')
  await live(1)
  expect(await text(page, 'messages')).toBe('[]')
})

test('a dropped connection is made again, and the status shows it', async ({ page }) => {
  await show(page, 'Mounting')
  await live(1)
  yoga.api.publish('a', 'one')
  await expect(page.locator('#messages')).toHaveText('["one"]')
  const { started } = yoga.api
  yoga.reset()
  await poll(() => yoga.api.started).toBe(started + 1)
  await expect(page.locator('#messages-status')).toHaveText('open')
  await expect(page.locator('#messages-attempt')).toHaveText('2')
  await expect(page.locator('#messages-error')).toHaveText('')
  yoga.api.publish('a', 'two')
  await expect(page.locator('#messages')).toHaveText('["one","two"]')
})

for (const scene of ['SuspendsItself', 'SuspendedBySibling']) {
  test(`${scene}: the stream opens when it is shown, and goes on while it is hidden again`, async ({
    page,
  }) => {
    const { started } = yoga.api
    await show(page, scene)
    await expect(page.locator('#waiting')).toBeVisible()
    await page.waitForTimeout(100)
    expect(yoga.api.started).toBe(started)
    await page.click('#resume')
    await live(1)
    yoga.api.publish('a', 'one')
    await expect(page.locator('#messages')).toHaveText('["one"]')

    await page.click('#suspend')
    await expect(page.locator('#waiting')).toBeVisible()
    yoga.api.publish('a', 'while hidden')
    await page.waitForTimeout(50)
    await page.click('#resume')
    await expect(page.locator('#messages')).toBeVisible()
    await expect(page.locator('#messages')).toHaveText('["one","while hidden"]')
    expect(yoga.api.started).toBe(started + 1)

    await page.click('#suspend')
    await page.click('#toggle')
    await page.click('#resume') // a sibling that waits holds the unmounting back
    await live(0)
  })
}

test('a suspended transition shows the old stream until the new one can be shown', async ({ page }) => {
  const { started } = yoga.api
  await show(page, 'SuspendsItself')
  await page.click('#resume')
  await live(1)
  yoga.api.publish('a', 'one')
  await expect(page.locator('#messages')).toHaveText('["one"]')
  await page.click('#transition')
  yoga.api.publish('a', 'two')
  await expect(page.locator('#messages')).toHaveText('["one","two"]')
  expect(yoga.api.started).toBe(started + 1)
  await page.click('#resume')
  await expect(page.locator('#messages')).toHaveText('[]')
  await poll(() => yoga.api.started).toBe(started + 2)
  await live(1)
  yoga.api.publish('b', 'new')
  await expect(page.locator('#messages')).toHaveText('["new"]')
})

test('dedupe: equal operations share a stream; a new component gets the last result at once; the last one to leave ends it', async ({
  page,
}) => {
  const { started } = yoga.api
  await show(page, 'Twice', { dedupe: '1' })
  await live(1)
  yoga.api.publish('shared', 'one')
  await expect(page.locator('#first')).toHaveText('["one"]')
  await page.click('#toggle-second')
  await expect(page.locator('#second')).toHaveText('["one"]')
  await expect(page.locator('#second-status')).toHaveText('open')
  yoga.api.publish('shared', 'two')
  await expect(page.locator('#second')).toHaveText('["one","two"]')
  await expect(page.locator('#first')).toHaveText('["one","two"]')
  expect(yoga.api.started).toBe(started + 1)
  await page.click('#toggle-second')
  yoga.api.publish('shared', 'three')
  await expect(page.locator('#first')).toHaveText('["one","two","three"]')
  expect(yoga.api.live('messages')).toBe(1)
  await page.click('#toggle-first')
  await live(0)
})

test('without dedupe each component has its own stream', async ({ page }) => {
  await show(page, 'Twice')
  await live(1)
  await page.click('#toggle-second')
  await live(2)
})

test('the latest callbacks are called', async ({ page }) => {
  await show(page, 'Callbacks')
  await live(1)
  yoga.api.publish('callbacks', '1')
  await page.waitForFunction(() => globalThis.log.length === 1)
  await page.click('#prefix')
  yoga.api.publish('callbacks', '2')
  await page.waitForFunction(() => globalThis.log.length === 2)
  yoga.api.endTopic('callbacks')
  await page.waitForFunction(() => globalThis.log.length === 3)
  expect(await page.evaluate(() => globalThis.log)).toEqual(['old 1', 'new 2', 'new complete'])
})

test('GraphQL errors are shown', async ({ page }) => {
  await show(page, 'Fails')
  await expect(page.locator('#error')).toHaveText(/Cannot query field "nothing"/)
  await expect(page.locator('#status')).toHaveText('closed')
})

test('a disabled stream opens when it is enabled and closes when it is disabled again', async ({ page }) => {
  const { started } = yoga.api
  await show(page, 'Disabled')
  await expect(page.locator('#messages-status')).toHaveText('idle')
  await page.waitForTimeout(100)
  expect(yoga.api.started).toBe(started)
  await page.click('#enable')
  await expect(page.locator('#messages-status')).toHaveText('open')
  await live(1)
  await page.click('#enable')
  await expect(page.locator('#messages-status')).toHaveText('idle')
  await live(0)
})

test('a result that arrives at once is not lost between the two mounts', async ({ page }) => {
  const { started } = yoga.api
  await show(page, 'Counter')
  await expect(page.locator('#messages-status')).toHaveText('closed')
  const all = Array.from({ length: 1000 }, (_, i) => i + 1)
  expect(JSON.parse(await text(page, 'messages'))).toEqual(all)
  expect(yoga.api.started).toBe(started + 1)
})

test('the option client overrides the provider; another client restarts the stream', async ({ page }) => {
  const { started } = yoga.api
  await show(page, 'OwnClient')
  await live(1)
  yoga.api.publish('a', 'one')
  await expect(page.locator('#messages')).toHaveText('["one"]')
  await page.click('#client')
  await expect(page.locator('#messages')).toHaveText('[]')
  await poll(() => yoga.api.started).toBe(started + 2)
  await live(1)
})

test('without a client the error says what to do', async ({ pages }) => {
  await expect(pages.render('WithoutClient')).rejects.toThrow('put the component into a PostsourceProvider')
})

/** Frames and timers stand still from now on. */
const stopTime = page => page.clock.pauseAt(new Date(2100, 0))

test('a result is rendered with the next frame', async ({ page }) => {
  await page.clock.install()
  await show(page, 'Mounting')
  await expect(page.locator('#messages-status')).toHaveText('open')
  await stopTime(page)
  yoga.api.publish('a', 'one')
  await page.waitForTimeout(100)
  await expect(page.locator('#messages')).toHaveText('[]')
  await page.clock.runFor(20)
  await expect(page.locator('#messages')).toHaveText('["one"]')
})

test('with `sync` it is rendered before the next frame', async ({ page }) => {
  await page.clock.install()
  await show(page, 'Synchronous')
  await expect(page.locator('#messages-status')).toHaveText('open')
  await stopTime(page)
  yoga.api.publish('a', 'one')
  await expect(page.locator('#messages')).toHaveText('["one"]')
})

test('a hidden page, which draws no frames, is updated too', async ({ page }) => {
  await page.addInitScript(() => {
    globalThis.requestAnimationFrame = () => 0
  })
  await show(page, 'Mounting')
  await live(1)
  yoga.api.publish('a', 'one')
  await expect(page.locator('#messages')).toHaveText('["one"]')
})

test('server rendering opens nothing, and hydration matches', async ({ page, pages }) => {
  const { html, requests } = await pages.render('Mounting')
  expect(html).toContain('connecting')
  expect(requests).toEqual([])
  await show(page, 'Mounting', { hydrate: encodeURIComponent(html) })
  await live(1)
  await expect(page.locator('#messages-status')).toHaveText('open')
  expect(await page.evaluate(() => globalThis.mismatches)).toEqual([])
})
