/**
 * From bytes to events.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */

import { expect, onBoth, test } from './fixtures.mjs'
import { eventStream } from './server.mjs'

onBoth(() => {
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
})
