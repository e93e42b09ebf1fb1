/**
 * The interface: constants, attributes, the constructor's arguments, and the handlers.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */

import { expect, onBoth, test } from './fixtures.mjs'

onBoth(() => {
  test('the class and its instances have the constants', async ({ page, server }) => {
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

  test('withCredentials has the value of the option', async ({ page, server }) => {
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

  // https://webidl.spec.whatwg.org/#js-interfaces
  test('the interface follows WebIDL', async ({ page, server }) => {
    server.on('/events', exchange => exchange.stream())
    const failed = await page.evaluate(() => {
      const source = new EventSource('/events')
      const { prototype } = EventSource
      const attributes = ['url', 'withCredentials', 'readyState']
      const handlers = ['onopen', 'onmessage', 'onerror']
      const constants = { CONNECTING: 0, OPEN: 1, CLOSED: 2 }
      const own = (object, name) => Object.getOwnPropertyDescriptor(object, name)
      const throwsTypeError = action => {
        try {
          action()
        } catch (error) {
          return error instanceof TypeError
        }
        return false
      }
      const shows = ({ writable, enumerable, configurable }) =>
        [writable && 'writable', enumerable && 'enumerable', configurable && 'configurable']
          .filter(Boolean)
          .join(' ')

      const checks = {
        'the global property': () => shows(own(globalThis, 'EventSource')) === 'writable configurable',
        'it inherits from EventTarget': () =>
          Object.getPrototypeOf(EventSource) === EventTarget &&
          Object.getPrototypeOf(prototype) === EventTarget.prototype,
        'its name': () =>
          EventSource.name === 'EventSource' && shows(own(EventSource, 'name')) === 'configurable',
        'its length': () => EventSource.length === 1 && shows(own(EventSource, 'length')) === 'configurable',
        'its prototype cannot be replaced': () => shows(own(EventSource, 'prototype')) === '',
        'the constructor of the prototype': () =>
          prototype.constructor === EventSource &&
          shows(own(prototype, 'constructor')) === 'writable configurable',
        'its tag': () =>
          prototype[Symbol.toStringTag] === 'EventSource' &&
          shows(own(prototype, Symbol.toStringTag)) === 'configurable' &&
          String(source) === '[object EventSource]',
        'it is a constructor, not a function': () => throwsTypeError(() => EventSource('/events')),
        'an address is required': () => throwsTypeError(() => new EventSource()),
        'close() is an operation': () =>
          typeof prototype.close === 'function' &&
          prototype.close.length === 0 &&
          prototype.close.name === 'close' &&
          shows(own(prototype, 'close')) === 'writable enumerable configurable',
        'close() wants a source': () => throwsTypeError(() => prototype.close.call({})),
        'nothing stands on the instance': () => Reflect.ownKeys(source).length === 0,
      }
      for (const [name, value] of Object.entries(constants)) {
        for (const [where, holder] of Object.entries({ class: EventSource, prototype })) {
          checks[`${name} on the ${where}`] = () =>
            holder[name] === value && shows(own(holder, name)) === 'enumerable'
        }
      }
      for (const name of [...attributes, ...handlers]) {
        const isReadOnly = attributes.includes(name)
        const { get, set } = own(prototype, name) ?? {}
        checks[`${name} is an accessor on the prototype`] = () =>
          shows(own(prototype, name)) === 'enumerable configurable' && get.name === `get ${name}`
        checks[`${name} wants a source`] = () =>
          throwsTypeError(() => prototype[name]) && throwsTypeError(() => get.call({}))
        checks[`${name} ${isReadOnly ? 'cannot' : 'can'} be set`] = () =>
          isReadOnly
            ? set === undefined
            : set.name === `set ${name}` && throwsTypeError(() => set.call({}, null))
      }
      checks['the members come in a for-in loop'] = () => {
        const names = []
        for (const name in source) names.push(name)
        return [...attributes, ...handlers, ...Object.keys(constants), 'close', 'dispatchEvent'].every(name =>
          names.includes(name),
        )
      }

      const failed = Object.keys(checks).filter(name => {
        try {
          return !checks[name]()
        } catch (error) {
          return `${name}: ${error}`
        }
      })
      source.close()
      return failed
    })
    expect(failed).toEqual([])
  })

  test('the constructor converts its arguments as WebIDL says', async ({ page, server }) => {
    for (const path of ['/undefined', '/null', '/events']) server.on(path, exchange => exchange.stream())
    const found = await page.evaluate(() => {
      const make = (...args) => {
        try {
          const source = new EventSource(...args)
          source.close()
          return `${new URL(source.url).pathname} ${source.withCredentials}`
        } catch (error) {
          return error.name
        }
      }
      return {
        'no address': make(),
        undefined: make(undefined),
        null: make(null),
        'an object': make({ toString: () => '/events' }),
        'a symbol': make(Symbol('/events')),
        'options undefined': make('/events', undefined),
        'options null': make('/events', null),
        'options a number': make('/events', 5),
        'options a string': make('/events', 'x'),
        'options a boolean': make('/events', true),
        'options an array': make('/events', []),
        'options a function': make('/events', () => {}),
        'credentials a truthy value': make('/events', { withCredentials: 'no' }),
        'credentials an empty string': make('/events', { withCredentials: '' }),
      }
    })
    expect(found).toEqual({
      'no address': 'TypeError',
      undefined: '/undefined false',
      null: '/null false',
      'an object': '/events false',
      'a symbol': 'TypeError',
      'options undefined': '/events false',
      'options null': '/events false',
      'options a number': 'TypeError',
      'options a string': 'TypeError',
      'options a boolean': 'TypeError',
      'options an array': '/events false',
      'options a function': '/events false',
      'credentials a truthy value': '/events true',
      'credentials an empty string': '/events false',
    })
  })

  test('a handler may be any object; one that is not callable does nothing', async ({ page, server }) => {
    server.on('/events', exchange => exchange.stream('data: a\n\n'))
    const found = await page.evaluate(async () => {
      const source = new EventSource('/events')
      const reported = []
      window.addEventListener('error', event => reported.push(event.message))
      const kept = [{}, [], () => {}, { handleEvent: () => reported.push('handleEvent') }].every(handler => {
        source.onmessage = handler
        return source.onmessage === handler
      })
      const cleared = [null, undefined, 5, 'text', true].every(value => {
        source.onerror = () => {}
        source.onerror = value
        return source.onerror === null
      })
      await watch(source).messages(1)
      source.close()
      return { kept, cleared, reported }
    })
    expect(found).toEqual({ kept: true, cleared: true, reported: [] })
  })

  test('a handler is called with the source as this; false cancels what can be cancelled', async ({
    page,
    server,
  }) => {
    server.on('/events', exchange => exchange.stream())
    const found = await page.evaluate(() => {
      const source = new EventSource('/events')
      source.close()
      const seen = []
      source.onmessage = function (event) {
        seen.push(this === source, event.currentTarget === source)
        return event.data
      }
      const dispatch = (data, cancelable) =>
        source.dispatchEvent(new MessageEvent('message', { data, cancelable }))
      return { results: [dispatch(false, true), dispatch(0, true), dispatch(false, false)], seen }
    })
    expect(found).toEqual({ results: [false, true, true], seen: Array(6).fill(true) })
  })
})
