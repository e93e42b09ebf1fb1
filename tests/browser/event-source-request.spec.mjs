/**
 * The request, which responses are accepted, and the effect of the origin.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */

import { expect, onBoth, test } from './fixtures.mjs'
import { eventStream } from './server.mjs'

onBoth(({ ours }) => {
  test('the request accepts an event stream and bypasses caches', async ({ page, server }) => {
    server.on('/events', exchange => exchange.stream('data: a\n\n'))
    await page.evaluate(async () => {
      const source = new EventSource('/events')
      await watch(source).messages(1)
      source.close()
    })
    const [{ method, headers }] = server.requestsTo('/events')
    expect(method).toBe('GET')
    expect(headers.accept).toBe('text/event-stream')
    // [fetch] the headers that the cache mode no-store adds
    expect(headers['cache-control']).toBe('no-cache')
    expect(headers).not.toHaveProperty('last-event-id')
  })

  for (let [type, accepted] of [
    ['text/event-stream', true],
    ['text/event-stream; charset=utf-8', true],
    ['Text/Event-Stream; charset=x', true],
    ['text/event-stream;', true],
    ['text/event-streaming', false],
    ['text/event', false],
    ['application/json', false],
    ['', false],
  ]) {
    // Chromium violates the standard: it refuses any charset but UTF-8
    if (!ours && type.endsWith('charset=x')) accepted = false
    test(`content type "${type}" is ${accepted ? 'accepted' : 'refused for good'}`, async ({
      page,
      server,
    }) => {
      server.on('/events', async exchange => {
        exchange.head(200, { 'content-type': type })
        await exchange.write('retry: 10\n\ndata: a\n\n')
        if (type === '') exchange.end() // Chromium guesses the type from the first bytes, and waits for them
      })
      const log = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const { until } = watch(source)
        const log = await until(log => log.some(({ type }) => type !== 'open'))
        await new Promise(resolve => setTimeout(resolve, 60))
        source.close()
        return log.map(({ type, readyState }) => ({ type, readyState }))
      })
      const refused = [{ type: 'error', readyState: 2 }]
      expect(log).toEqual(accepted ? [{ type: 'open', readyState: 1 }, { type: 'message' }] : refused)
      expect(server.requestsTo('/events')).toHaveLength(1)
    })
  }

  test('a response without a content type is refused for good', async ({ page, server }) => {
    server.on('/events', async exchange => {
      await exchange.head(200).write('retry: 10\n\ndata: a\n\n')
      exchange.end()
    })
    const log = await page.evaluate(async () => {
      const log = await watch(new EventSource('/events')).errors(1)
      await new Promise(resolve => setTimeout(resolve, 60))
      return log.map(({ type, readyState }) => ({ type, readyState }))
    })
    expect(log).toEqual([{ type: 'error', readyState: 2 }])
    expect(server.requestsTo('/events')).toHaveLength(1)
  })

  for (const status of [201, 204, 205, 400, 401, 404, 500, 503]) {
    test(`status ${status} closes for good`, async ({ page, server }) => {
      server.on('/events', exchange => exchange.head(status, eventStream).end())
      const log = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const log = await watch(source).errors(1)
        await new Promise(resolve => setTimeout(resolve, 60))
        return log.map(({ type, readyState }) => ({ type, readyState }))
      })
      expect(log).toEqual([{ type: 'error', readyState: 2 }])
      expect(server.requestsTo('/events')).toHaveLength(1)
    })
  }

  for (const status of [301, 302, 303, 307, 308]) {
    test(`redirect ${status} is followed, also to another origin`, async ({ page, server }) => {
      server.on('/events', exchange =>
        exchange.head(status, { location: `${server.otherOrigin}/moved` }).end(),
      )
      server.on('/moved', async exchange => {
        exchange.head(200, { ...eventStream, 'access-control-allow-origin': '*' })
        await exchange.write('data: a\n\n')
      })
      const found = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const { log, messages } = watch(source)
        await messages(1)
        source.close()
        return { url: source.url, origin: log.find(entry => 'data' in entry).origin }
      })
      expect(found).toEqual({ url: `${server.origin}/events`, origin: server.otherOrigin })
    })
  }

  test('a redirect to an origin that does not allow it fires error', async ({ page, server }) => {
    server.on('/events', exchange => exchange.head(302, { location: `${server.otherOrigin}/moved` }).end())
    server.on('/moved', async exchange => exchange.head(200, eventStream).write('data: a\n\n'))
    const log = await page.evaluate(async () => {
      const source = new EventSource('/events')
      const log = await watch(source).errors(1)
      source.close()
      return log.map(({ type, readyState }) => ({ type, readyState }))
    })
    expect(log).toEqual([{ type: 'error', readyState: ours ? 0 : 2 }])
  })

  test('another origin that allows it is read', async ({ page, server }) => {
    server.on('/events', async exchange => {
      exchange.head(200, { ...eventStream, 'access-control-allow-origin': server.origin })
      await exchange.write('data: a\n\n')
    })
    const log = await page.evaluate(async url => {
      const source = new EventSource(url)
      const { log, messages } = watch(source)
      await messages(1)
      source.close()
      return log.filter(entry => 'data' in entry).map(({ data, origin }) => ({ data, origin }))
    }, `${server.otherOrigin}/events`)
    expect(log).toEqual([{ data: 'a', origin: server.otherOrigin }])
    const [{ method, headers }] = server.requestsTo('/events')
    expect(method).toBe('GET') // no preflight
    expect(headers.origin).toBe(server.origin)
  })

  test('another origin that does not allow it fires error', async ({ page, server }) => {
    server.on('/events', async exchange => {
      exchange.head(200, eventStream)
      await exchange.write('data: a\n\n')
    })
    const log = await page.evaluate(async url => {
      const source = new EventSource(url)
      const log = await watch(source).errors(1)
      source.close()
      return log.map(({ type, readyState }) => ({ type, readyState }))
    }, `${server.otherOrigin}/events`)
    // fetch cannot tell a refusal from a network error, after which the standard connects again; Chromium knows
    expect(log).toEqual([{ type: 'error', readyState: ours ? 0 : 2 }])
  })

  for (const withCredentials of [false, true]) {
    test(`cookies ${withCredentials ? 'are' : 'are not'} sent to another origin with withCredentials ${withCredentials}`, async ({
      page,
      server,
      context,
    }) => {
      await context.addCookies([{ name: 'session', value: '1', url: server.otherOrigin }])
      server.on('/events', async exchange => {
        const cors = {
          'access-control-allow-origin': server.origin,
          'access-control-allow-credentials': 'true',
        }
        exchange.head(200, { ...eventStream, ...cors })
        await exchange.write(`data: ${exchange.headers.cookie ?? 'none'}\n\n`)
      })
      const messages = await page.evaluate(
        async ({ url, withCredentials }) => {
          const source = new EventSource(url, { withCredentials })
          const messages = await watch(source).messages(1)
          source.close()
          return messages
        },
        // another port is another origin, but the same site: only the mode decides
        { url: `${server.otherOrigin}/events`, withCredentials },
      )
      expect(messages).toEqual([withCredentials ? 'session=1' : 'none'])
    })
  }

  test('cookies are sent to the own origin', async ({ page, server, context }) => {
    await context.addCookies([{ name: 'session', value: '1', url: server.origin }])
    server.on('/events', exchange => exchange.stream(`data: ${exchange.headers.cookie ?? 'none'}\n\n`))
    const messages = await page.evaluate(async () => {
      const source = new EventSource('/events')
      const messages = await watch(source).messages(1)
      source.close()
      return messages
    })
    expect(messages).toEqual(['session=1'])
  })
})
