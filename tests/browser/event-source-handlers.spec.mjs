/**
 * Handlers and listeners: which are called, and when the next event follows.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */

import { expect, onBoth, test } from './fixtures.mjs'

onBoth(() => {
  test('a microtask that a handler queues runs before the next event', async ({ page, server }) => {
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

  test('every way to add a listener works', async ({ page, server }) => {
    server.on('/events', exchange => exchange.stream('event: update\ndata: a\n\ndata: end\n\n'))
    const seen = await page.evaluate(async () => {
      const source = new EventSource('/events')
      const seen = []
      const { addEventListener, removeEventListener } = EventTarget.prototype
      source.addEventListener('update', () => seen.push('method'))
      addEventListener.call(source, 'update', () => seen.push('method of EventTarget'))
      source.addEventListener('update', { handleEvent: () => seen.push('object') })
      source.when?.('update').subscribe(() => seen.push('observable'))
      for (const remove of [source.removeEventListener, removeEventListener]) {
        const removed = () => seen.push('removed')
        source.addEventListener('update', removed)
        remove.call(source, 'update', removed)
      }
      await watch(source).messages(1)
      source.close()
      return { seen, hasWhen: 'when' in source }
    })
    const observed = seen.hasWhen ? ['observable'] : []
    expect(seen.seen).toEqual(['method', 'method of EventTarget', 'object', ...observed])
  })

  // [html] after each task the microtasks run, all of them
  for (const [kind, listen] of Object.entries({
    'an async function as handler': `source.onmessage = handle`,
    'an async listener': `source.addEventListener('message', handle)`,
    'a bound async listener': `source.addEventListener('message', handle.bind(null))`,
    'an object with an async method': `source.addEventListener('message', { handleEvent: handle })`,
    'a handler that returns a promise': `source.onmessage = event => handle(event)`,
  })) {
    test(`all microtasks of ${kind} run before the next event`, async ({ page, server }) => {
      const events = Array.from({ length: 300 }, (_, i) => `data: ${i}\n\n`).join('')
      server.on('/events', exchange => exchange.stream(events))
      const { order, open } = await page.evaluate(async listen => {
        const source = new EventSource('/events')
        const order = []
        let open = 'not opened'
        source.onopen = async () => {
          open = 'opened'
          for (let i = 0; i < 20; i++) await undefined
          open = order.length
        }
        const handle = async ({ data }) => {
          order.push(`${data} begins`)
          for (let i = 0; i < 20; i++) await undefined
          order.push(`${data} ends`)
          if (data === '290') source.close()
        }
        new Function('source', 'handle', listen)(source, handle)
        await new Promise(resolve =>
          source.addEventListener('message', ({ data }) => data === '290' && resolve()),
        )
        await new Promise(resolve => setTimeout(resolve, 20))
        return { order, open }
      }, listen)
      expect(open).toBe(0)
      expect(order).toEqual(Array.from({ length: 291 }, (_, i) => [`${i} begins`, `${i} ends`]).flat())
    })
  }

  test('asynchronous handlers of one source do not delay another source', async ({ page, server }) => {
    const events = Array.from({ length: 200 }, (_, i) => `data: ${i}\n\n`).join('')
    server.on('/events', exchange => exchange.stream(events))
    const orders = await page.evaluate(() => {
      const readAll = async () => {
        const source = new EventSource('/events')
        const order = []
        await new Promise(resolve => {
          source.onmessage = async ({ data }) => {
            await undefined
            await undefined
            order.push(data)
            if (data === '199') resolve(source.close())
          }
        })
        return order
      }
      return Promise.all([readAll(), readAll(), readAll()])
    })
    expect(orders).toEqual(Array(3).fill(Array.from({ length: 200 }, (_, i) => `${i}`)))
  })
})
