/** The client in Chromium against real servers. */

import { readFile } from 'node:fs/promises'
import { expect, test } from '@playwright/test'
import { createScript, dialects, pathOf } from './scripted.mjs'
import { makeCertificate } from './servers/certificate.mjs'
import { startGraphqlSse } from './servers/graphql-sse.mjs'
import { startPostGraphile } from './servers/postgraphile.mjs'
import { serve } from './servers/serve.mjs'
import { startYoga } from './servers/yoga.mjs'

/** Defines `outcome(options, operation)` in the page: the results of an operation and how it ended. */
const page = `<!doctype html><script type="module">
import * as postsource from '/dist/graphql.js'
globalThis.postsource = postsource
globalThis.outcome = (options, operation) => new Promise(resolve => {
  const results = []
  postsource.createClient({ maxRetries: 0, ...options }).subscribe(operation, {
    next: result => results.push(result),
    error: error => resolve({ results, end: error.code ?? String(error) }),
    complete: () => resolve({ results, end: 'complete' }),
  })
})
</script>`

async function handlePage(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost')
  if (!pathname.startsWith('/dist/'))
    return response.writeHead(200, { 'content-type': 'text/html' }).end(page)
  const file = await readFile(new URL(`../..${pathname}`, import.meta.url))
  response.writeHead(200, { 'content-type': 'text/javascript' }).end(file)
}

const servers = {}

test.beforeAll(async () => {
  const certificate = makeCertificate()
  servers.page = await serve(handlePage)
  // a page of a secure origin, for the servers of HTTP/2
  servers.securePage = await serve(handlePage, { certificate })
  servers.script = await serve(createScript().handle)
  servers.sse = await startGraphqlSse()
  servers.sse2 = await startGraphqlSse({ certificate, handlePage })
  servers.yoga = await startYoga()
  servers.yoga2 = await startYoga({ certificate })
  servers.postgraphile = await startPostGraphile()
})

test.afterAll(async () => {
  for (const server of Object.values(servers)) await server.close()
})

async function openPage(page, { origin } = servers.page) {
  await page.goto(`${origin}/`)
  await page.waitForFunction('globalThis.outcome')
}

const outcome = (page, options, operation) =>
  page.evaluate(([options, operation]) => globalThis.outcome(options, operation), [options, operation])

const count = { query: 'subscription { counter(to: 20) }' }
const numbers = Array.from({ length: 20 }, (_, i) => ({ data: { counter: i + 1 } }))

for (const [name, server, options] of [
  ['graphql-sse, HTTP/1, distinct connections', 'sse', {}],
  ['graphql-sse, HTTP/1, single connection', 'sse', { singleConnection: true }],
  ['graphql-sse, HTTP/1, GET', 'sse', { method: 'GET' }],
  ['graphql-sse, HTTP/2, distinct connections', 'sse2', {}],
  ['graphql-sse, HTTP/2, single connection', 'sse2', { singleConnection: true }],
  ['yoga, HTTP/1', 'yoga', {}],
  ['yoga, HTTP/2', 'yoga2', {}],
]) {
  test(`${name}: a subscription`, async ({ page }) => {
    const { url } = servers[server]
    await openPage(page, url.startsWith('https') ? servers.securePage : servers.page)
    expect(await outcome(page, { url, ...options }, count)).toEqual({ results: numbers, end: 'complete' })
  })
}

test('yoga, graphql-sse plugin, single connection: a subscription', async ({ page }) => {
  await openPage(page)
  const options = { url: servers.yoga.singleConnectionUrl, singleConnection: true }
  expect(await outcome(page, options, count)).toEqual({ results: numbers, end: 'complete' })
})

for (const protocol of ['auto', 'multipart']) {
  test(`yoga, ${protocol}: @defer`, async ({ page }) => {
    await openPage(page)
    const operation = { query: '{ me { id ... @defer { bio } } }' }
    expect(await outcome(page, { url: servers.yoga.url, protocol }, operation)).toEqual({
      results: [
        { data: { me: { id: '1' } }, hasNext: true },
        { data: { me: { id: '1', bio: 'Ada writes programs.' } }, hasNext: false },
      ],
      end: 'complete',
    })
  })
}

for (const [name, address] of [
  ['grafserv, bare multipart', 'url'],
  ['graphql-sse handler', 'sseUrl'],
]) {
  test(`PostGraphile, ${name}: notes as they are inserted`, async ({ page }) => {
    await openPage(page)
    await page.evaluate(url => {
      globalThis.bodies = []
      globalThis.postsource.createClient({ url, maxRetries: 0 }).subscribe(
        { query: 'subscription { noteCreated { body } }' },
        {
          next: ({ data }) => globalThis.bodies.push(data.noteCreated.body),
          error: error => globalThis.bodies.push(`error ${error}`),
          complete: () => globalThis.bodies.push('complete'),
        },
      )
    }, servers.postgraphile[address])
    await expect(async () => {
      await servers.postgraphile.createNote('日本')
      expect(await page.evaluate(() => globalThis.bodies)).toContain('日本')
    }).toPass({ intervals: [50] })
    expect(new Set(await page.evaluate(() => globalThis.bodies))).toEqual(new Set(['日本']))
  })
}

test('what servers write, byte for byte', async ({ page }) => {
  await openPage(page)
  for (const dialect of dialects.filter(({ wundergraph }) => !wundergraph)) {
    const url = servers.script.origin + pathOf(dialect)
    const { results, end } = await outcome(page, { url }, { query: 'subscription { n }' })
    expect({ results, end }, dialect.name).toEqual({ results: dialect.results, end: dialect.end })
  }
})

test('graphql-sse, HTTP/2: 200 subscriptions share one TCP connection, and all receive their messages', async ({
  page,
}) => {
  const { url, api } = servers.sse2
  await openPage(page, servers.sse2)
  // one connection loaded the page; another may have been closed because of the unknown certificate
  const { connections } = servers.sse2
  await page.evaluate(url => {
    globalThis.received = new Map()
    const client = globalThis.postsource.createClient({ url, maxRetries: 0 })
    for (let i = 0; i < 200; i++) {
      client.subscribe(
        { query: `subscription { messages(topic: "${i}") }` },
        {
          next: ({ data }) => globalThis.received.set(i, data.messages),
          error: error => globalThis.received.set(i, String(error)),
          complete: () => globalThis.received.set(i, 'complete'),
        },
      )
    }
  }, url)
  await api.untilLive(200, 'messages')
  for (let i = 0; i < 200; i++) api.publish(String(i), `message ${i}`)
  await page.waitForFunction(() => globalThis.received.size === 200)
  const received = await page.evaluate(() => [...globalThis.received].sort(([a], [b]) => a - b))
  expect(received).toEqual(Array.from({ length: 200 }, (_, i) => [i, `message ${i}`]))
  expect(servers.sse2.open).toBe(1)
  expect(servers.sse2.connections).toBe(connections)
})
