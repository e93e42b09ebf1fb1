/**
 * When a source reconnects, from which id, and what ends it.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */

import { expect, onBoth, test } from './fixtures.mjs'
import { pause } from './server.mjs'

onBoth(() => {
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

  test('a lost connection reconnects', async ({ page, server }) => {
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

  test('the id is kept over a connection without ids', async ({ page, server }) => {
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
