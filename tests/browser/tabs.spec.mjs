/** One connection for all tabs: what users of several tabs see, in pages of one browser. */

import { expect, test } from './fixtures.mjs'
import { serveTabs } from './tabs-server.mjs'

/** Opens tabs that read the stream. */
async function openTabs(context, server, count, start = 'read()') {
  const pages = await Promise.all(Array.from({ length: count }, () => context.newPage()))
  await Promise.all(
    pages.map(async page => {
      await page.goto(`${server.origin}/tab`)
      await page.waitForFunction('globalThis.ready')
      await page.evaluate(start)
    }),
  )
  return pages
}

const until = (pages, condition) => Promise.all(pages.map(page => page.evaluate(`until(() => ${condition})`)))

/** Every page has had the same ids, each once and in order, up to the last one sent. */
async function expectAll(pages, numbers) {
  await until(pages, `ids.at(-1) === ${numbers.sent}`)
  for (const page of pages) {
    const ids = await page.evaluate('ids')
    expect(ids).toEqual(ids.map((_, index) => ids[0] + index))
  }
}

const leaderOf = async pages => {
  for (const page of pages) if ((await page.evaluate('roles.at(-1)')) === 'leader') return page
}

test('eight tabs over HTTP/1.1 share one stream, while other requests are answered', async ({
  context,
  server,
}) => {
  const numbers = serveTabs(server)
  const pages = await openTabs(context, server, 8)
  await until(pages, "log.includes('open 200')")
  numbers.emit(3)
  await expectAll(pages, numbers)
  expect(numbers.requests).toHaveLength(1)
  const answer = await pages[7].evaluate("fetch('/dist/index.js').then(({ status }) => status)")
  expect(answer).toBe(200)
  expect((await Promise.all(pages.map(page => page.evaluate('roles.at(-1)')))).toSorted()).toEqual([
    ...Array(7).fill('follower'),
    'leader',
  ])
})

test('the leader is closed', async ({ context, server }) => {
  const numbers = serveTabs(server)
  const pages = await openTabs(context, server, 4)
  await until(pages, "log.includes('open 200')")
  numbers.tick(10)
  await until(pages, 'ids.length > 20')
  const leader = await leaderOf(pages)
  await leader.close()
  const others = pages.filter(page => page !== leader)
  await numbers.until(() => numbers.requests.length > 1)
  await until(others, 'ids.length > 100')
  numbers.stop()
  await expectAll(others, numbers)
  expect(numbers.most).toBeLessThanOrEqual(2)
})
