/**
 * The events themselves: MessageEvents as the platform makes them.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */

import { expect, onBoth, test } from './fixtures.mjs'

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

  test('an event follows the DOM standard during and after its dispatch', async ({ page, server }) => {
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
    // the event has every member of the platform's own class
    expect(found.names).toEqual(expect.arrayContaining(found.platform.filter(name => name !== 'constructor')))
  })

  // ours makes the browser's own MessageEvents if MessageEvent has unknown members
  for (const [what, change] of Object.entries({
    'has a member that is not known': () => {
      Object.defineProperty(MessageEvent.prototype, 'novelty', { get: () => 'new', configurable: true })
    },
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
      await page.evaluate(() => {
        globalThis.PlatformMessageEvent = MessageEvent
      })
      await page.evaluate(change)
      const found = await page.evaluate(async () => {
        const source = new EventSource('/events')
        const event = await new Promise(resolve => {
          source.onmessage = resolve
        })
        source.close()
        const { get } = Object.getOwnPropertyDescriptor(globalThis.PlatformMessageEvent.prototype, 'data')
        return { data: event.data, id: event.lastEventId, byGetter: get.call(event), novelty: event.novelty }
      })
      // the browser's own source ignores a replaced MessageEvent
      const novelty = ours || !what.includes('replaced') ? 'new' : undefined
      expect(found).toEqual({ data: 'a', id: '7', byGetter: 'a', novelty })
    })
  }
})
