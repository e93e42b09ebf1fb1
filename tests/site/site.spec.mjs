/** The built site in a browser: its search, and the examples that run in the page. */

import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test as base, expect } from '@playwright/test'
import { serve } from '../interop/servers/serve.mjs'

const site = fileURLToPath(new URL('../../build/site/', import.meta.url))
const types = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
}

const test = base.extend({
  /** Where the site is. What a page asks for in vain, or throws, fails its test. */
  address: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from it
    async ({}, use) => {
      const server = await serve(async (request, response) => {
        const { pathname } = new URL(request.url, 'http://localhost')
        const path = join(site, pathname.endsWith('/') ? `${pathname}index.html` : pathname)
        const bytes = await readFile(path).catch(() => undefined)
        if (!bytes) return response.writeHead(404).end()
        response
          .writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' })
          .end(bytes)
      })
      await use(server.origin)
      await server.close()
    },
    { scope: 'worker' },
  ],
  page: async ({ page }, use) => {
    const problems = []
    page.on('pageerror', error => problems.push(error.stack))
    page.on('response', response => {
      if (response.status() >= 400) problems.push(`${response.status()} for ${response.url()}`)
    })
    await use(page)
    expect(problems).toEqual([])
  },
})

/** The example under a heading of the page of examples, with what it prints and what the inspector lists. */
async function open(page, address, heading) {
  await page.goto(`${address}/try.html`)
  const example = page
    .locator(`xpath=//h2[starts-with(normalize-space(), "${heading}")]/following-sibling::*`)
    .and(page.locator('.example'))
    .first()
  await expect(example.locator('code[contenteditable]')).toBeVisible()
  const press = name => example.getByRole('button', { name, exact: true }).click()
  const code = example.locator('code[contenteditable]')
  return {
    code,
    press,
    edit: async (before, after) => code.fill((await code.innerText()).replace(before, after)),
    output: example.getByLabel('output').locator('li'),
    entries: example.getByLabel('inspector').locator('li'),
    findings: example.locator('.finding'),
  }
}

test('a POST goes on where it was dropped', async ({ page, address }) => {
  const { press, output, entries } = await open(page, address, 'A POST that is resumed')
  await press('Run')
  await expect(output.filter({ hasText: /^2$/ })).toHaveCount(1)
  await press('Drop the connection')
  await expect(output.filter({ hasText: /^network: connects again in/ })).toHaveCount(1)
  await expect(output.filter({ hasText: /^open 200$/ })).toHaveCount(2)
  await expect(output.filter({ hasText: /^5$/ })).toHaveCount(1)
  const numbers = (await output.allTextContents()).filter(text => /^\d+$/.test(text)).map(Number)
  expect(numbers).toEqual(numbers.map((_, i) => i + 1))
  await expect(entries.filter({ hasText: /^\d+\.\d+ ?request/ })).toHaveCount(2)
  await expect(entries.filter({ hasText: /failed/ })).toHaveCount(1)
  await press('Stop')
})

test('a chat is complete, and an answer that is dropped is not asked for again', async ({
  page,
  address,
}) => {
  const { press, output, entries, edit } = await open(page, address, 'A chat')
  await press('Run')
  await expect(output.filter({ hasText: 'The answer is complete.' })).toHaveCount(1)
  await edit('wait(200)', 'wait(600_000)')
  await press('Run again')
  await expect(output.first()).toHaveText('A')
  await press('Drop the connection')
  await expect(output.last()).toHaveText(/^StreamError: .*not sent again/)
  await expect(entries.filter({ hasText: 'POST' })).toHaveCount(1)
})

test('a subscription is begun again', async ({ page, address }) => {
  const { press, output, entries, edit } = await open(page, address, 'A GraphQL subscription')
  await edit("'sse'", "'multipart'")
  await press('Run')
  await expect(output.first()).toHaveText('{"price":{"symbol":"ACME","value":100}}')
  await press('Drop the connection')
  await expect(output.filter({ hasText: 'subscribes again in' })).toHaveCount(1)
  await expect(output.filter({ hasText: '"value":100' })).toHaveCount(2)
  await expect(entries.filter({ hasText: 'multipart/mixed' })).toHaveCount(2)
})

test('a deferred part is merged', async ({ page, address }) => {
  const { press, output } = await open(page, address, 'A query with @defer')
  await press('Run')
  await expect(output).toHaveText([
    '{"report":{"title":"Sales"}} true',
    '{"report":{"title":"Sales","summary":"Better than ever"}} false',
  ])
})

test('the inspector names the mistakes of a server, and an example can be reset', async ({
  page,
  address,
}) => {
  const { press, output, findings, code } = await open(page, address, 'A server with mistakes')
  await press('Run')
  await expect(output.first()).toHaveText('an event as it should be')
  for (const rule of ['charset', 'sse-field', 'sse-retry', 'utf-8', 'sse-incomplete'])
    await expect(findings.getByRole('link', { name: rule, exact: true })).toHaveCount(1)
  await code.fill("show('edited')")
  await press('Run again')
  await expect(output).toHaveText(['edited'])
  await press('Reset')
  await expect(code).toContainText('streamEvents')
})

test('the recorded response of a real server is read, and judged', async ({ page, address }) => {
  const { press, output, findings } = await open(page, address, 'A recorded response')
  await press('Run')
  await expect(output).toHaveText(['{"count":1}', '{"count":2}'])
  await expect(findings.first()).toBeVisible()
})

test('code that throws says so', async ({ page, address }) => {
  const { press, output, code } = await open(page, address, 'A chat')
  await code.fill('missing()')
  await press('Run')
  await expect(output).toHaveText(['ReferenceError: missing is not defined'])
  await code.fill("import { x } from 'elsewhere'")
  await press('Run again')
  await expect(output).toHaveText([/^Error: an example can import postsource, .* and not elsewhere$/])
})

test('the search finds a page by a word of its text', async ({ page, address }) => {
  await page.goto(`${address}/`)
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByRole('searchbox').fill('idempotency')
  await expect(page.locator('.VPLocalSearchBox .result').first()).toContainText('chat')
})

test('llms.txt lists the pages, each as Markdown', async ({ address }) => {
  const index = await (await fetch(`${address}/llms.txt`)).text()
  const pages = [...index.matchAll(/^- \[.+\]\((.+)\): .+$/gm)].map(([, path]) => path)
  expect(pages.length).toBeGreaterThan(50)
  for (const path of pages) expect(await (await fetch(address + path)).text()).toMatch(/^# /m)
  expect(await (await fetch(`${address}/llms-full.txt`)).text()).toContain('# Getting started')
})
