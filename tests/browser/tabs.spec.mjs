/** One connection for all tabs, in every engine. Frames stand in for tabs: each has locks and channels of its own. */

import { expect, test } from './fixtures.mjs'
import { serveTabs } from './tabs-server.mjs'

const count = 8

/** Defines in the page: `tabs`, the windows of the frames, and `all(condition)`, which waits until it is true in each. */
const page = `<!doctype html><link rel="icon" href="data:,">${'<iframe src="/tab"></iframe>'.repeat(count)}<script>
globalThis.tabs = [...document.querySelectorAll('iframe')].map(frame => frame.contentWindow)
globalThis.all = condition => Promise.all(tabs.map(tab => tab.until(() => condition(tab))))
globalThis.close = tab => {
  tabs.splice(tabs.indexOf(tab), 1)
  tab.frameElement.remove()
}
onload = () => { globalThis.ready = true }
</script>`

async function openFrames(browserPage, server) {
  const numbers = serveTabs(server)
  server.page('/frames', page)
  await browserPage.goto(`${server.origin}/frames`)
  await browserPage.waitForFunction('globalThis.ready && tabs.every(tab => tab.ready)')
  await browserPage.evaluate(() =>
    globalThis.all(({ roles, source }) => roles.length > 0 && source.readyState === 1),
  )
  return numbers
}

/** Every frame has had the same events up to this one, each once and in order. */
async function expectAll(browserPage, last) {
  await browserPage.evaluate(last => globalThis.all(({ ids }) => ids.at(-1) === last), last)
  const ids = await browserPage.evaluate(() => globalThis.tabs.map(({ ids }) => [...ids]))
  for (const own of ids) expect(own).toEqual(Array.from({ length: last }, (_, index) => index + 1))
}

test('eight tabs over HTTP/1.1 have one stream, and other requests are answered', async ({
  page,
  server,
}) => {
  const numbers = await openFrames(page, server)
  numbers.emit(3)
  await expectAll(page, 3)
  expect(numbers.requests).toHaveLength(1)
  expect(await page.evaluate(() => fetch('/dist/index.js').then(({ status }) => status))).toBe(200)
  const roles = await page.evaluate(() => globalThis.tabs.map(({ roles }) => roles.at(-1)))
  expect(roles.filter(role => role === 'leader')).toHaveLength(1)
  expect(roles.filter(role => role === 'follower')).toHaveLength(count - 1)
})

test('a tab takes over from the leader', async ({ page, server }) => {
  const numbers = await openFrames(page, server)
  numbers.emit(2)
  await expectAll(page, 2)
  await page.evaluate(() => globalThis.close(globalThis.tabs.find(({ roles }) => roles.at(-1) === 'leader')))
  await numbers.until(() => numbers.requests.length === 2)
  numbers.emit(2)
  await expectAll(page, 4)
  expect(numbers.requests[1].id).toBe('2')
})
