/**
 * Tries the demo as a visitor would, headlessly: one line a step, exit status 0 when all went well.
 * `--screenshots FOLDER` also takes pictures of the page, light and dark, wide and narrow; `--readme` those that the
 * README shows.
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'
import { checkInspector } from './check/inspector.mjs'
import { startDemo } from './server.mjs'

const { values } = parseArgs({ options: { screenshots: { type: 'string' }, readme: { type: 'boolean' } } })
/** The README's picture of each page that it shows. */
const inReadme = { demo: 'pictures/streams.png', inspector: 'pictures/inspector.png' }
const complaints = []
let passed = 0
let failed = 0

async function step(name, run) {
  try {
    const detail = await run()
    passed++
    console.log(`ok ${passed + failed} ${name}${detail ? `: ${detail}` : ''}`)
  } catch (error) {
    failed++
    console.log(`not ok ${passed + failed} ${name}: ${error.message}`)
  }
}

function expect(condition, message) {
  if (!condition) throw new Error(message)
}

const executablePath = process.env.POSTSOURCE_CHROMIUM || undefined
const demo = await startDemo()
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-background-networking'],
})
const page = await browser.newPage({ viewport: { width: 1360, height: 1000 } })
page.setDefaultTimeout(10_000)
page.on('pageerror', error => complaints.push(`page: ${error.message}`))
page.on('console', message => {
  // what we have refused on purpose is told by the browser as well
  if (message.type() === 'error' && !/status of (503|406)|ERR_CONNECTION_RESET/.test(message.text()))
    complaints.push(`console: ${message.text()}`)
})

const card = kind => page.locator(`[data-kind="${kind}"]`)
const state = (kind, text) => card(kind).locator('.state', { hasText: text }).waitFor()
const press = (kind, name) => card(kind).getByRole('button', { name, exact: true }).click()
/** The listed ids of a card, oldest first. */
const ids = async kind =>
  (await card(kind).locator('.events .message .id').allTextContents())
    .map(text => Number(text.slice(3)))
    .reverse()
const untilEvents = (kind, count) =>
  page.waitForFunction(
    ([kind, count]) => document.querySelectorAll(`[data-kind="${kind}"] .events .message`).length >= count,
    [kind, count],
  )

