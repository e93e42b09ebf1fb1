/**
 * The standard's EventSource, tested twice: the browser's own, and ours in its place. Where a browser is known to
 * differ from the standard, the test says how.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */

import { expect, open, test } from './fixtures.mjs'
import { eventStream, pause } from './server.mjs'

for (const implementation of ['native', 'postsource']) {
  const ours = implementation === 'postsource'

  test.describe(implementation, () => {
    test.beforeEach(({ page, server }) => open(page, server, implementation))

    test('constants stand on the class and on its instances', async ({ page, server }) => {
      server.on('/events', exchange => exchange.stream())
      const found = await page.evaluate(() => {
        const source = new EventSource('/events')
        const constants = holder => [holder.CONNECTING, holder.OPEN, holder.CLOSED]
        source.close()
        return {
          all: [constants(EventSource), constants(EventSource.prototype), constants(source)],
          writable: Object.getOwnPropertyDescriptor(EventSource, 'OPEN').writable,
          name: EventSource.name,
          isTarget: source instanceof EventTarget,
        }
      })
      expect(found).toEqual({
        all: Array(3).fill([0, 1, 2]),
        writable: false,
        name: 'EventSource',
        isTarget: true,
      })
    })

    test('the address is resolved against the document', async ({ page, server }) => {
      server.on('/events', exchange => exchange.stream())
      const urls = await page.evaluate(() => {
        const sources = ['/events', 'events?a=ü#x', new URL('/events', location.href)].map(
          url => new EventSource(url),
        )
        for (const source of sources) source.close()
        return sources.map(source => source.url)
      })
      expect(urls).toEqual([
        `${server.origin}/events`,
        `${server.origin}/events?a=%C3%BC#x`,
        `${server.origin}/events`,
      ])
    })

    test('an address that does not parse throws a SyntaxError', async ({ page }) => {
      const error = await page.evaluate(() => {
        try {
          new EventSource('http://:80:')
        } catch (error) {
          return { name: error.name, isDomException: error instanceof DOMException }
        }
      })
      expect(error).toEqual({ name: 'SyntaxError', isDomException: true })
    })

    test('withCredentials is what was asked for', async ({ page, server }) => {
      server.on('/events', exchange => exchange.stream())
      const found = await page.evaluate(() =>
        [undefined, {}, { withCredentials: true }].map(init => {
          const source = new EventSource('/events', init)
          source.close()
          return source.withCredentials
        }),
      )
      expect(found).toEqual([false, false, true])
    })

    test('it is CONNECTING, then OPEN when the head is there, then CLOSED', async ({ page, server }) => {
      server.on('/events', exchange => exchange.stream())
      const states = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const states = [source.readyState]
        await watch(source).until(log => log.length === 1)
        states.push(source.readyState)
        source.close()
        return [...states, source.readyState]
      })
      expect(states).toEqual([0, 1, 2])
    })

    test('an event is a MessageEvent with everything the standard gives it', async ({ page, server }) => {
      server.on('/events', exchange => exchange.stream('id: 7\ndata: a\n\n'))
      const found = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const event = await new Promise(resolve => {
          source.onmessage = event => resolve(event)
        })
        source.close()
        const { type, data, lastEventId, origin, bubbles, cancelable, ports } = event
        const isOurs = event.target === source && event instanceof MessageEvent
        return {
          type,
          data,
          lastEventId,
          origin,
          bubbles,
          cancelable,
          ports: ports.length,
          isOurs,
          source: event.source,
        }
      })
      expect(found).toEqual({
        type: 'message',
        data: 'a',
        lastEventId: '7',
        origin: server.origin,
        bubbles: false,
        cancelable: false,
        ports: 0,
        isOurs: true,
        source: null,
      })
    })

    test('named events go to their listeners, unnamed ones to message', async ({ page, server }) => {
      server.on('/events', exchange =>
        exchange.stream(
          'event: update\ndata: 1\n\ndata: 2\n\nevent: message\ndata: 3\n\nevent: other\ndata: 4\n\ndata: 5\n\n',
        ),
      )
      const log = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const seen = watch(source, 'update')
        await seen.messages(4)
        source.close()
        return seen.log.filter(entry => 'data' in entry).map(({ type, data }) => `${type} ${data}`)
      })
      expect(log).toEqual(['update 1', 'message 2', 'message 3', 'message 5'])
    })

    test('an event that the server names error is a MessageEvent', async ({ page, server }) => {
      server.on('/events', exchange => exchange.stream('event: error\ndata: a\n\n'))
      const found = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const event = await new Promise(resolve => {
          source.onerror = resolve
        })
        source.close()
        return { isMessage: event instanceof MessageEvent, data: event.data, readyState: source.readyState }
      })
      expect(found).toEqual({ isMessage: true, data: 'a', readyState: 2 })
    })

    test('chunks may end anywhere', async ({ page, server }) => {
      const bytes = Buffer.from('\ufeffid: é\ndata: 日本\r\ndata: 😀\r\n\r\ndata: b\n\n')
      server.on('/events', async exchange => {
        exchange.head(200, eventStream)
        for (const byte of bytes) await exchange.write(Buffer.from([byte]))
      })
      const messages = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const messages = await watch(source).messages(2)
        source.close()
        return messages
      })
      expect(messages).toEqual(['日本\n😀', 'b'])
    })

    test('an incomplete last event is dropped', async ({ page, server }) => {
      server.on('/events', async exchange => {
        if (exchange.number > 1) return exchange.stream('data: c\n\n')
        await exchange.stream('retry: 20\n\ndata: a\n\ndata: b\n')
        exchange.end()
      })
      const messages = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const messages = await watch(source).messages(2)
        source.close()
        return messages
      })
      expect(messages).toEqual(['a', 'c'])
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
      // Chromium also looks at the charset, against the standard, and refuses any but UTF-8
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

    test('the request asks for an event stream that no cache holds', async ({ page, server }) => {
      server.on('/events', exchange => exchange.stream('data: a\n\n'))
      await page.evaluate(async () => {
        const source = new EventSource('/events')
        await watch(source).messages(1)
        source.close()
      })
      const [{ method, headers }] = server.requestsTo('/events')
      expect(method).toBe('GET')
      expect(headers.accept).toBe('text/event-stream')
      // [fetch] what the cache mode no-store makes of a request without the header
      expect(headers['cache-control']).toBe('no-cache')
      expect(headers).not.toHaveProperty('last-event-id')
    })

    test('the end of the stream reconnects after the reconnection time, with the last event id', async ({
      page,
      server,
    }) => {
      server.on('/events', async exchange => {
        if (exchange.number > 1) return exchange.stream('data: second\n\n')
        await exchange.stream('retry: 150\nid: ü-7\ndata: first\n\n')
        exchange.end()
      })
      const log = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const { log, messages } = watch(source)
        await messages(2)
        source.close()
        return log.map(({ type, readyState, data, lastEventId }) => [type, readyState ?? data, lastEventId])
      })
      expect(log).toEqual([
        ['open', 1, undefined],
        ['message', 'first', 'ü-7'],
        ['error', 0, undefined],
        ['open', 1, undefined],
        ['message', 'second', 'ü-7'],
      ])
      const [first, second] = server.requestsTo('/events')
      expect(Buffer.from(second.headers['last-event-id'], 'latin1').toString()).toBe('ü-7')
      expect(second.at - first.at).toBeGreaterThan(140)
      expect(second.at - first.at).toBeLessThan(1500)
    })

    test('a connection that breaks off reconnects', async ({ page, server }) => {
      server.on('/events', async exchange => {
        if (exchange.number > 1) return exchange.stream('data: b\n\n')
        await exchange.stream('retry: 20\n\ndata: a\n\n')
        exchange.reset()
      })
      const messages = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const messages = await watch(source).messages(2)
        source.close()
        return messages
      })
      expect(messages).toEqual(['a', 'b'])
    })

    test('204 on a reconnection ends it', async ({ page, server }) => {
      server.on('/events', async exchange => {
        if (exchange.number > 1) return exchange.head(204).end()
        await exchange.stream('retry: 20\ndata: a\n\n')
        exchange.end()
      })
      const states = await page.evaluate(async () => {
        const log = await watch(new EventSource('/events')).errors(2)
        await new Promise(resolve => setTimeout(resolve, 100))
        return log.filter(({ type }) => type === 'error').map(({ readyState }) => readyState)
      })
      expect(states).toEqual([0, 2])
      expect(server.requestsTo('/events')).toHaveLength(2)
    })

    test('the id of a block without data is sent, an empty one clears it', async ({ page, server }) => {
      server.on('/events', async exchange => {
        const chunks = ['retry: 20\nid: 1\n\n', 'data: a\n\nid\n\n', 'data: b\n\n'][exchange.number - 1]
        await exchange.stream(chunks)
        if (exchange.number < 3) exchange.end()
      })
      await page.evaluate(async () => {
        const source = new EventSource('/events')
        await watch(source).messages(2)
        source.close()
      })
      const ids = server.requestsTo('/events').map(({ headers }) => headers['last-event-id'])
      expect(ids).toEqual([undefined, '1', undefined])
    })

    test('the id outlives a connection that brings none', async ({ page, server }) => {
      server.on('/events', async exchange => {
        await exchange.stream(exchange.number === 1 ? 'retry: 20\nid: 1\ndata: a\n\n' : 'data: b\n\n')
        if (exchange.number < 3) exchange.end()
      })
      await page.evaluate(async () => {
        const source = new EventSource('/events')
        await watch(source).messages(3)
        source.close()
      })
      const ids = server.requestsTo('/events').map(({ headers }) => headers['last-event-id'])
      expect(ids).toEqual([undefined, '1', '1'])
    })

    test('the id of an incomplete block is not sent', async ({ page, server }) => {
      server.on('/events', async exchange => {
        await exchange.stream(exchange.number === 1 ? 'retry: 20\nid: 1\ndata: a\n\nid: 2\n' : 'data: b\n\n')
        if (exchange.number === 1) exchange.end()
      })
      await page.evaluate(async () => {
        const source = new EventSource('/events')
        await watch(source).messages(2)
        source.close()
      })
      expect(server.requestsTo('/events')[1].headers['last-event-id']).toBe('1')
    })

    test('nothing is dispatched after close() in a handler, between two events of one chunk', async ({
      page,
      server,
    }) => {
      let gone
      server.on('/events', async exchange => {
        gone = exchange.closed
        await exchange.stream('data: a\n\ndata: b\n\ndata: c\n\n')
      })
      const log = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const log = []
        source.onerror = () => log.push('error')
        await new Promise(closed => {
          source.onmessage = ({ data }) => {
            log.push(data)
            if (data === 'b') closed(source.close())
          }
        })
        await new Promise(resolve => setTimeout(resolve, 200))
        return [...log, source.readyState]
      })
      expect(log).toEqual(['a', 'b', 2])
      await gone
    })

    test('close() in the open handler ends it', async ({ page, server }) => {
      server.on('/events', exchange => exchange.stream('data: a\n\n'))
      const log = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const { log } = watch(source)
        await new Promise(closed => {
          source.addEventListener('open', () => closed(source.close()))
        })
        await new Promise(resolve => setTimeout(resolve, 150))
        return log.map(({ type }) => type)
      })
      expect(log).toEqual(['open'])
    })

    test('close() right after the constructor ends it', async ({ page, server }) => {
      server.on('/events', exchange => exchange.stream('data: a\n\n'))
      const log = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const { log } = watch(source)
        source.close()
        source.close()
        await new Promise(resolve => setTimeout(resolve, 150))
        return [...log, source.readyState]
      })
      expect(log).toEqual([2])
    })

    test('close() during the wait ends it', async ({ page, server }) => {
      server.on('/events', async exchange => {
        await exchange.stream('retry: 100\n\ndata: a\n\n')
        exchange.end()
      })
      const log = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const { log, errors } = watch(source)
        await errors(1)
        source.close()
        await new Promise(resolve => setTimeout(resolve, 300))
        return log.map(({ type }) => type)
      })
      expect(log).toEqual(['open', 'message', 'error'])
      expect(server.requestsTo('/events')).toHaveLength(1)
    })

    test('close() in the error handler ends it', async ({ page, server }) => {
      server.on('/events', async exchange => {
        await exchange.stream('retry: 30\n\n')
        exchange.end()
      })
      await page.evaluate(async () => {
        const source = new EventSource('/events')
        await new Promise(resolve => {
          source.onerror = () => resolve(source.close())
        })
        await new Promise(resolve => setTimeout(resolve, 200))
      })
      expect(server.requestsTo('/events')).toHaveLength(1)
    })

    test('handler attributes hold one function or null, in the place where they were set', async ({
      page,
      server,
    }) => {
      server.on('/events', exchange => exchange.stream('data: a\n\n'))
      const found = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const order = []
        const initial = [source.onopen, source.onmessage, source.onerror]
        source.onmessage = () => order.push('replaced')
        source.addEventListener('message', () => order.push('listener'))
        const handler = () => order.push('handler')
        source.onmessage = handler
        const isHandler = source.onmessage === handler
        source.onopen = () => order.push('open')
        source.onopen = null
        source.onerror = 'no function'
        await watch(source).messages(1)
        source.close()
        return { initial, isHandler, order, onerror: source.onerror }
      })
      expect(found).toEqual({
        initial: [null, null, null],
        isHandler: true,
        order: ['handler', 'listener'],
        onerror: null,
      })
    })

    test('what a handler awaits comes before the next event', async ({ page, server }) => {
      server.on('/events', exchange => exchange.stream('data: 1\n\ndata: 2\n\ndata: 3\n\n'))
      const order = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const order = []
        source.onmessage = async ({ data }) => {
          order.push(`${data} begins`)
          await undefined
          order.push(`${data} goes on`)
        }
        await watch(source).messages(3)
        await new Promise(resolve => setTimeout(resolve, 20))
        source.close()
        return order
      })
      expect(order).toEqual([1, 2, 3].flatMap(n => [`${n} begins`, `${n} goes on`]))
    })

    test('a handler that throws does not stop the stream', async ({ page, server }) => {
      server.on('/events', exchange => exchange.stream('data: 1\n\ndata: 2\n\n'))
      const found = await page.evaluate(async () => {
        const reported = []
        window.addEventListener('error', event => {
          reported.push(event.error.message)
          event.preventDefault()
        })
        const source = new EventSource('/events')
        source.onmessage = ({ data }) => {
          throw new Error(`at ${data}`)
        }
        const messages = await watch(source).messages(2)
        source.close()
        return { messages, reported }
      })
      expect(found).toEqual({ messages: ['1', '2'], reported: ['at 1', 'at 2'] })
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

    test('a large event and a thousand small ones arrive whole and in order', async ({ page, server }) => {
      server.on('/events', async exchange => {
        const small = Array.from({ length: 1000 }, (_, i) => `id: ${i}\ndata: ${i}\n\n`).join('')
        await exchange.stream(`data: ${'x'.repeat(1 << 20)}\n\n`, small)
      })
      const found = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const messages = await watch(source).messages(1001)
        source.close()
        return { first: messages[0].length, rest: messages.slice(1).every((data, i) => data === String(i)) }
      })
      expect(found).toEqual({ first: 1 << 20, rest: true })
    })

    test('leaving the page ends the connection', async ({ page, server }) => {
      let gone
      server.on('/events', async exchange => {
        gone = exchange.closed
        await exchange.stream('data: a\n\n')
      })
      await page.evaluate(() =>
        watch(new EventSource('/events'))
          .messages(1)
          .then(() => {}),
      )
      await page.goto('about:blank')
      await Promise.race([gone, pause(3000).then(() => Promise.reject(new Error('still connected')))])
    })
  })
}
