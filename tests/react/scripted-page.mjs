/** The page of scripted-scenes.jsx: what the tests that write the hooks' callbacks and answers do with it. */

import { serve } from '../interop/servers/serve.mjs'
import { poll, test } from './fixtures.mjs'

/** Readers by their options: two of the same subscription, and one of an event stream. */
export const a = { id: 'a' }
export const b = { id: 'b' }
export const source = { id: 'a', isSource: true }

let errors

/** Opens the page before each test of the file. */
export function serveScripted() {
  let server
  test.beforeAll(async ({ pages }) => {
    server = await serve((request, response) =>
      pages.serveFile(new URL(request.url, 'http://localhost').pathname, response),
    )
  })
  test.afterAll(() => server.close())
  test.beforeEach(async ({ page }) => {
    errors = []
    page.on('pageerror', error => errors.push(error.message))
    await page.goto(`${server.origin}/?scene=Scripted`)
    await page.waitForFunction('globalThis.ready', null, { polling: 20 })
  })
}

/** The messages of what nothing in the page has caught. */
export const crashes = () => errors
/** In the page. */
export const run = (page, script, given) => page.evaluate(script, given)
export const change = (page, more) => run(page, more => change(more), more)
export const shows = (page, id, value) =>
  poll(() => run(page, id => ({ ...shown[id] }), id)).toMatchObject(value)
export const open = (page, count) =>
  poll(() => run(page, () => requests.filter(({ isOpen }) => isOpen).length)).toBe(count)
export const asked = page => run(page, () => requests.length)
/** Time for what should not happen. */
export const settle = page => page.waitForTimeout(50)
export const send = (page, ...numbers) => run(page, numbers => requests[0].send(...numbers), numbers)