try {
  await step('the page opens', async () => {
    await page.goto(demo.url)
    return demo.url
  })
  await step('clock: events arrive, numbered', async () => {
    await state('clock', 'open')
    await untilEvents('clock', 3)
    return `${(await ids('clock')).join(' ')}`
  })
  await step('clock: the server drops the connection, the page waits to reconnect', async () => {
    await press('clock', 'Drop')
    await state('clock', 'reconnecting in')
    return card('clock').locator('.events .error').first().locator('span').last().textContent()
  })
  await step('clock: it resumes right behind the last id', async () => {
    const before = (await ids('clock')).length
    await untilEvents('clock', before + 2)
    const all = await ids('clock')
    expect(
      all.every((id, i) => id === all[0] + i),
      `lost or repeated: ${all.join(' ')}`,
    )
    return `dropped after ${all[before - 1]}, resumed at ${all[before]}`
  })
  await step('clock: a 503 closes it for good, and the page says why', async () => {
    await press('clock', '503')
    await state('clock', 'closed: http-status')
    return card('clock').locator('.events .error').first().locator('span').last().textContent()
  })
  await step('clock: it can be connected again', async () => {
    await press('clock', 'Connect')
    await state('clock', 'open')
  })
  await step('table: the rows are there', async () => {
    await state('table', 'open')
    await card('table').locator('tr[data-id="msg-1"]').waitFor()
  })
  await step('table: a record that is created appears, by its update event', async () => {
    await card('table').getByLabel('title of the new record').fill('Written by the check')
    await card('table').getByRole('button', { name: 'Add' }).click()
    await card('table').locator('tr', { hasText: 'Written by the check' }).waitFor()
    await card('table').locator('.events .update', { hasText: 'Written by the check' }).waitFor()
  })
  await step('table: a change is seen', async () => {
    page.once('dialog', dialog => dialog.accept('Changed by the check'))
    await card('table')
      .locator('tr', { hasText: 'Written by the check' })
      .getByRole('button', { name: 'Edit' })
      .click()
    await card('table').locator('tr', { hasText: 'Changed by the check' }).waitFor()
  })
  await step('table: what is deleted goes', async () => {
    const row = card('table').locator('tr', { hasText: 'Changed by the check' })
    await row.getByRole('button', { name: 'Delete' }).click()
    await row.waitFor({ state: 'detached' })
    await card('table').locator('.events .delete').waitFor()
  })
  await step('table: a message that is published is seen', async () => {
    await page.evaluate(() => fetch('/realtime-demo/message/publish', { method: 'POST', body: '{"n":1}' }))
    await card('table').locator('.events .publish', { hasText: '{"n":1}' }).waitFor()
  })
  await step('table: after a drop the rows come anew', async () => {
    await press('table', 'Drop')
    await state('table', 'reconnecting in')
    await state('table', 'open')
    await card('table').locator('tr[data-id="msg-1"]').waitFor()
    expect((await card('table').locator('tbody tr').count()) === 1, 'rows are there twice')
  })
  await step('answer: it comes whole, token by token', async () => {
    await card('answer').getByRole('button', { name: 'Ask' }).click()
    await untilEvents('answer', 5)
    await state('answer', 'done')
    const text = await card('answer').locator('.answer').textContent()
    expect(text.startsWith('You asked: “Why not a WebSocket?”') && text.endsWith('✓'), `not whole: ${text}`)
    return `${await card('answer').locator('.events .message').count()} tokens`
  })
  await step('answer: a drop closes it, it is not asked twice', async () => {
    await card('answer').getByRole('button', { name: 'Ask' }).click()
    await state('answer', 'open')
    await page.waitForFunction(() => document.querySelector('.answer').value.length > 30)
    await press('answer', 'Drop')
    await state('answer', 'closed: network')
  })
  await step('answer: with ids it goes on after a drop, no token twice', async () => {
    await card('answer').getByLabel('with ids').check()
    await card('answer').getByRole('button', { name: 'Ask' }).click()
    await page.waitForFunction(() => document.querySelector('.answer').value.length > 30)
    await press('answer', 'Drop')
    await state('answer', 'done')
    const text = await card('answer').locator('.answer').textContent()
    expect(/^You asked: .*✓$/u.test(text) && text.split('You asked').length === 2, `not whole: ${text}`)
  })
  const hasPictures = values.readme || values.screenshots
  if (hasPictures) await step('pictures', () => takePictures('demo', page))

  const result = number =>
    page.locator('.results li', { has: page.getByText(String(number), { exact: true }) })
  const start = async (preset, options = {}) => {
    await page.getByLabel('an operation to begin with').selectOption(preset)
    for (const [name, value] of Object.entries(options))
      await page.locator(`[name="${name}"]`).selectOption(value)
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByRole('button', { name: 'Start' }).click()
  }
  const status = text => page.locator('.state', { hasText: text }).waitFor()
  const asked = () => page.locator('.exchange li').allTextContents()

  await step('graphql: the page opens', async () => {
    await page.getByRole('link', { name: 'GraphQL' }).click()
    await page.locator('.console').waitFor()
  })
  await step('graphql: a subscription by SSE, found out', async () => {
    await start('a clock')
    await status('open')
    await result(2).waitFor()
    const [row] = await asked()
    expect(/text\/event-stream.*200 text\/event-stream/.test(row), row)
    return row
  })
  await step('graphql: stop ends it on the server', async () => {
    await page.getByRole('button', { name: 'Stop' }).click()
    await status('stopped after')
    const count = await page.locator('.results li').count()
    await page.waitForTimeout(1200)
    expect((await page.locator('.results li').count()) === count, 'results go on')
  })
  await step('graphql: multipart, found out after a refusal', async () => {
    await start('a clock', { url: '/graphql/multipart' })
    await result(2).waitFor()
    const rows = (await asked()).reverse()
    expect(
      rows.length === 2 && rows[0].includes('406') && rows[1].includes('multipart/mixed'),
      rows.join('\n'),
    )
    await page.getByRole('button', { name: 'Stop' }).click()
    return rows.at(-1)
  })
  for (const protocol of ['sse', 'multipart']) {
    await step(`graphql: @defer by ${protocol} grows to the whole result`, async () => {
      await start('a report with @defer', { url: '/graphql', protocol })
      await status('complete')
      const last = JSON.parse(await page.locator('.results .last > :last-child').textContent())
      expect(
        last.data.report.summary === 'They flow.' && last.data.report.figures.length === 2,
        JSON.stringify(last),
      )
      const first = JSON.parse(await result(1).locator('span').last().textContent())
      expect(Object.keys(first.data.report).join() === 'title', JSON.stringify(first))
    })
  }
  await step('graphql: what one posts, the chat of another gets', async () => {
    const other = await browser.newPage()
    await other.goto(`${demo.url}graphql.html`)
    await other.getByLabel('an operation to begin with').selectOption('a chat')
    await other.getByRole('button', { name: 'Start' }).click()
    await other.locator('.state', { hasText: 'open' }).waitFor()
    await start('post to the chat', { protocol: 'auto' })
    await status('complete, 1 result')
    await other.locator('.results .last', { hasText: 'Hello!' }).waitFor()
    await other.close()
  })
  await step('graphql: a mistake is shown plainly', async () => {
    await start('a mistake')
    await status('complete, 1 result')
    await page.locator('.results .failed', { hasText: 'Cannot query field' }).waitFor()
  })
  await step('graphql: a failure in the middle', async () => {
    await start('a failure after two results')
    await page.locator('.results .failed', { hasText: 'failed on purpose' }).waitFor()
  })
  if (values.screenshots) {
    await step('graphql: pictures', async () => {
      await start('prices')
      await result(8).waitFor()
      return takePictures('graphql', page)
    })
  }
  const section = name => page.getByRole('region', { name })
  await step('react: the chat brings what another tab posts', async () => {
    await page.goto(`${demo.url}react/`)
    await section('Chat').locator('.state', { hasText: 'open' }).waitFor()
    const other = await browser.newPage()
    await other.goto(`${demo.url}react/`)
    await other.getByLabel('message').fill('Hello from the other tab')
    await other.getByRole('button', { name: 'Send' }).click()
    await section('Chat').getByText('Hello from the other tab').waitFor()
    await other.close()
  })
  await step('react: a row that is added appears, and goes', async () => {
    await section('Table').getByLabel('title of the new row').fill('By the hook')
    await section('Table').getByRole('button', { name: 'Add' }).click()
    const row = section('Table').getByRole('row', { name: 'By the hook' })
    await row.waitFor()
    await row.getByRole('button', { name: 'Delete' }).click()
    await row.waitFor({ state: 'detached' })
  })
  await step('react: 10,000 prices a second, and frames go on', async () => {
    await section('Prices').getByRole('slider').fill('4')
    const figures = async () => {
      const texts = await section('Prices').locator('.figures dd').allInnerTexts()
      return texts.map(text => Number.parseInt(text.replaceAll(',', ''), 10))
    }
    const begin = performance.now()
    await page.waitForFunction(
      () => document.querySelector('.figures dd').innerText.replaceAll(',', '') > 20_000,
      undefined,
      { timeout: 60_000 }, // a busy machine folds fewer
    )
    const seconds = (performance.now() - begin) / 1000
    const [count, lastSecond, longest] = await figures()
    expect(longest < 500, `a frame took ${longest} ms`)
    return `${count} results in ${seconds.toFixed(1)} s, ${lastSecond} in the last second, its longest frame ${longest} ms`
  })
  if (values.screenshots) await step('react: pictures', () => takePictures('react', page))
  await page.goto('about:blank') // which asks the server for nothing
  const look = hasPictures && (page => takePictures('inspector', page))
  await checkInspector({ browser, url: demo.url, step, expect, look })
  await step('nothing was complained of', () => expect(complaints.length === 0, complaints.join('; ')))
} finally {
  await browser.close()
  await demo.close()
}

async function takePictures(name, page) {
  if (name === 'demo') {
    await press('clock', 'Drop')
    await state('clock', 'reconnecting in')
    await state('clock', 'open')
    await page.waitForTimeout(2500)
  }
  if (values.readme && inReadme[name]) {
    const path = fileURLToPath(new URL(inReadme[name], import.meta.url))
    await page.screenshot({ path, fullPage: true })
  }
  if (!values.screenshots) return values.readme && inReadme[name]
  mkdirSync(values.screenshots, { recursive: true })
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1360, 390]) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      await page.screenshot({
        path: join(values.screenshots, `${name}-${colorScheme}-${width}.png`),
        fullPage: true,
      })
    }
  }
  await page.setViewportSize({ width: 1360, height: 1000 })
  return values.screenshots
}

console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
