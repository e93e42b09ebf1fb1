/** The adapters in their libraries, with the libraries' own hooks in strict mode, on a page built by Vite, against the demo's GraphQL server. */

import { expect } from '@playwright/test'
import { poll, test, versions } from './fixtures.mjs'
import { startDemoServer } from './server.mjs'

let server
test.beforeEach(async ({ pages }) => {
  server = await startDemoServer(pages.serveFile)
})
test.afterEach(() => server.close())

const show = (page, library, scene, more = {}) =>
  page.goto(`${server.origin}/?${new URLSearchParams({ library, scene, ...more })}`)
/** Waits until the page has shown a value, and returns all that it has shown. */
async function seen(page, value) {
  const all = async () => (await page.evaluate(() => globalThis.seen ?? [])).map(text => JSON.parse(text))
  await poll(all).toContainEqual(value)
  return all()
}
const open = count => poll(() => server.open).toBe(count)
const message = text => ({ chat: expect.objectContaining({ text }) })

test('the page has the libraries of its project', async ({ page, peers }) => {
  await show(page, 'apollo', 'Chat')
  await open(1)
  expect(await page.evaluate(() => globalThis.reactVersion)).toMatch(versions[peers].react)
  expect(await page.evaluate(() => globalThis.apolloVersion)).toMatch(versions[peers].apollo)
})

for (const library of ['apollo', 'urql', 'relay']) {
  test.describe(library, () => {
    test('results arrive; new variables restart the stream; unmounting ends it on the server', async ({
      page,
    }) => {
      await show(page, library, 'Chat')
      await open(1)
      await server.post('one', 'the first')
      await seen(page, message('the first'))
      await server.post('one', 'the second')
      await seen(page, message('the second'))
      const { started } = server
      await page.click('#room')
      // urql shows the last result until there is another
      if (library !== 'urql') await expect(page.locator('#shown')).toHaveText('{}')
      await poll(() => server.started).toBeGreaterThan(started)
      await open(1)
      await server.post('one', 'of the old room')
      await server.post('two', 'of the new room')
      const all = await seen(page, message('of the new room'))
      expect(JSON.stringify(all)).not.toContain('old room')
      expect(server.open).toBe(1)
      await page.click('#toggle')
      await open(0)
    })

    test('a GraphQL error after two results, and as the first result', async ({ page }) => {
      await show(page, library, 'Fails')
      const all = await seen(page, { graphql: ['failed on purpose'] })
      expect(all).toContainEqual({ failing: 1 })
      expect(all).toContainEqual({ failing: 2 })
      await open(0)
      await show(page, library, 'Refused')
      await seen(page, { graphql: ['Cannot query field "nothing" on type "Subscription".'] })
    })

    test('a refused request is the network error that the library expects', async ({ page }) => {
      await show(page, library, 'Fails', { url: '/nowhere' })
      const name = library === 'apollo' ? 'ServerError' : 'StreamError'
      await seen(page, { graphql: [], network: { name, code: 'http-status' } })
    })

    test('a query with @defer: first without the deferred fragment, then whole', async ({ page }) => {
      await show(page, library, 'Report')
      const title = 'The state of the streams'
      const all = await seen(page, {
        report: expect.objectContaining({ title, summary: 'They flow.' }),
      })
      const parts = all.filter(({ report }) => report).map(({ report }) => 'summary' in report)
      expect(parts[0]).toBe(false)
      expect(parts.at(-1)).toBe(true)
    })
  })
}
