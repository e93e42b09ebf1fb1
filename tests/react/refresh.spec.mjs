/** Fast Refresh of Vite's development server: components are edited while their streams are open. */

import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from '@playwright/test'
import { createServer } from 'vite'
import { serve } from '../interop/servers/serve.mjs'
import { startYoga } from '../interop/servers/yoga.mjs'
import { poll, settings, test, versions } from './fixtures.mjs'

const here = path => fileURLToPath(new URL(path, import.meta.url))

test('an edited component keeps its state, its data and its one stream', async ({ page, peers }) => {
  const folder = here(`../../build/react-tests/${peers}-refresh/`)
  await rm(folder, { recursive: true, force: true })
  await cp(here('refresh/'), folder, { recursive: true })
  /** Changes `from` and the heading in one write, and waits for the new heading. */
  const edit = async (heading, from = '', to = '') => {
    // the watcher of Vite overlooks a change within 50 ms of the last one
    await setTimeout(100)
    const text = await readFile(`${folder}chat.jsx`, 'utf8')
    expect(text).toContain(from)
    const changed = text.replace(from, to).replace(/<h1>.*<\/h1>/, `<h1>${heading}</h1>`)
    await writeFile(`${folder}chat.jsx`, changed)
    await expect(page.locator('h1')).toHaveText(heading)
  }

  const yoga = await startYoga()
  const ticking = new Set()
  const events = await serve((_, response) => {
    ticking.add(response)
    response.on('close', () => ticking.delete(response))
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`data: ${ticking.size}\n\n`)
  })
  const vite = await createServer({
    ...settings(peers),
    root: folder,
    cacheDir: `${folder}.vite`,
    server: {
      host: '127.0.0.1',
      port: 0,
      fs: { allow: [here('../..')] },
      watch: { ignored: '**/dist/**' }, // a build meanwhile would load the page anew
    },
  })
  try {
    await vite.listen()
    const search = new URLSearchParams({ graphql: yoga.url, events: events.origin })
    await page.goto(`http://127.0.0.1:${vite.httpServer.address().port}/?${search}`)
    await expect(page.locator('#status')).toHaveText('open')
    await expect(page.locator('#ticks')).toHaveText('1')
    expect(await page.evaluate(() => globalThis.reactVersion)).toMatch(versions[peers].react)
    const { started } = yoga.api
    const asked = events.requests.length
    yoga.api.publish('refresh', 'one')
    await expect(page.locator('#messages')).toHaveText('["one"]')
    await page.click('#count')
    await page.click('#count')

    await edit('second edition')
    await expect(page.locator('#count')).toHaveText('2')
    await expect(page.locator('#messages')).toHaveText('["one"]')
    yoga.api.publish('refresh', 'two')
    await expect(page.locator('#messages')).toHaveText('["one","two"]')
    await expect(page.locator('#ticks')).toHaveText('1')
    expect(yoga.api.live('messages')).toBe(1)
    expect(yoga.api.started).toBe(started)
    expect(events.requests.length).toBe(asked)

    // an edited fold goes on with what there is
    await edit('third edition', 'data.messages]', "data.messages + '!']")
    yoga.api.publish('refresh', 'three')
    await expect(page.locator('#messages')).toHaveText('["one","two","three!"]')

    // another operation is another stream
    await edit('fourth edition', 'topic: "refresh"', 'topic: "other"')
    await poll(() => yoga.api.started).toBe(started + 1)
    await poll(() => yoga.api.live('messages')).toBe(1)
    await expect(page.locator('#messages')).toHaveText('[]')
    await expect(page.locator('#count')).toHaveText('2')
  } finally {
    await vite.close()
    await events.close()
    await yoga.close()
  }
})
