/** The hooks in real React under StrictMode, on a page built by Vite, against graphql-yoga and event streams. */

import { expect } from '@playwright/test'
import { serve } from '../interop/servers/serve.mjs'
import { startYoga } from '../interop/servers/yoga.mjs'
import { poll, test } from './fixtures.mjs'

/** A stream of 20,000 numbers at 10,000 a second, and one of a table's changes. */
const handle = pages => async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  if (pathname === '/fast') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const begin = performance.now()
    for (let n = 0; n < 20_000; ) {
      const due = Math.min(20_000, Math.floor((performance.now() - begin) * 10))
      let text = ''
      for (; n < due; n++) text += `data: ${n}\n\n`
      if (text) response.write(text)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    return response.end('event: end\ndata:\n\n')
  }
  if (pathname === '/table') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    return response.write(
      [1, 2, 3, 4]
        .map(n => `event: update\ndata: ${n}\n\n`)
        .join('')
        .concat('event: delete\ndata: 2\n\n'),
    )
  }
  await pages.serveFile(pathname, response)
}

let events
let yoga

test.beforeAll(async ({ pages }) => {
  events = await serve(handle(pages))
  yoga = await startYoga()
})
test.afterAll(async () => {
  await events.close()
  await yoga.close()
})

async function show(page, scene, more = {}) {
  const search = new URLSearchParams({ scene, graphql: yoga.url, events: events.origin, ...more })
  await page.goto(`${events.origin}/?${search}`)
  await page.waitForFunction('globalThis.ready')
}
const text = (page, id) => page.locator(`#${id}`).textContent()
const live = count => poll(() => yoga.api.live('messages')).toBe(count)

test.beforeEach(() => live(0))

test('StrictMode: one stream, which survives the double mount; it ends with the component', async ({
  page,
}) => {
  const { started } = yoga.api
  await show(page, 'Mounting')
  await live(1)
  await expect(page.locator('#messages-status')).toHaveText('open')
  expect(yoga.api.started).toBe(started + 1)
  yoga.api.publish('a', 'one')
  await expect(page.locator('#messages')).toHaveText('["one"]')
  await page.click('#toggle')
  await live(0)
  await page.click('#toggle')
  await live(1)
})

