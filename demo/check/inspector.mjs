/** Tries the demo's inspector page as a visitor would. */

import { readFile } from 'node:fs/promises'

/** The warnings and errors that the dialects of other servers earn, by the beginnings of their names; others earn none. */
const earned = {
  'WunderGraph operations': ['sse-no-data'],
  'Cosmo Router: an upstream failure': ['graphql-sse-no-complete'],
  'Cosmo Router before autumn 2026': ['sse-incomplete', 'graphql-sse-no-complete'],
  Spring: ['result-empty', 'result-member'],
  'A server that leaves event: next out': ['graphql-sse-event'],
  TerminusDB: ['graphql-sse-event'],
  'Cosmo Router: each boundary comes with the next part': ['delimiter-late'],
  'Cosmo Router: an operation that could not be parsed': ['payload-missing'],
  'Cosmo Router’s documentation': ['delimiter-late', 'json-trailing'],
  'async-graphql': ['payload-missing', 'delimiter-late'],
  'Strawberry: no boundary first': ['content-type-list', 'preamble', 'delimiter-late'],
  grafserv: ['delimiter-late'],
  'graphql-yoga: @defer of 2022': ['delimiter-late'],
  'graphql-yoga: @stream of 2022': ['delimiter-late'],
  'Older servers': ['delimiter-late'],
  'Cosmo Router: payloads of 2023': ['delimiter-late'],
}

/** What the streams of many mistakes are found to break, in the order of the findings. */
const mistakes = {
  'An event stream': [
    'charset',
    'cache-control',
    'bom',
    'sse-retry',
    'sse-field',
    'sse-field',
    'sse-id-missing',
    'sse-field',
    'sse-field',
    'sse-no-data',
    'sse-id-null',
    'sse-id-repeated',
    'utf-8',
    'sse-event-name',
    'buffering',
    'sse-retry-range',
    'sse-incomplete',
    'no-content',
  ],
  'GraphQL over SSE': [
    'graphql-sse-event',
    'graphql-sse-event',
    'result-member',
    'json-duplicate-key',
    'errors-empty',
    'error-member',
    'error-locations',
    'error-path',
    'extensions-type',
    'json-number',
    'json-surrogate',
    'buffering',
    'data-null',
    'json-trailing',
  ],
  'A multipart subscription': [
    'content-type-list',
    'preamble',
    'part-content-type',
    'part-content-length',
    'line-end',
    'payload-missing',
    'envelope-member',
    'errors-empty',
    'delimiter-late',
    'json-trailing',
  ],
}

const atOnce = 8
/** How long a stream without an end is looked at. */
const longestMs = 8000

/**
 * Prints a line a step. `step(name, run)` runs one, `expect(condition, message)` throws; `look(page)` may take
 * pictures of a page worth looking at.
 */
