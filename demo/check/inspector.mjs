/** Steps through the demo's inspector. */

import { expect, expectSame } from './expect.mjs'
import { earned, mistakes } from './findings.mjs'
import { InspectorPage, rulesOf } from './inspector-page.mjs'

/**
 * How many pages inspect the servers at the same time, and how long, in milliseconds, a stream without an end is read.
 */
const pagesAtOnce = 4
const longestMs = 8000

/** The broken and refusing servers make the browser print errors about their responses. */
export const provoked = /^Failed to load resource/

/** Recordings that one step exports and another one opens, by name. */
const recordings = {}

const servers = {
  async 'inspector: no server is blamed for more than its dialect'({ openPage, url }) {
    const pages = await Promise.all(Array.from({ length: pagesAtOnce }, openPage))
    try {
      const inspectors = await Promise.all(pages.map(page => InspectorPage.open(page, url)))
      const presets = await inspectors[0].presets(/demo|broken/)
      const queue = [...presets]
      const wrong = []
      const work = async inspector => {
        for (let preset = queue.shift(); preset; preset = queue.shift()) {
          const rules = (await inspector.judge(preset, longestMs)).join(' ')
          const key = Object.keys(earned).find(key => preset.name.startsWith(key))
          if (rules !== (earned[key] ?? []).toSorted().join(' ')) wrong.push(`${preset.name}: ${rules}`)
        }
      }
      await Promise.all(inspectors.map(work))
      expect(wrong.length === 0, wrong.join('\n'))
      return `${presets.length} servers`
    } finally {
      await Promise.all(pages.map(page => page.close()))
    }
  },
}

const manyMistakes = Object.fromEntries(
  Object.entries(mistakes).map(([name, rules]) => [
    `inspector: ${name} of many mistakes: each is found, and its byte marked`,
    async ({ page, url }) => {
      const inspector = await InspectorPage.open(page, url)
      await inspector.play(name)
      const rows = await inspector.rows()
      expectSame(rulesOf(rows), rules)
      recordings[name] = await inspector.exported()
      const marked = await checkMarkedBytes(inspector, rows, longestBodyOf(recordings[name]))
      expect(marked > 5, `${marked} bytes marked`)
      return `${rules.length} findings, ${marked} bytes marked`
    },
  ]),
)

/** Selects every row and checks that the byte of each finding is marked. Returns the number of findings. */
async function checkMarkedBytes({ list, details }, rows, bytes) {
  await list.press('Home')
  let marked = 0
  for (const { text, rule } of rows) {
    const [, byte] = / byte (\d+)$/.exec(text) ?? []
    if (rule && byte && (await details.locator('.dump').count()) > 0) {
      await details.getByRole('button', { name: 'hex', exact: true }).click()
      const shown = await details.locator('.digits mark').innerText()
      const wanted = bytes[byte]?.toString(16).padStart(2, '0') ?? '∎ '
      expect(shown.trim() === wanted.trim(), `${text}: ${shown} for ${wanted}`)
      marked++
    }
    await list.press('ArrowDown')
  }
  return marked
}

function longestBodyOf(recording) {
  return JSON.parse(recording)
    .connections.map(({ chunks }) => Buffer.concat(chunks.map(([, base64]) => Buffer.from(base64, 'base64'))))
    .sort((a, b) => b.length - a.length)[0]
}

const views = {
  async 'inspector: the timeline shows connections and waiting; dropped on the page, a recording is the same'({
    page,
    url,
  }) {
    const inspector = await InspectorPage.open(page, url)
    await inspector.start('/servers/standard')
    await inspector.state('complete')
    const names = await page.locator('.timeline .name').allTextContents()
    expectSame(names.slice(0, 2), ['1 200 text/event-stream', '2 200 text/event-stream'])
    expect((await page.locator('.timeline .fill-open').count()) === 3, 'a connection has no bar')
    const waits = await page.locator('.timeline rect[fill*="waiting"]').count()
    expect(waits === 2, 'the waiting is not shown')
    recordings.standard = await inspector.exported()
    const before = await inspector.texts()
    await inspector.drop('stream.json', recordings.standard)
    await inspector.state('a recording of')
    expectSame(await inspector.texts(), before)
  },
  async 'inspector: the timeline shows silence'({ page }) {
    const inspector = new InspectorPage(page)
    await inspector.start('/broken/buffering')
    await inspector.list.getByText('buffering', { exact: true }).waitFor()
    const silence = page.locator('.timeline .silence', { hasText: /^2\.\d s$/ })
    await silence.first().waitFor()
    await inspector.button('Stop').click()
    await inspector.state('stopped')
  },
  async 'inspector: filters by text, kind and severity'({ page }) {
    const inspector = new InspectorPage(page)
    await inspector.drop('stream.json', recordings['An event stream'])
    await page.locator('h1').click()
    await page.keyboard.press('/')
    await page.keyboard.type('SSE-ID')
    expectSame(await inspector.rules(), ['sse-id-missing', 'sse-field', 'sse-id-null', 'sse-id-repeated'])
    await inspector.control('text').fill('no such thing')
    await inspector.list.getByText('Nothing passes the filter.').waitFor()
    await inspector.control('text').fill('')
    await inspector.control('kind').selectOption('response')
    expectSame(await inspector.rules(), ['charset', 'cache-control', 'no-content'])
    await inspector.control('kind').selectOption('')
    await inspector.control('severity').selectOption('errors')
    expectSame(await inspector.rules(), ['utf-8'])
    await inspector.control('severity').selectOption('all messages')
    expect((await inspector.rows()).length > 30, 'the filters stay')
  },
  async 'inspector: paused, nothing moves; resumed, nothing is lost'({ page }) {
    const inspector = new InspectorPage(page)
    await inspector.start('/clock?every=20')
    await inspector.list.getByText('id 3', { exact: false }).first().waitFor()
    await inspector.button('Pause').click()
    const before = await inspector.list.innerText()
    await page.getByRole('button', { name: /^Resume \(\d\d+ new\)$/ }).waitFor()
    expect((await inspector.list.innerText()) === before, 'the list moves while it is paused')
    await page.getByRole('button', { name: /^Resume/ }).click()
    await inspector.button('Stop').click()
    await inspector.state('stopped')
    const ids = (await inspector.texts()).flatMap(text => / id (\d+) /.exec(text)?.[1] ?? [])
    expect(ids.length > 10 && ids.every((id, i) => Number(id) === i + 1), ids.join(' '))
    return `${ids.length} events`
  },
}

