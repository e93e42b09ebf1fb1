/** What the package eventsource does, observed with its versions 4 and 5 and with ours; and where ours differs. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { EventSource as peer } from 'eventsource'
import { EventSource as older } from 'eventsource-4'
import { EventSource as ours } from 'postsource'

let server
let origin
/** The requests of a test, and what answers them in turn; the last answer is repeated. */
let requests = []
let answers = []
let tests = 0

const stream =
  (text, { isOpen = false } = {}) =>
  response => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(text)
    if (!isOpen) response.end()
  }
const status =
  (code, headers = {}) =>
  response =>
    response.writeHead(code, headers).end()
const cut = (_response, request) => request.socket.destroy()
const open = stream('retry: 1\nid: 1\ndata: a\n\n', { isOpen: true })
const short = stream('retry: 1\nid: 1\nevent: e\ndata: a\n\n')

before(async () => {
  server = createServer((request, response) => {
    if (!request.url.startsWith(`/${tests}/`)) return status(204)(response)
    const answer = answers[requests.length] ?? answers.at(-1)
    requests.push({ url: request.url, headers: request.headers })
    answer(response, request)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${server.address().port}`
})
after(() => {
  server.closeAllConnections()
  server.close()
})

/** Opens a source, and closes it when the test has seen what it wants. */
async function see(EventSource, given, look, init) {
  requests = []
  answers = [given].flat()
  const source = new EventSource(`${origin}/${++tests}/`, init)
  try {
    return await look(source)
  } finally {
    source.close()
  }
}

/** The next event of this name. */
const next = async (source, name) => (await once(source, name))[0]

/** The error event when the source is closed for good. */
async function closed(source) {
  for (;;) {
    const event = await next(source, 'error')
    if (source.readyState === 2) return event
  }
}

/** What a source shows at its second connection, after redirects to an origin: the requests, and their tokens. */
async function redirected(EventSource, code, target) {
  const redirect = (response, { url }) => {
    if (!url.endsWith('/')) return (requests.length === 2 ? short : open)(response)
    return status(code, { location: `${target}${url}led` })(response)
  }
  const init = {
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, authorization: 'a' } }),
  }
  return see(
    EventSource,
    redirect,
    async source => {
      const { origin: from } = await next(source, 'message')
      const paths = requests.map(({ url }) => url.replace(/^\/\d+/, ''))
      const tokens = requests.map(({ headers }) => headers.authorization)
      return [source.url === `${origin}/${tests}/`, from, paths.join(' '), tokens]
    },
    init,
  )
}

const promises = {
  'a message has its data, type, id and origin': {
    see: EventSource =>
      see(EventSource, short, async source => {
        const event = await next(source, 'e')
        const { type, data, lastEventId, cancelable, target } = event
        return [type, data, lastEventId, cancelable, target === source, event.origin === origin]
      }),
    is: ['e', 'a', '1', false, true, true],
  },
  'readyState is 0, 1, and 2': {
    see: EventSource =>
      see(EventSource, open, async source => {
        const states = [source.readyState]
        await next(source, 'open')
        states.push(source.readyState)
        source.close()
        return [...states, source.readyState]
      }),
    is: [0, 1, 2],
  },
  'the constants are on the class and on its instances': {
    see: EventSource =>
      see(EventSource, open, source =>
        [EventSource, source].flatMap(({ CONNECTING, OPEN, CLOSED }) => [CONNECTING, OPEN, CLOSED]),
      ),
    is: [0, 1, 2, 0, 1, 2],
  },
  'handlers can be replaced and removed': {
    see: EventSource =>
      see(EventSource, short, async source => {
        const called = []
        source.onerror = () => called.push('first')
        await next(source, 'error')
        source.onerror = () => called.push('second')
        await next(source, 'error')
        source.onerror = null
        await next(source, 'error')
        return called
      }),
    is: ['first', 'second'],
  },
  'it connects again with the last event id, and is connecting meanwhile': {
    see: EventSource =>
      see(EventSource, [short, open], async source => {
        await next(source, 'error')
        const { readyState } = source
        await next(source, 'message')
        return [readyState, requests.map(({ headers }) => headers['last-event-id'])]
      }),
    is: [0, [undefined, '1']],
  },
  'close() in an error handler is for good': {
    see: EventSource =>
      see(EventSource, short, async source => {
        source.onerror = () => source.close()
        await next(source, 'error')
        return [source.readyState, requests.length]
      }),
    is: [2, 1],
  },
  '204, other statuses and other types close it, and code is the status': {
    async see(EventSource) {
      const html = status(200, { 'content-type': 'text/html' })
      const events = []
      for (const answer of [status(204), status(401), status(500), html]) {
        const event = await see(EventSource, answer, closed)
        events.push([event.code, typeof event.message, event.cancelable, event.defaultPrevented])
      }
      return events
    },
    is: [204, 401, 500, 200].map(code => [code, 'string', false, false]),
  },
  'the message of a refusal names its status': {
    see: async EventSource => /401/.test((await see(EventSource, status(401), closed)).message),
    is: true,
  },
  'a failed request is retried, and its error event has a message and no code': {
    see: EventSource =>
      see(EventSource, cut, async source => {
        const { code, message } = await next(source, 'error')
        return [code, /fetch failed/.test(message), source.readyState]
      }),
    is: [undefined, true, 0],
  },
  'fetch gets headers that can be spread': {
    async see(EventSource) {
      const init = {
        fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, 'x-key': 'k' } }),
      }
      await see(EventSource, [short, open], source => next(source, 'message'), init)
      return requests.map(({ headers }) => [headers.accept, headers['last-event-id'], headers['x-key']])
    },
    is: [
      ['text/event-stream', undefined, 'k'],
      ['text/event-stream', '1', 'k'],
    ],
  },
  'fetch gets the address and the cache mode': {
    async see(EventSource) {
      let seen
      const note = (url, init) => {
        seen = [String(url) === `${origin}/${tests}/`, init.cache]
        return fetch(url, init)
      }
      await see(EventSource, open, source => next(source, 'open'), { fetch: note })
      return seen
    },
    is: [true, 'no-store'],
  },
  'url stays what it was after a redirect': {
    see: EventSource =>
      see(
        EventSource,
        [(response, request) => status(307, { location: `${request.url}led` })(response), open],
        async source => {
          await next(source, 'message')
          return [source.url === `${origin}/${tests}/`, requests.length]
        },
      ),
    is: [true, 2],
  },
  'the target of all events is the source': {
    see: EventSource =>
      see(EventSource, short, async source => {
        const targets = []
        for (const name of ['open', 'e', 'error']) targets.push((await next(source, name)).target === source)
        return targets
      }),
    is: [true, true, true],
  },
  'events cannot be cancelled, and have a time': {
    see: EventSource =>
      see(EventSource, open, async source => {
        const { cancelable, defaultPrevented, timeStamp } = await next(source, 'message')
        return [cancelable, defaultPrevented, typeof timeStamp]
      }),
    is: [false, false, 'number'],
  },
  'text of any script arrives as it was sent': {
    see: EventSource =>
      see(
        EventSource,
        stream('data: Ünïcödé 我現在 🌊\n\n', { isOpen: true }),
        async source => (await next(source, 'message')).data,
      ),
    is: 'Ünïcödé 我現在 🌊',
  },
  'onmessage is called for messages alone, with a name and without': {
    see: EventSource =>
      see(
        EventSource,
        stream('event: e\ndata: 1\n\nevent: message\ndata: 2\n\nevent:\ndata: 3\n\n'),
        async source => {
          const seen = []
          source.onmessage = ({ data }) => seen.push(data)
          await next(source, 'error')
          return seen
        },
      ),
    is: ['2', '3'],
  },
  'another origin may be asked': {
    see: EventSource =>
      see(EventSource, open, async source => (await next(source, 'message')).data, {
        fetch: (url, init) => fetch(String(url).replace('127.0.0.1', 'localhost'), init),
      }),
    is: 'a',
  },
  ...Object.fromEntries(
    [301, 302, 307, 308].flatMap(code => [
      [
        `a redirect ${code} to the same origin is followed at each connection`,
        {
          see: EventSource => redirected(EventSource, code, origin),
          is: () => [true, origin, '/ /led / /led', Array(4).fill('a')],
        },
      ],
      [
        `a redirect ${code} to another origin is followed at each connection, and does not get the token of fetch`,
        {
          see: EventSource => redirected(EventSource, code, origin.replace('127.0.0.1', 'localhost')),
          is: () => [
            true,
            origin.replace('127.0.0.1', 'localhost'),
            '/ /led / /led',
            ['a', undefined, 'a', undefined],
          ],
        },
      ],
    ]),
  ),
  'a body that is no stream closes it, and code is the status': {
    see: EventSource =>
      see(
        EventSource,
        open,
        async source => {
          const { code, message } = await next(source, 'error')
          return [code, typeof message, source.readyState]
        },
        {
          fetch: async url => ({
            body: 'not a stream',
            url: String(url),
            status: 200,
            redirected: false,
            headers: new Headers({ 'content-type': 'text/event-stream' }),
          }),
        },
      ),
    is: [200, 'string', 2],
  },
  'a response without a body closes it': {
    see: EventSource =>
      see(
        EventSource,
        open,
        async source => {
          await next(source, 'error')
          return source.readyState
        },
        {
          fetch: async url => ({
            url: String(url),
            status: 200,
            redirected: false,
            headers: new Headers({ 'content-type': 'text/event-stream' }),
          }),
        },
      ),
    is: 2,
  },
  'an address that is none throws a SyntaxError': {
    see(EventSource) {
      try {
        new EventSource('http://[')
        return 'made'
      } catch (error) {
        return [error instanceof DOMException, error.name]
      }
    },
    is: [true, 'SyntaxError'],
  },
}

describe('what the peer promises', () => {
  for (const [promise, { see, is }] of Object.entries(promises)) {
    for (const [name, EventSource] of Object.entries({ older, peer, ours }))
      test(`${name}: ${promise}`, { timeout: 60_000 }, async () =>
        assert.deepEqual(await see(EventSource), typeof is === 'function' ? is() : is),
      )
  }
})

/** What the peer does, what ours does; docs/migrate/eventsource.md gives the reasons. */
const differences = {
  'the end of a stream has a message': {
    see: EventSource => see(EventSource, short, async source => typeof (await next(source, 'error')).message),
    peer: 'undefined',
    ours: 'string',
  },
  'an address that is a number is refused by the peer, and resolved as the standard says by ours': {
    see(EventSource) {
      globalThis.location = new URL(`${origin}/`)
      try {
        const source = new EventSource(123)
        source.close()
        return source.url === `${origin}/123`
      } catch (error) {
        return error.name
      } finally {
        delete globalThis.location
      }
    },
    peer: 'SyntaxError',
    ours: true,
  },
}

describe('where ours differs', () => {
  for (const [difference, { see, ...expected }] of Object.entries(differences)) {
    for (const [name, EventSource] of Object.entries({ peer, ours }))
      test(`${name}: ${difference}`, { timeout: 60_000 }, async () =>
        assert.deepEqual(await see(EventSource), expected[name]),
      )
  }
})