export async function checkInspector({ browser, url, step, expect, look }) {
  const complaints = []
  const context = await browser.newContext({ viewport: { width: 1360, height: 1000 } })

  async function open() {
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    page.on('pageerror', error => complaints.push(error.message))
    await page.goto(`${url}inspector.html`)
    await page.locator('option', { hasText: 'Every mistake' }).waitFor({ state: 'attached' })
    return page
  }
  const page = await open()
  const list = page.getByRole('listbox')
  const button = name => page.getByRole('button', { name, exact: true })
  const control = name => page.locator(`[name="${name}"]`)
  const details = page.getByRole('region', { name: 'the selected message' })
  const same = (found, wanted) =>
    expect(
      JSON.stringify(found) === JSON.stringify(wanted),
      `${JSON.stringify(found)} for ${JSON.stringify(wanted)}`,
    )

  const start = async address => {
    await control('preset').selectOption({ index: 0 })
    await control('url').fill(address)
    await button('Start').click()
  }
  const state = text => page.locator('.state', { hasText: text }).waitFor()
  const isOver = page =>
    page.waitForFunction(() => /idle|failed/.test(document.querySelector('.state').dataset.state))

  const playPreset = async name => {
    const preset = page.locator(`[name="preset"] option:text-is("${name}")`)
    await control('preset').selectOption(await preset.getAttribute('value'))
    await button('Start').click()
    await isOver(page)
  }

  /** All rows of the list, of which only those in sight are in the document. */
  async function rows() {
    const all = new Map()
    // what has come is shown with the next frame
    await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))
    await list.press('Home')
    for (;;) {
      // in one go: scrolling replaces the rows, and those that are replaced have no layout and so no spaces in their text
      const found = await list.evaluate(list =>
        [...list.querySelectorAll('.row')].map(row => ({
          id: row.id,
          setSize: Number(row.getAttribute('aria-setsize')),
          text: row.innerText.replace(/\s+/g, ' '),
          rule: row.querySelector('.rule')?.innerText,
        })),
      )
      for (const row of found) all.set(row.id, row)
      if (all.size >= (found[0]?.setSize ?? 0)) return [...all.values()]
      await list.press('PageDown')
    }
  }
  const rulesOf = found => found.map(({ rule }) => rule).filter(Boolean)

  async function exported() {
    const [download] = await Promise.all([page.waitForEvent('download'), button('Export').click()])
    expect(/^stream-[\w-]+\.json$/.test(download.suggestedFilename()), download.suggestedFilename())
    return readFile(await download.path(), 'utf8')
  }
  const dropFile = async (name, text) => {
    const transfer = await page.evaluateHandle(
      ([name, text]) => {
        const transfer = new DataTransfer()
        transfer.items.add(new File([text], name, { type: 'application/json' }))
        return transfer
      },
      [name, text],
    )
    await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer })
    expect(await page.getByText('Drop the recording').isVisible(), 'nothing says that it may be dropped')
    await page.dispatchEvent('body', 'drop', { dataTransfer: transfer })
    await page.locator('.state', { hasNotText: 'opening' }).waitFor()
    // what was opened is shown with the next frame
    await list.locator('.row').first().waitFor()
  }
  /** Streams that were exported, by their names. */
  const recordings = {}

  await step('inspector: no server is blamed for more than its dialect', async () => {
    const presets = await control('preset')
      .locator('optgroup')
      .evaluateAll(groups =>
        groups
          .filter(({ label }) => !/demo|broken/.test(label))
          .flatMap(group => [...group.children].map(({ value, text }) => ({ value, name: text }))),
      )
    const wrong = []
    const queue = [...presets]
    const work = async page => {
      for (let preset = queue.shift(); preset; preset = queue.shift()) {
        await page.selectOption('[name="preset"]', preset.value)
        await page.click('[type="submit"]')
        await Promise.race([isOver(page), page.waitForTimeout(longestMs)])
        // where it is over, the button is none
        await page.locator('[name="stop"]').evaluate(stop => stop.click())
        await isOver(page)
        await page.selectOption('[name="severity"]', '2')
        const found = await page.locator('.finding:is(.warning, .error) .rule').allInnerTexts()
        await page.selectOption('[name="severity"]', '')
        const key = Object.keys(earned).find(key => preset.name.startsWith(key))
        const rules = [...new Set(found)].sort().join(' ')
        if (rules !== (earned[key] ?? []).toSorted().join(' ')) wrong.push(`${preset.name}: ${rules}`)
      }
    }
    const pages = await Promise.all(Array.from({ length: atOnce }, open))
    try {
      await Promise.all(pages.map(work))
    } finally {
      await Promise.all(pages.map(page => page.close()))
    }
    expect(wrong.length === 0, wrong.join('\n'))
    return `${presets.length} servers`
  })

  for (const [name, rules] of Object.entries(mistakes)) {
    await step(`inspector: ${name} of many mistakes: each is found, and its byte marked`, async () => {
      await playPreset(name)
      const found = await rows()
      same(rulesOf(found), rules)
      recordings[name] = await exported()
      const { connections } = JSON.parse(recordings[name])
      const bytes = connections
        .map(({ chunks }) => Buffer.concat(chunks.map(([, base64]) => Buffer.from(base64, 'base64'))))
        .sort((a, b) => b.length - a.length)[0]
      await list.press('Home')
      let marked = 0
      for (const { text, rule } of found) {
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
      expect(marked > 5, `${marked} bytes marked`)
      return `${rulesOf(found).length} findings, ${marked} bytes marked`
    })
  }

  // times are kept to the microsecond: the last digit shown may be another
  const textsOf = async () => (await rows()).map(({ text }) => text.replace(/^\d+\.\d+ /, ''))

  await step(
    'inspector: the timeline shows connections, waiting and silence; dropped on the page, a recording is the same',
    async () => {
      await start('/servers/standard')
      await state('complete')
      const names = await page.locator('.timeline .name').allTextContents()
      same(names.slice(0, 2), ['1 200 text/event-stream', '2 200 text/event-stream'])
      expect((await page.locator('.timeline .fill-open').count()) === 3, 'a connection has no bar')
      expect(
        (await page.locator('.timeline rect[fill*="waiting"]').count()) === 2,
        'the waiting is not to be seen',
      )
      recordings.standard = await exported()
      const before = await textsOf()
      await dropFile('stream.json', recordings.standard)
      await state('a recording of')
      same(await textsOf(), before)

      await start('/broken/buffering')
      await list.getByText('buffering', { exact: true }).waitFor()
      await page
        .locator('.timeline .silence', { hasText: /^2\.\d s$/ })
        .first()
        .waitFor()
      await button('Stop').click()
      await state('stopped')
    },
  )
  await step('inspector: filters by text, kind and severity', async () => {
    await dropFile('stream.json', recordings['An event stream'])
    await page.locator('h1').click()
    await page.keyboard.press('/')
    await page.keyboard.type('SSE-ID')
    same(rulesOf(await rows()), ['sse-id-missing', 'sse-field', 'sse-id-null', 'sse-id-repeated'])
    await control('text').fill('no such thing')
    await list.getByText('Nothing passes the filter.').waitFor()
    await control('text').fill('')
    await control('kind').selectOption('response')
    same(rulesOf(await rows()), ['charset', 'cache-control', 'no-content'])
    await control('kind').selectOption('')
    await control('severity').selectOption('errors')
    same(rulesOf(await rows()), ['utf-8'])
    await control('severity').selectOption('all messages')
    expect((await rows()).length > 30, 'the filters are not to be got rid of')
  })
  await step('inspector: paused, nothing moves; resumed, nothing is lost', async () => {
    await start('/clock?every=20')
    await list.getByText('id 3', { exact: false }).first().waitFor()
    await button('Pause').click()
    const before = await list.innerText()
    await page.getByRole('button', { name: /^Resume \(\d\d+ new\)$/ }).waitFor()
    expect((await list.innerText()) === before, 'the list moves while it is paused')
    await page.getByRole('button', { name: /^Resume/ }).click()
    await button('Stop').click()
    await state('stopped')
    const ids = (await rows()).flatMap(({ text }) => / id (\d+) /.exec(text)?.[1] ?? [])
    expect(ids.length > 10 && ids.every((id, i) => Number(id) === i + 1), ids.join(' '))
    return `${ids.length} events`
  })
  await step('inspector: what is no recording, no header, no address', async () => {
    const alert = text => page.getByRole('alert').filter({ hasText: text }).waitFor()
    await page.locator('[type="file"]').setInputFiles({
      name: 'notes.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{"version": 2, "connections": []}'),
    })
    await alert('notes.json: the recording is of version 2; this library reads version 1')
    await start('http://127.0.0.1:1/')
    await control('reconnect').evaluate(box => {
      box.closest('details').open = true
    })
    await button('Stop').click()
    await state('stopped')
    await control('reconnect').uncheck()
    await button('Start').click()
    await state('failed: network')
    await control('headers').fill('nonsense')
    await button('Start').click()
    await alert('“nonsense” is no header')
    await control('headers').fill('')
    await control('url').fill('/nowhere')
    await button('Start').click()
    await alert('the server answered 404 Not Found')
    await control('reconnect').check()
  })
  await step('inspector: by the keyboard alone', async () => {
    await dropFile('stream.json', recordings.standard)
    const selected = () => list.locator('[aria-selected="true"]').innerText()
    await list.focus()
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
  })
  await step('inspector: 20,000 messages, of which a screenful is in the document', async () => {
    const chunks = Array.from({ length: 200 }, (_, i) => [
      i * 10,
      Buffer.from(Array.from({ length: 100 }, (_, k) => `data: ${i * 100 + k + 1}\n\n`).join('')).toString(
        'base64',
      ),
    ])
    const recorded = {
      url: `${url}many`,
      method: 'GET',
      startedAt: 0,
      respondedAt: 0,
      status: 200,
      chunks,
      end: 2000,
    }
    const headers = [['content-type', 'text/event-stream']]
    const recording = {
      version: 1,
      url: recorded.url,
      connections: [{ ...recorded, headers, endedBy: 'server' }],
    }
    await dropFile('many.json', JSON.stringify(recording))
    await page.locator('.counts', { hasText: '20000 messages' }).waitFor()
    await page.evaluate(() => {
      globalThis.longest = 0
      let last = performance.now()
      requestAnimationFrame(function next(now) {
        globalThis.longest = Math.max(globalThis.longest, now - last)
        last = now
        requestAnimationFrame(next)
      })
    })
    await list.press('End')
    await list.getByText('20000', { exact: true }).waitFor()
    await control('text').fill('19999')
    await list.getByText('19999', { exact: true }).waitFor()
    await control('text').fill('')
    expect((await list.locator('.row').count()) < 60, 'the whole list is in the document')
    return `longest frame ${Math.round(await page.evaluate(() => globalThis.longest))} ms`
  })
  if (look) {
    await step('inspector: pictures', async () => {
      await page.reload()
      await playPreset('An event stream')
      await list.getByText('utf-8', { exact: true }).click()
      return look(page)
    })
  }
  await context.close()
  await step('inspector: nothing was complained of', () =>
    expect(complaints.length === 0, complaints.join('; ')),
  )
}
