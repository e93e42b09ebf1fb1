/** useEventSource in real React under StrictMode, on a page built by Vite, against event streams. */

import { expect } from '@playwright/test'
import { serve } from '../interop/servers/serve.mjs'
import { poll, test } from './fixtures.mjs'

const streaming = { 'content-type': 'text/event-stream' }

/** A stream of 20,000 numbers at 10,000 a second. */
async function writeFast(response) {
  const begin = performance.now()
  for (let n = 0; n < 20_000; ) {
    const due = Math.min(20_000, Math.floor((performance.now() - begin) * 10))
    let text = ''
    for (; n < due; n++) text += `data: ${n}\n\n`
    if (text) response.write(text)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  response.end('event: end\ndata:\n\n')
}

/** Four updates and a deletion. */
const changesOfTable = [1, 2, 3, 4]
  .map(n => `event: update\ndata: ${n}\n\n`)
  .join('')
  .concat('event: delete\ndata: 2\n\n')

/** What `/echo` is answering now; the status that it refuses everything with; what it waits for with its answers. */
const echoes = new Set()
let refusal
let held

/** Says what was asked, as a message and as an update. */
async function echo(request, response) {
  if (refusal) return response.writeHead(refusal).end()
  echoes.add(response)
  response.on('close', () => echoes.delete(response))
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  const data = `data: ${[request.method, request.url, body].join(' ').trim()}\n\n`
  await held
  response.writeHead(200, streaming).write(`${data}event: update\n${data}`)
}

let server

test.beforeAll(async ({ pages }) => {
  server = await serve((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost')
    if (pathname === '/fast') return writeFast(response.writeHead(200, streaming))
    if (pathname === '/table') return response.writeHead(200, streaming).write(changesOfTable)
    if (pathname.startsWith('/echo')) return echo(request, response)
    return pages.serveFile(pathname, response)
  })
})
test.afterAll(() => server.close())
test.beforeEach(async () => {
  refusal = undefined
  held = undefined
  await open(0)
})

async function show(page, scene) {
  await page.goto(`${server.origin}/?${new URLSearchParams({ scene, events: server.origin })}`)
  await page.waitForFunction('globalThis.ready', null, { polling: 20 })
}
const open = count => poll(() => echoes.size).toBe(count)
const asked = () => server.requests.filter(({ url }) => url.startsWith('/echo')).length
/** Answers nothing until it is released. */
function hold() {
  let release
  held = new Promise(resolve => {
    release = resolve
  })
  return release
}
const change = (page, more) => page.evaluate(options => globalThis.change(options), more)
const shows = (page, id, value) => expect(page.locator(`#${id}`)).toHaveText(value)

test('StrictMode: one connection survives the double mount and closes when the component unmounts', async ({
  page,
}) => {
  const before = asked()
  await show(page, 'Sources')
  await shows(page, 'events', '["message GET /echo"]')
  await shows(page, 'status', 'open')
  await shows(page, 'attempt', '1')
  expect(await page.evaluate(() => globalThis.mounts)).toBe(2)
  expect(asked()).toBe(before + 1)
  await change(page, { shown: false })
  await open(0)
})

test('a new address, method, body or event name restarts the stream without the old events; equal values in new objects do not', async ({
  page,
}) => {
  await show(page, 'Sources')
  await shows(page, 'events', '["message GET /echo"]')
  let before = asked()
  for (const [more, events] of [
    [{ method: 'POST' }, '["message POST /echo"]'],
    [{ body: '{"a":2}' }, '["message POST /echo {\\"a\\":2}"]'],
    [{ path: '/echo/b' }, '["message POST /echo/b {\\"a\\":2}"]'],
    [{ events: ['update'] }, '["update POST /echo/b {\\"a\\":2}"]'],
  ]) {
    await change(page, more)
    await shows(page, 'events', events)
    await shows(page, 'attempt', '1')
    await open(1)
    expect(asked()).toBe(++before)
    await change(page, { ...more, headers: {} })
    await change(page, { limit: 50 })
  }
  expect(asked()).toBe(before)
})

test('a dropped connection: the status is reconnecting with the error, then open; the events stay', async ({
  page,
}) => {
  await show(page, 'Sources')
  await shows(page, 'status', 'open')
  const release = hold()
  for (const response of echoes) response.destroy()
  await shows(page, 'status', 'reconnecting')
  await shows(page, 'error', /network|ended/)
  await shows(page, 'attempt', '2')
  await shows(page, 'events', '["message GET /echo"]')
  release()
  await shows(page, 'status', 'open')
  await shows(page, 'error', '')
  await shows(page, 'attempt', '2')
  await shows(page, 'events', '["message GET /echo","message GET /echo"]')
})

test('a refused request sets the status failed; reconnect tries again', async ({ page }) => {
  refusal = 404
  await show(page, 'Sources')
  await shows(page, 'status', 'failed')
  await shows(page, 'error', 'http-status 404')
  refusal = undefined
  await page.click('#reconnect')
  await shows(page, 'status', 'open')
  await shows(page, 'error', '')
  await shows(page, 'events', '["message GET /echo"]')
})

test('stop closes the stream and keeps the events; reconnect adds to them; reset drops them', async ({
  page,
}) => {
  await show(page, 'Sources')
  await shows(page, 'events', '["message GET /echo"]')
  await page.click('#stop')
  await shows(page, 'status', 'closed')
  await open(0)
  await shows(page, 'events', '["message GET /echo"]')
  await page.click('#reconnect')
  await open(1)
  await shows(page, 'events', '["message GET /echo","message GET /echo"]')
  await shows(page, 'status', 'open')
  await page.click('#reset')
  await shows(page, 'events', '["message GET /echo"]')
  await shows(page, 'status', 'open')
  await open(1)
})

test('a disabled stream opens when it is enabled and closes when it is disabled again', async ({ page }) => {
  const before = asked()
  await show(page, 'DisabledSource')
  await shows(page, 'status', 'idle')
  await page.waitForTimeout(100)
  expect(asked()).toBe(before)
  await change(page, { enabled: true })
  await shows(page, 'status', 'open')
  await change(page, { enabled: false })
  await shows(page, 'status', 'idle')
  await open(0)
})

test('Activity: a hidden component closes its stream; shown again, it connects and keeps the events', async ({
  page,
  peers,
}) => {
  test.skip(peers === 'older', 'React 18 has no Activity')
  await show(page, 'SourceWithinActivity')
  await shows(page, 'events', '["message GET /echo"]')
  await change(page, { mode: 'hidden' })
  await open(0)
  const release = hold()
  await change(page, { mode: 'visible' })
  await open(1)
  await shows(page, 'status', 'connecting')
  await shows(page, 'events', '["message GET /echo"]')
  release()
  await shows(page, 'status', 'open')
  await shows(page, 'events', '["message GET /echo","message GET /echo"]')
})

test('data has the named events up to the limit; lastEvent is the last one', async ({ page }) => {
  await show(page, 'Table')
  await shows(page, 'last', 'delete')
  await shows(page, 'events', '["update 3","update 4","delete 2"]')
  await shows(page, 'status', 'open')
})

test('10,000 messages a second: each is counted, and the page keeps drawing frames', async ({ page }) => {
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
  await shows(page, 'count', '20000')
  await shows(page, 'sum', String((20_000 * 19_999) / 2))
  const commits = await page.evaluate(() => globalThis.commits)
  frames.sort((a, b) => a - b)
  const at = share => frames[Math.floor(frames.length * share)].toFixed(0)
  console.log(
    `${frames.length} frames: median ${at(0.5)} ms, 99 % ${at(0.99)} ms, longest ${at(0.999)} ms; ${commits} commits`,
  )
  expect(commits).toBeLessThanOrEqual(frames.length + 20)
  expect(frames.length).toBeGreaterThan(20)
})

test('server rendering opens nothing', async ({ pages }) => {
  const { html, requests } = await pages.render('Table')
  expect(html).toContain('connecting')
  expect(requests).toEqual([])
})
