/** Chromium with a page of an origin of its own, which asks the servers as a user's page would: with preflights and cookies. */

import { readFile } from 'node:fs/promises'
import { chromium as playwright } from '@playwright/test'
import { chromium } from '../../../tools/setup.mjs'
import { serve } from '../servers/serve.mjs'

const root = new URL('../../../', import.meta.url)

async function handlePage({ url }, response) {
  const { pathname } = new URL(url, 'http://localhost')
  const isPage = !pathname.startsWith('/dist/')
  const body = isPage ? '<!doctype html>' : await readFile(new URL(`.${pathname}`, root))
  response.writeHead(200, { 'content-type': isPage ? 'text/html' : 'text/javascript' }).end(body)
}

/** Runs in the page: the results of each of the queries, which are sent at once; `most` of them if that is given. */
async function subscribeAll({ url, options, queries, most, request }) {
  const { createClient } = await import('/dist/graphql.js')
  const client = createClient({ url, maxRetries: 0, ...request, ...options })
  const read = async query => {
    const results = []
    for await (const { data } of client.iterate({ query })) {
      results.push(data)
      if (results.length === most) break
    }
    return results
  }
  return Promise.all(queries.map(read))
}

/** Runs in the page: the events of a stream, `most` of them if that is given. */
async function readStream({ url, json, last, most, request }) {
  const { streamEvents } = await import('/dist/index.js')
  const events = []
  for await (const { data } of streamEvents(url, { json, until: last, ...request })) {
    events.push(JSON.parse(data))
    if (events.length === most) break
  }
  return events
}

/**
 * Starts Chromium. `subscribe(row, query)`, `subscribeAll(row, queries, most, whileOpen)` and `read(row, { json, most })` resolve
 * with what came; all send a header that needs a permission, and credentials unless the row says `credentials: 'omit'`.
 * `whileOpen` is called when all has come, before the page is closed.
 */
export async function startBrowser() {
  const server = await serve(handlePage)
  const browser = await playwright.launch({ executablePath: chromium(), args: ['--no-sandbox'] })
  const run = async (program, row, more, whileOpen) => {
    const page = await browser.newPage({ ignoreHTTPSErrors: true })
    try {
      await page.goto(server.origin)
      const request = {
        credentials: row.credentials ?? 'include',
        headers: { authorization: row.authorization ?? 'Bearer token' },
      }
      const results = await page.evaluate(program, { url: row.url, options: row.options, request, ...more })
      await whileOpen?.()
      return results
    } finally {
      await page.close()
    }
  }
  return {
    version: browser.version(),
    subscribe: async (row, query) => (await run(subscribeAll, row, { queries: [query] }))[0],
    subscribeAll: (row, queries, most, whileOpen) => run(subscribeAll, row, { queries, most }, whileOpen),
    read: (row, wanted) => run(readStream, row, { ...wanted, last: row.last ?? '[DONE]' }),
    async close() {
      await browser.close()
      await server.close()
    },
  }
}
