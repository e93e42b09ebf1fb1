/**
 * From bytes to events, and from events to those who listen.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */

import { expect, onBoth, test } from './fixtures.mjs'
import { eventStream } from './server.mjs'

onBoth(({ ours }) => {
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

  test('listeners get events, however they were added', async ({ page, server }) => {
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

  test('an event behaves as the platform says, during its dispatch and afterwards', async ({
    page,
    server,
  }) => {
    server.on('/events', exchange => exchange.stream('id: 7\ndata: a\n\n'))
    const found = await page.evaluate(async () => {
      const source = new EventSource('/events')
      const nameOfError = action => {
        try {
          action()
        } catch (error) {
          return error.name
        }
      }
      const before = performance.now()
      const reached = []
      const { event, during } = await new Promise(resolve => {
        source.addEventListener('message', event => {
          event.initMessageEvent('other', true, true, 'b')
          event.preventDefault()
          const during = {
            type: event.type,
            data: event.data,
            isCurrent: window.event === event,
            path: event.composedPath().length,
            phase: event.eventPhase,
            again: nameOfError(() => source.dispatchEvent(event)),
            prevented: event.defaultPrevented,
          }
          queueMicrotask(() => setTimeout(() => resolve({ event, during })))
        })
      })
      source.close()
      const names = []
      for (const name in event) names.push(name)
      const elsewhere = new EventTarget()
      elsewhere.addEventListener('message', ({ data, target }) => reached.push(data, target === elsewhere))
      elsewhere.dispatchEvent(event)
      const { timeStamp } = event
      const found = {
        names: names.sort(),
        own: Reflect.ownKeys(event),
        tag: String(event),
        isEvent: event instanceof Event,
        isConstructor: event.constructor === MessageEvent,
        clone: nameOfError(() => structuredClone(event)),
        ports: Object.isFrozen(event.ports) && Array.isArray(event.ports),
        source: event.source,
        userActivation: event.userActivation ?? null,
        isTimely: timeStamp >= before && timeStamp <= performance.now(),
        isReadOnly: !Reflect.set(event, 'data', 'b'),
        afterwards: [
          event.target === elsewhere,
          event.currentTarget,
          event.eventPhase,
          event.composedPath().length,
        ],
        during,
        reached,
      }
      event.initMessageEvent('other', true, true, 'b', 'http://other.test', 8, window, [])
      const { type, bubbles, cancelable, data, origin, lastEventId, ports } = event
      const isWindow = event.source === window
      event.initMessageEvent('bare')
      const bare = [event.type, event.bubbles, event.data, event.origin, event.lastEventId, event.source]
      return {
        ...found,
        again: { type, bubbles, cancelable, data, origin, lastEventId, ports, isWindow },
        bare,
        platform: Object.keys(Object.getOwnPropertyDescriptors(MessageEvent.prototype)),
      }
    })
    expect(found).toMatchObject({
      own: ['isTrusted'],
      tag: '[object MessageEvent]',
      isEvent: true,
      isConstructor: true,
      clone: 'DataCloneError',
      ports: true,
      source: null,
      userActivation: null,
      isTimely: true,
      isReadOnly: true,
      afterwards: [true, null, 0, 0],
      during: {
        type: 'message',
        data: 'a',
        isCurrent: true,
        path: 1,
        phase: 2,
        again: 'InvalidStateError',
        prevented: false,
      },
      reached: ['a', true],
      again: {
        type: 'other',
        bubbles: true,
        cancelable: true,
        data: 'b',
        origin: 'http://other.test',
        lastEventId: '8',
        ports: [],
        isWindow: true,
      },
      bare: ['bare', false, null, '', '', null],
    })
    // whatever the platform's own class has, the event shows
    expect(found.names).toEqual(expect.arrayContaining(found.platform.filter(name => name !== 'constructor')))
  })

  // [html] after each task the microtasks run, all of them
  for (const [kind, listen] of Object.entries({
    'an async function as handler': `source.onmessage = handle`,
    'an async listener': `source.addEventListener('message', handle)`,
    'a bound async listener': `source.addEventListener('message', handle.bind(null))`,
    'an object with an async method': `source.addEventListener('message', { handleEvent: handle })`,
    'a handler that returns a promise': `source.onmessage = event => handle(event)`,
  })) {
    test(`all that ${kind} awaits comes before the next event`, async ({ page, server }) => {
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

  test('asynchronous handlers of two sources do not hold each other up', async ({ page, server }) => {
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

  // ours makes the browser's own MessageEvents where it cannot know what they have to answer
  for (const [what, change] of Object.entries({
    'has a member that is not known': () =>
      Object.defineProperty(MessageEvent.prototype, 'novelty', { get: () => 'new', configurable: true }),
    'has been replaced': () => {
      globalThis.MessageEvent = class extends MessageEvent {
        novelty = 'new'
        get data() {
          return super.data
        }
      }
    },
  })) {
    test(`events are made by a MessageEvent that ${what}`, async ({ page, server }) => {
      server.on('/events', exchange => exchange.stream('id: 7\ndata: a\n\n'))
      const original = await page.evaluateHandle(() => MessageEvent)
      await page.evaluate(change)
      const found = await page.evaluate(async original => {
        const source = new EventSource('/events')
        const event = await new Promise(resolve => {
          source.onmessage = resolve
        })
        source.close()
        const { get } = Object.getOwnPropertyDescriptor(original.prototype, 'data')
        return { data: event.data, id: event.lastEventId, byGetter: get.call(event), novelty: event.novelty }
      }, original)
      // the browser's own source takes no notice of a class that stands in for its own
      const novelty = ours || !what.includes('replaced') ? 'new' : undefined
      expect(found).toEqual({ data: 'a', id: '7', byGetter: 'a', novelty })
    })
  }
})