const use = {
  async 'inspector: a bad recording, header or address is told'({ page }) {
    const inspector = new InspectorPage(page)
    await page.locator('[type="file"]').setInputFiles({
      name: 'notes.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{"version": 2, "connections": []}'),
    })
    await inspector.alert('notes.json: the recording has version 2, but this library reads version 1')
    await inspector.start('http://127.0.0.1:1/')
    await inspector.control('reconnect').evaluate(box => {
      box.closest('details').open = true
    })
    await inspector.button('Stop').click()
    await inspector.state('stopped')
    await inspector.control('reconnect').uncheck()
    await inspector.button('Start').click()
    await inspector.state('failed: network')
    await inspector.control('headers').fill('nonsense')
    await inspector.button('Start').click()
    await inspector.alert('“nonsense” has no colon')
    await inspector.control('headers').fill('')
    await inspector.control('url').fill('/nowhere')
    await inspector.button('Start').click()
    await inspector.alert('the server answered 404 Not Found')
    await inspector.control('reconnect').check()
  },
  async 'inspector: by the keyboard alone'({ page }) {
    const inspector = new InspectorPage(page)
    await inspector.drop('stream.json', recordings.standard)
    const selected = () => inspector.list.locator('[aria-selected="true"]').innerText()
    await inspector.list.focus()
    await page.keyboard.press('End')
    const last = await selected()
    await page.keyboard.press('Home')
    expect((await selected()).includes('request') && last !== (await selected()), 'Home and End do nothing')
    await page.keyboard.press('ArrowDown')
    expect((await selected()).includes('response'), 'the arrow does not go on')
    const width = () => page.locator('.timeline .fill-open').first().getAttribute('width')
    const whole = Number(await width())
    await page.getByRole('application').focus()
    await page.keyboard.press('+')
    expect(Number(await width()) > 1.5 * whole, 'plus does not zoom')
    await page.keyboard.press('0')
    expect(Number(await width()) === whole, '0 does not show all')
    await page.keyboard.press('ArrowRight')
    expect((await selected()).includes('fields'), 'the timeline does not go on')
  },
  async 'inspector: of 20,000 messages, a screenful is in the document'({ page, url }) {
    const inspector = new InspectorPage(page)
    await inspector.drop('many.json', recordingOf(`${url}many`, { chunks: 200, eventsEach: 100 }))
    await page.locator('.counts', { hasText: '20000 messages' }).waitFor()
    await page.evaluate(watchFrames)
    await inspector.list.press('End')
    await inspector.list.getByText('20000', { exact: true }).waitFor()
    await inspector.control('text').fill('19999')
    await inspector.list.getByText('19999', { exact: true }).waitFor()
    await inspector.control('text').fill('')
    expect((await inspector.list.locator('.row').count()) < 60, 'the whole list is in the document')
    return `longest frame ${Math.round(await page.evaluate(() => globalThis.longest))} ms`
  },
}

/** The text of a recording of numbered events. */
function recordingOf(url, { chunks, eventsEach }) {
  const events = i =>
    Array.from({ length: eventsEach }, (_, k) => `data: ${i * eventsEach + k + 1}\n\n`).join('')
  const connection = {
    url,
    method: 'GET',
    startedAt: 0,
    respondedAt: 0,
    status: 200,
    headers: [['content-type', 'text/event-stream']],
    chunks: Array.from({ length: chunks }, (_, i) => [i * 10, Buffer.from(events(i)).toString('base64')]),
    end: chunks * 10,
    endedBy: 'server',
  }
  return JSON.stringify({ version: 1, url, connections: [connection] })
}

/** Runs in the page: records the longest time between two frames. */
function watchFrames() {
  globalThis.longest = 0
  let last = performance.now()
  requestAnimationFrame(function next(now) {
    globalThis.longest = Math.max(globalThis.longest, now - last)
    last = now
    requestAnimationFrame(next)
  })
}

export const steps = { ...servers, ...manyMistakes, ...views, ...use }

/** Prepares the page for its picture: a broken stream, and its wrong byte. */
export async function pose({ page, url }) {
  const inspector = await InspectorPage.open(page, url)
  await inspector.play('An event stream')
  await inspector.list.getByText('utf-8', { exact: true }).click()
}
