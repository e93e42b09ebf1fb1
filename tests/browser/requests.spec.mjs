/** Redirects and forbidden requests: the browser's EventSource and ours. */

import { expect, open, test } from './fixtures.mjs'

for (const implementation of ['native', 'postsource']) {
  test.describe(implementation, () => {
    test.beforeEach(({ page, server }) => open(page, server, implementation))

    for (const status of [301, 302, 307, 308]) {
      test(`after a ${status} it reconnects to the target of the redirect`, async ({ page, server }) => {
        server.on('/new', exchange => exchange.head(status, { location: '/channel' }).end())
        server.on('/channel', async exchange => {
          await exchange.stream(`retry: 10\ndata: ${exchange.number}\n\n`)
          if (exchange.number === 1) exchange.end()
        })
        const messages = await page.evaluate(async () => {
          const source = new EventSource('/new')
          const messages = await watch(source).messages(2)
          source.close()
          return [...messages, new URL(source.url).pathname]
        })
        expect(messages).toEqual(['1', '2', '/new'])
        expect(server.requestsTo('/new')).toHaveLength(1)
      })
    }

    for (const url of ['ftp://h/', 'ws://h/', 'javascript:1', 'mailto:a@b', 'about:blank']) {
      test(`${url} is one error, and closed`, async ({ page }) => {
        const log = await page.evaluate(url => watch(new EventSource(url)).errors(1), url)
        expect(log).toEqual([expect.objectContaining({ type: 'error', readyState: 2 })])
      })
    }

    test('what the content security policy forbids is one error, and closed', async ({ page, server }) => {
      const html = await (await page.request.get(`${server.origin}/${implementation}`)).text()
      server.page('/restricted', html, { 'content-security-policy': "connect-src 'self'" })
      server.on('/events', exchange => exchange.stream('data: a\n\n'))
      await page.goto(`${server.origin}/restricted`)
      await page.waitForFunction('globalThis.ready')
      const forbidden = `${server.otherOrigin}/events#fragment`
      const [log, allowed] = await page.evaluate(async forbidden => {
        const log = await watch(new EventSource(forbidden)).errors(1)
        const source = new EventSource('/events')
        const allowed = await watch(source).messages(1)
        source.close()
        return [log, allowed]
      }, forbidden)
      expect(log).toEqual([expect.objectContaining({ type: 'error', readyState: 2 })])
      if (implementation === 'postsource') expect(log[0].code).toBe('invalid-request')
      expect(allowed).toEqual(['a'])
      expect(server.requestsTo('/events')).toHaveLength(1)
    })
  })
}

test('a response that CORS forbids is a network error that names CORS', async ({ page, server }) => {
  await open(page, server, 'postsource')
  server.on('/forbidden', exchange => exchange.stream('data: a\n\n'))
  const errors = await page.evaluate(
    urls =>
      Promise.all(
        urls.map(
          url =>
            new Promise(resolve => {
              const source = new EventSource(url)
              source.onerror = ({ error }) => {
                source.close()
                resolve([error.code, error.message])
              }
            }),
        ),
      ),
    [`${server.otherOrigin}/forbidden`, 'http://127.0.0.1:9/'],
  )
  for (const [code, message] of errors) {
    expect(code).toBe('network')
    expect(message).toContain(`CORS headers do not allow ${server.origin}`)
  }
})