test('variables that change begin anew, without the old data; equal ones in new objects change nothing', async ({
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

test('many results between two frames: all are folded, few are rendered', async ({ page }) => {
  await show(page, 'Mounting')
  await live(1)
  for (let i = 0; i < 200; i++) yoga.api.publish('a', String(i))
  await poll(async () => JSON.parse(await text(page, 'messages')).length).toBe(200)
  expect(Number(await text(page, 'messages-renders'))).toBeLessThan(100)
})

test('stop and restart', async ({ page }) => {
  await show(page, 'Mounting')
  await live(1)
  yoga.api.publish('a', 'one')
  await expect(page.locator('#messages')).toHaveText('["one"]')
  await page.click('#messages-stop')
  await expect(page.locator('#messages-status')).toHaveText('closed')
  await live(0)
  expect(await text(page, 'messages')).toBe('["one"]')
  await page.click('#messages-restart')
  await expect(page.locator('#messages-status')).toHaveText('open')
  await live(1)
  expect(await text(page, 'messages')).toBe('[]')
})

test('a connection that drops is made again, and the state says so', async ({ page }) => {
  await show(page, 'Mounting')
  await live(1)
  yoga.api.publish('a', 'one')
  await expect(page.locator('#messages')).toHaveText('["one"]')
  const { started } = yoga.api
  yoga.reset()
  await poll(() => yoga.api.started).toBe(started + 1)
  await expect(page.locator('#messages-status')).toHaveText('open')
  await expect(page.locator('#messages-attempt')).toHaveText('2')
  yoga.api.publish('a', 'two')
  await expect(page.locator('#messages')).toHaveText('["one","two"]')
})

for (const scene of ['SuspendsItself', 'SuspendedBySibling']) {
  test(`${scene}: opened when it is shown, the stream goes on while it is hidden again`, async ({ page }) => {
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

test('a transition that suspends: the old stream is shown until the new one can be', async ({ page }) => {
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

test('dedupe: equal operations share a stream, the last result comes at once, the last one ends it', async ({
  page,
}) => {
  const { started } = yoga.api
  await show(page, 'Twice', { dedupe: '1' })
  await live(1)
  yoga.api.publish('shared', 'one')
  await expect(page.locator('#first')).toHaveText('["one"]')
  await page.click('#toggle')
  await expect(page.locator('#second')).toHaveText('["one"]')
  await expect(page.locator('#second-status')).toHaveText('open')
  yoga.api.publish('shared', 'two')
  await expect(page.locator('#second')).toHaveText('["one","two"]')
  await expect(page.locator('#first')).toHaveText('["one","two"]')
  expect(yoga.api.started).toBe(started + 1)
  await page.click('#toggle')
  yoga.api.publish('shared', 'three')
  await expect(page.locator('#first')).toHaveText('["one","two","three"]')
  expect(yoga.api.live('messages')).toBe(1)
})

test('without it each has a stream of its own', async ({ page }) => {
  await show(page, 'Twice')
  await live(1)
  await page.click('#toggle')
  await live(2)
})

test('callbacks are always the latest', async ({ page }) => {
  await show(page, 'Callbacks')
  await live(1)
  yoga.api.publish('callbacks', '1')
  await page.waitForFunction(() => globalThis.log.length === 1)
  await page.click('#prefix')
  yoga.api.publish('callbacks', '2')
  await page.waitForFunction(() => globalThis.log.length === 2)
  expect(await page.evaluate(() => globalThis.log)).toEqual(['old 1', 'new 2'])
})

test('GraphQL errors are shown; skip opens nothing', async ({ page }) => {
  await show(page, 'Fails')
  await expect(page.locator('#error')).toHaveText(/Cannot query field "nothing"/)
  await expect(page.locator('#status')).toHaveText('closed')
  const { started } = yoga.api
  await show(page, 'Skipped')
  await expect(page.locator('#status')).toHaveText('idle')
  await page.waitForTimeout(100)
  expect(yoga.api.started).toBe(started)
})

test('useEventSource: named events, the last of them, no more than the limit', async ({ page }) => {
  await show(page, 'Table')
  await expect(page.locator('#last')).toHaveText('delete')
  await expect(page.locator('#events')).toHaveText('["update 3","update 4","delete 2"]')
  await expect(page.locator('#status')).toHaveText('open')
})

test('10,000 messages a second: every one is counted, and frames keep coming', async ({ page }) => {
  await show(page, 'Fast')
  const frames = await page.evaluate(
    () =>
      new Promise(resolve => {
        const gaps = []
        let last = performance.now()
        const frame = now => {
          gaps.push(now - last)
          last = now
          const count = Number(document.querySelector('#count').textContent)
          if (count < 20_000 && gaps.length < 2000) requestAnimationFrame(frame)
          else resolve(gaps.slice(1))
        }
        requestAnimationFrame(frame)
      }),
  )
  await expect(page.locator('#count')).toHaveText('20000')
  expect(await text(page, 'sum')).toBe(String((20_000 * 19_999) / 2))
  const renders = Number(await text(page, 'renders'))
  frames.sort((a, b) => a - b)
  const at = share => frames[Math.floor(frames.length * share)].toFixed(0)
  console.log(
    `${frames.length} frames: median ${at(0.5)} ms, 99 % ${at(0.99)} ms, longest ${at(0.999)} ms; ${renders} renders`,
  )
  expect(renders).toBeLessThanOrEqual(2 * frames.length + 10)
  expect(frames.length).toBeGreaterThan(20)
})

test('rendered on a server: nothing is opened, and hydration finds what it expects', async ({
  page,
  pages,
}) => {
  const { started } = yoga.api
  const html = await pages.render('Mounting')
  expect(html).toContain('connecting')
  expect(yoga.api.started).toBe(started)
  await show(page, 'Mounting', { hydrate: encodeURIComponent(html) })
  await live(1)
  await expect(page.locator('#messages-status')).toHaveText('open')
  expect(await page.evaluate(() => globalThis.mismatches)).toEqual([])
})
