/** What graphql-sse's client does, observed with the peer and with ours; and where ours differs, and why. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as peer from 'graphql-sse'
import fetch3 from 'node-fetch'
import fetch2 from 'node-fetch-2'
import { EventSource } from 'postsource'
import * as ours from 'postsource/graphql-sse'
import { follow, ping, startServer, told, until } from './graphql-sse-server.mjs'

let server
before(async () => {
  server = await startServer()
})
after(() => server.close())

const query = { query: '{ value }' }
const greetings = { query: 'subscription { greetings }' }
const pings = { query: 'subscription { ping }' }
const mutation = { query: 'mutation { set }' }

const refuse =
  (status, statusText, body = '', headers = {}) =>
  response =>
    response.writeHead(status, statusText, headers).end(body)
const stream =
  (text, { isOpen = false } = {}) =>
  response => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(text)
    if (!isOpen) response.end()
  }
const next = data => `event: next\ndata: ${JSON.stringify({ data })}\n\n`
const complete = 'event: complete\ndata:\n\n'
const cut = (_response, request) => request.socket.destroy()

/** A client without retries, unless the options say otherwise. */
const clientOf = ({ createClient }, options) =>
  createClient({ url: server.url, retryAttempts: 0, retry: async () => {}, ...options })

/** Runs one request to its end. */
async function run(library, options, request = query, more) {
  const client = clientOf(library, options)
  const { results, ended } = follow(client, request, more)
  const end = told(await ended())
  client.dispose()
  return { results, end }
}

const bodies = () => server.requests.map(({ body }) => body && JSON.parse(body))
const networkError = (message, status) => ({ name: 'NetworkError', message, status })
const closed = networkError('Connection closed while having active streams')

/** Both modes, where the peer does the same in both. */
const inBothModes = {
  'a query has its result, then complete': {
    see: (library, mode) => run(library, mode),
    is: { results: [{ data: { value: 'v' } }], end: 'complete' },
  },
  'a mutation has its result, then complete': {
    see: (library, mode) => run(library, mode, mutation),
    is: { results: [{ data: { set: 'done' } }], end: 'complete' },
  },
  'a subscription has its results, then complete': {
    see: (library, mode) => run(library, mode, greetings),
    is: { results: ['Hi', 'Hola', 'Ciao'].map(greetings => ({ data: { greetings } })), end: 'complete' },
  },
  'a result may have several lines': {
    see: (library, mode) => run(library, mode, { query: '{ text }' }),
    is: { results: [{ data: { text: 'a\n\nb' } }], end: 'complete' },
  },
  'errors of a resolver are a result': {
    see: async (library, mode) =>
      (await run(library, mode, { query: '{ fails }' })).results[0].errors[0].message,
    is: 'Kaboom!',
  },
  'a request that the server refuses is a NetworkError, and there is no complete': {
    see: (library, mode) => run(library, mode, { query: '}}' }),
    is: { results: [], end: networkError('Server responded with 400: Bad Request', 400) },
  },
  '403 is tried again, and is the error after the last attempt': {
    async see(library, mode) {
      server.answers = Array(3).fill(refuse(403, 'Forbidden'))
      const { end } = await run(library, { ...mode, retryAttempts: 2 })
      return [end, server.requests.length]
    },
    is: [networkError('Server responded with 403: Forbidden', 403), 3],
  },
  '401 is tried again as any other status': {
    async see(library, mode) {
      server.answers = [refuse(401, 'Unauthorized')]
      const delays = []
      const retry = async retries => void delays.push(retries)
      const headers = () => ({ 'x-key': 'k' })
      const { end } = await run(library, { ...mode, headers, retryAttempts: 2, retry })
      return [end, delays]
    },
    is: ['complete', [0]],
  },
  'retry counts from 0, and the attempts are used up': {
    async see(library, mode) {
      server.answers = Array(9).fill(refuse(500, 'Oh'))
      const delays = []
      await run(library, { ...mode, retryAttempts: 3, retry: async retries => void delays.push(retries) })
      return [delays, server.requests.length]
    },
    is: [[0, 1, 2], 4],
  },
  'what retry rejects with is the error': {
    async see(library, mode) {
      server.answers = [refuse(500, 'Oh')]
      const retry = () => Promise.reject(new RangeError('enough'))
      return (await run(library, { ...mode, retryAttempts: 3, retry })).end
    },
    is: { name: 'RangeError', message: 'enough', status: undefined },
  },
  'a server that cannot be reached is a NetworkError with the message of fetch': {
    async see(library, mode) {
      server.answers = [cut]
      return (await run(library, mode)).end
    },
    is: networkError('fetch failed'),
  },
  'a subscription whose server breaks off is sent again': {
    async see(library, mode) {
      const client = clientOf(library, { ...mode, retryAttempts: 1 })
      const followed = follow(client, pings)
      const isAsked = count =>
        until(() => bodies().filter(body => body?.query === pings.query).length >= count)
      await isAsked(1)
      await pinged(followed, 1)
      server.breakOff()
      await isAsked(2)
      await pinged(followed, 2)
      followed.unsubscribe()
      return followed.ended()
    },
    is: 'complete',
  },
  'unsubscribing calls complete, later': {
    async see(library, mode) {
      const client = clientOf(library, mode)
      const followed = follow(client, pings)
      await pinged(followed, 1)
      followed.unsubscribe()
      const { ends } = followed
      return [ends, await followed.ended()]
    },
    is: [0, 'complete'],
  },
  'unsubscribing twice calls complete once': {
    async see(library, mode) {
      const client = clientOf(library, mode)
      const followed = follow(client, pings)
      await pinged(followed, 1)
      followed.unsubscribe()
      followed.unsubscribe()
      await followed.ended()
      await until(() => server.requests.every(({ isOpen }) => !isOpen))
      return followed.ends
    },
    is: 1,
  },
  'unsubscribing closes the connection': {
    async see(library, mode) {
      const client = clientOf(library, mode)
      const followed = follow(client, pings)
      await pinged(followed, 1)
      const [opened] = server.requests.filter(({ isOpen }) => isOpen)
      followed.unsubscribe()
      await until(() => !opened.isOpen)
      return followed.ended()
    },
    is: 'complete',
  },
  'what next throws is the error, and nothing is sent again': {
    async see(library, mode) {
      const thrown = new Error('mine')
      const retry = async () => assert.fail('retried')
      const next = () => {
        throw thrown
      }
      const client = clientOf(library, { ...mode, retryAttempts: 2, retry })
      return (await follow(client, greetings, { next }).ended()) === thrown
    },
    is: true,
  },
  'what onMessage throws is the error': {
    async see(library, mode) {
      const thrown = new Error('mine')
      const onMessage = () => {
        throw thrown
      }
      return (await follow(clientOf(library, { ...mode, onMessage }), greetings).ended()) === thrown
    },
    is: true,
  },
  'what on.connected throws is the error': {
    async see(library, mode) {
      const thrown = new Error('mine')
      const connected = () => {
        throw thrown
      }
      return (await follow(clientOf(library, { ...mode, on: { connected } }), greetings).ended()) === thrown
    },
    is: true,
  },
  'what url and headers throw is the error': {
    async see(library, mode) {
      const thrown = new Error('mine')
      const fail = () => {
        throw thrown
      }
      const ends = [{ url: fail }, { headers: fail }].map(options =>
        follow(clientOf(library, { ...mode, ...options }), query).ended(),
      )
      return (await Promise.all(ends)).map(end => end === thrown)
    },
    is: [true, true],
  },
  'all members of the request are sent, and an empty query too': {
    async see(library, mode) {
      const extensions = { persistedQuery: { version: 1, sha256Hash: 'abc' } }
      server.answers = mode.singleConnection
        ? [null, null, refuse(400, 'Bad Request')]
        : [refuse(400, 'Bad Request')]
      await run(library, mode, { id: '7', doc_id: '8', query: '', operationName: 'A', extensions })
      const { operationId: _, ...sent } = bodies().at(mode.singleConnection ? 2 : 0).extensions
      const [{ headers }] = server.requests.filter(({ body }) => body)
      return [{ ...bodies().find(body => body), extensions: sent }, headers['content-type']]
    },
    is: [
      {
        id: '7',
        doc_id: '8',
        query: '',
        operationName: 'A',
        extensions: { persistedQuery: { version: 1, sha256Hash: 'abc' } },
      },
      'application/json; charset=utf-8',
    ],
  },
  'headers are sent with every request, and accept asks for an event stream': {
    async see(library, mode) {
      await run(library, { ...mode, headers: { 'x-key': 'k' } })
      const asked = server.requests.filter(({ headers }) => headers.accept === 'text/event-stream')
      return [server.requests.every(({ headers }) => headers['x-key'] === 'k'), asked.length]
    },
    is: [true, 1],
  },
  'a function is called for the headers once per connection, after url': {
    async see(library, mode) {
      const asked = []
      server.answers = [refuse(503, 'Busy')]
      const url = given => {
        asked.push(['url', given])
        return server.url
      }
      const headers = async given => {
        asked.push(['headers', given])
        return {}
      }
      await run(library, { ...mode, url, headers, retryAttempts: 1 })
      return mode.singleConnection ? asked : asked.map(([name, given]) => [name, given === query])
    },
    is: mode => {
      const given = mode.singleConnection ? undefined : true
      return ['url', 'headers', 'url', 'headers'].map(name => [name, given])
    },
  },
  'on.connecting and on.connected tell of the second attempt': {
    async see(library, mode) {
      const events = []
      server.answers = [refuse(503, 'Busy')]
      const on = {
        connecting: isRetry => events.push(['connecting', isRetry]),
        connected: isRetry => events.push(['connected', isRetry]),
      }
      await run(library, { ...mode, on, retryAttempts: 1 })
      return events
    },
    is: [
      ['connecting', false],
      ['connecting', true],
      ['connected', true],
    ],
  },
  'generateID, referrer and credentials are accepted': {
    see: (library, mode) =>
      run(library, { ...mode, generateID: () => 'unique', referrer: '', credentials: 'include' }),
    is: { results: [{ data: { value: 'v' } }], end: 'complete' },
  },
  'fetchFn is called with the signals of abortControllerImpl': {
    async see(library, mode) {
      class Controller extends AbortController {
        constructor() {
          super()
          this.signal.isMine = true
        }
      }
      const seen = []
      const fetchFn = (url, init) => {
        if (init.method !== 'DELETE') seen.push(init.signal.isMine)
        return fetch(url, init)
      }
      const { end } = await run(library, { ...mode, fetchFn, abortControllerImpl: Controller })
      return [end, seen.every(isMine => isMine === true)]
    },
    is: ['complete', true],
  },
  'node-fetch 2 and 3 do as fetchFn': {
    see: async (library, mode) => [
      (await run(library, { ...mode, fetchFn: fetch2 })).end,
      (await run(library, { ...mode, fetchFn: fetch3 })).end,
      (await run(library, { ...mode, fetchFn: fetch3 }, { query: '}}' })).end,
    ],
    is: ['complete', 'complete', networkError('Server responded with 400: Bad Request', 400)],
  },
  'iterate gives the results, then is done': {
    async see(library, mode) {
      const results = []
      for await (const result of clientOf(library, mode).iterate(greetings))
        results.push(result.data.greetings)
      return results
    },
    is: ['Hi', 'Hola', 'Ciao'],
  },
  'iterate sends the request at once': {
    async see(library, mode) {
      const client = clientOf(library, mode)
      client.iterate(query)
      await until(() => bodies().some(body => body?.query === query.query))
      client.dispose()
      return true
    },
    is: true,
  },
  'iterate throws a NetworkError': {
    see: async (library, mode) =>
      told(
        await clientOf(library, mode)
          .iterate({ query: '}}' })
          .next()
          .catch(e => e),
      ),
    is: networkError('Server responded with 400: Bad Request', 400),
  },
  'leaving an iteration closes the connection': {
    async see(library, mode) {
      const iterator = clientOf(library, mode).iterate(greetings)
      for await (const { data } of iterator) {
        assert.equal(data.greetings, 'Hi')
        break
      }
      await until(() => server.requests.every(({ isOpen }) => !isOpen))
      return 'closed'
    },
    is: 'closed',
  },
  'dispose ends an iteration': {
    async see(library, mode) {
      const client = clientOf(library, mode)
      const iterator = client.iterate(pings)
      const read = iterator.next()
      await until(() => bodies().some(body => body?.query === pings.query))
      client.dispose()
      return read
    },
    is: { done: true, value: undefined },
  },
}

/** Sends pings until the subscription has received so many results, because a server subscribes later than it answers. */
async function pinged(followed, count) {
  const timer = setInterval(ping, 5)
  try {
    await followed.received(count)
  } finally {
    clearInterval(timer)
  }
}

const inDistinctConnections = {
  'the body of a refusal can be read': {
    async see(library) {
      const client = clientOf(library)
      const { response } = await follow(client, { query: '}}' }).ended()
      return Object.keys(await response.json())
    },
    is: ['errors'],
  },
  'dispose completes all subscriptions, later': {
    async see(library) {
      const client = clientOf(library)
      const all = [follow(client, pings), follow(client, pings)]
      for (const followed of all) await pinged(followed, 1)
      client.dispose()
      const before = all.map(({ ends }) => ends)
      return [before, await Promise.all(all.map(({ ended }) => ended()))]
    },
    is: [
      [0, 0],
      ['complete', 'complete'],
    ],
  },
  'a request that is no JSON is a TypeError': {
    async see(library) {
      const variables = {}
      variables.self = variables
      return (await run(library, {}, { ...query, variables })).end.name
    },
    is: 'TypeError',
  },
  'a server that closes the stream before complete is a NetworkError': {
    async see(library) {
      server.answers = [stream(next({ a: 1 }))]
      return run(library, {}, greetings)
    },
    is: { results: [{ data: { a: 1 } }], end: closed },
  },
  'a stream that closes after a result with errors is a NetworkError as well': {
    async see(library) {
      server.answers = [stream('event: next\ndata: {"errors":[{"message":"no"}]}\n\n')]
      return (await run(library, {}, greetings)).end
    },
    is: closed,
  },
  'a result is what sets the count of attempts back': {
    async see(library) {
      server.answers = [stream(''), stream(next({ a: 1 })), stream(''), stream(next({ a: 2 }) + complete)]
      const delays = []
      const { end } = await run(
        library,
        { retryAttempts: 2, retry: async retries => void delays.push(retries) },
        greetings,
      )
      return [delays, end]
    },
    is: [[0, 0, 1], 'complete'],
  },
  'a query waits for complete': {
    async see(library) {
      server.answers = [stream(next({ value: 'v' })), stream(next({ value: 'w' }) + complete)]
      return run(library, { retryAttempts: 1 })
    },
    is: { results: [{ data: { value: 'v' } }, { data: { value: 'w' } }], end: 'complete' },
  },
  'an unauthenticated result is a result': {
    async see(library) {
      const result = { errors: [{ message: 'who?', extensions: { code: 'UNAUTHENTICATED' } }] }
      server.answers = [stream(`event: next\ndata: ${JSON.stringify(result)}\n\n${complete}`)]
      const { end, results } = await run(library, { headers: () => ({}), retryAttempts: 1 }, greetings)
      return [end, results.length, server.requests.length]
    },
    is: ['complete', 1, 1],
  },
  'payloads of @defer are handed out as they came': {
    async see(library) {
      const payloads = [
        { data: { a: 1 }, hasNext: true },
        { data: { b: 2 }, path: [], label: 'l', hasNext: false },
      ]
      server.answers = [
        stream(
          payloads.map(payload => `event: next\ndata: ${JSON.stringify(payload)}\n\n`).join('') + complete,
        ),
      ]
      return (await run(library, {})).results
    },
    is: [
      { data: { a: 1 }, hasNext: true },
      { data: { b: 2 }, path: [], label: 'l', hasNext: false },
    ],
  },
  'messages are told to all listeners, and complete has null as data': {
    async see(library) {
      const messages = []
      const note = name => message => messages.push([name, message])
      await run(library, { on: { message: note('on') }, onMessage: note('onMessage') }, query, {
        on: { message: note('own') },
      })
      return messages
    },
    is: [
      { event: 'next', data: { data: { value: 'v' } } },
      { event: 'complete', data: null },
    ].flatMap(message => ['on', 'own', 'onMessage'].map(name => [name, message])),
  },
  'connecting is called during subscribe and iterate': {
    async see(library) {
      const told = []
      const client = clientOf(library, { on: { connecting: () => told.push('all') } })
      const unsubscribe = follow(client, query, { on: { connecting: () => told.push('own') } }).unsubscribe
      client.iterate(query)
      const during = [...told]
      unsubscribe()
      client.dispose()
      return during
    },
    is: ['all', 'own', 'all'],
  },
  'every subscription has its own connection': {
    async see(library) {
      const client = clientOf(library)
      const all = [follow(client, pings), follow(client, pings)]
      for (const followed of all) await pinged(followed, 1)
      const opened = server.requests.filter(({ isOpen }) => isOpen).length
      client.dispose()
      return opened
    },
    is: 2,
  },
  'subscribing after dispose completes': {
    async see(library) {
      const client = clientOf(library)
      client.dispose()
      const followed = follow(client, query)
      return [followed.ends, await followed.ended(), followed.results]
    },
    is: [0, 'complete', []],
  },
  'unsubscribing while it waits to reconnect completes and sends nothing more': {
    async see(library) {
      server.answers = [refuse(503, 'Busy')]
      const followed = follow(
        clientOf(library, {
          retryAttempts: 2,
          async retry() {
            followed.unsubscribe()
          },
        }),
        query,
      )
      return [await followed.ended(), server.requests.length]
    },
    is: ['complete', 1],
  },
  'data that is no JSON fails at once': {
    async see(library) {
      server.answers = [stream('event: next\ndata: {\n\n', { isOpen: true })]
      const retry = async () => assert.fail('retried')
      const { end } = await run(library, { retryAttempts: 2, retry })
      return end.name === 'NetworkError'
    },
    is: false,
  },
}

/** The signals that fetch got for requests whose connection is kept. */
function signalsOf() {
  const signals = []
  const fetchFn = (url, init) => {
    if (init.headers.accept === 'text/event-stream') signals.push(init.signal)
    return fetch(url, init)
  }
  return { signals, fetchFn }
}

Object.assign(inBothModes, {
  'unsubscribing before the first result completes': {
    async see(library, mode) {
      const client = clientOf(library, mode)
      const followed = follow(client, pings)
      await until(() => server.requests.length > 0)
      followed.unsubscribe()
      return [await followed.ended(), followed.results]
    },
    is: ['complete', []],
  },
  'what the loop of an iteration throws stops it': {
    async see(library, mode) {
      const thrown = new Error('mine')
      const iterator = clientOf(library, mode).iterate(greetings)
      const loop = async () => {
        for await (const _ of iterator) throw thrown
      }
      const caught = await loop().catch(error => error)
      await until(() => server.requests.every(({ isOpen }) => !isOpen))
      return caught === thrown
    },
    is: true,
  },
  'return() of an iteration is done': {
    async see(library, mode) {
      const iterator = clientOf(library, mode).iterate(greetings)
      await iterator.next()
      return iterator.return()
    },
    is: { done: true, value: undefined },
  },
  'errors of a resolver are a result of an iteration, which is then done': {
    async see(library, mode) {
      const iterator = clientOf(library, mode).iterate({ query: 'subscription { fails }' })
      const { value } = await iterator.next()
      return [value.errors[0].message, (await iterator.next()).done]
    },
    is: ['Kaboom!', true],
  },
  'an iteration whose connection is lost throws': {
    async see(library, mode) {
      const iterator = clientOf(library, mode).iterate(pings)
      const timer = setInterval(ping, 5)
      await iterator.next()
      clearInterval(timer)
      server.breakOff()
      for (;;) {
        const outcome = await iterator.next().catch(told)
        if (outcome.name) return outcome.name // pings may wait to be read
      }
    },
    is: 'NetworkError',
  },
  'each attempt after a lost connection is counted until none is left': {
    async see(library, mode) {
      const client = clientOf(library, { ...mode, retryAttempts: 2 })
      const followed = follow(client, pings)
      const asked = () => bodies().filter(body => body?.query === pings.query).length
      for (let attempt = 1; attempt <= 3; attempt++) {
        await until(() => asked() === attempt)
        server.breakOff()
      }
      return [(await followed.ended()).name, asked()]
    },
    is: ['NetworkError', 3],
  },
})

Object.assign(inDistinctConnections, {
  'the signal of the request is aborted during unsubscribe, dispose and return': {
    async see(library) {
      const { signals, fetchFn } = signalsOf()
      const client = clientOf(library, { fetchFn })
      const iterator = client.iterate(pings)
      const stops = [follow(client, pings).unsubscribe, () => iterator.return(), () => client.dispose()]
      follow(client, pings)
      await until(() => server.requests.length === 3)
      const counts = []
      for (const stop of stops) {
        stop()
        counts.push(signals.filter(({ aborted }) => aborted).length)
      }
      return counts
    },
    is: [1, 2, 3],
  },
  'connecting is told to the listeners of the client and of the subscription at each attempt': {
    async see(library) {
      const told = []
      const on = { connecting: isRetry => told.push(isRetry) }
      server.answers = [refuse(503, 'Busy')]
      await run(library, { retryAttempts: 1, on }, query, { on })
      return told
    },
    is: [false, false, true, true],
  },
  'an EventSource reads the results of a GET': {
    async see() {
      const source = new EventSource(`${server.url}?query=${encodeURIComponent(greetings.query)}`)
      const results = []
      source.addEventListener('next', ({ data }) => results.push(JSON.parse(data).data.greetings))
      await new Promise(resolve => source.addEventListener('complete', resolve))
      source.close()
      return results
    },
    is: ['Hi', 'Hola', 'Ciao'],
  },
})

const inSingleConnection = {
  'the signal of the stream is aborted by the last of the subscriptions to end, and during dispose': {
    async see(library) {
      const { signals, fetchFn } = signalsOf()
      const client = clientOf(library, { singleConnection: true, fetchFn })
      const all = [follow(client, pings), follow(client, pings)]
      for (const followed of all) await pinged(followed, 1)
      all[0].unsubscribe()
      await all[0].ended()
      const states = [signals[0].aborted]
      all[1].unsubscribe()
      await all[1].ended()
      await until(() => server.requests.every(({ isOpen }) => !isOpen))
      states.push(signals[0].aborted)
      const next = clientOf(library, { singleConnection: true, lazy: false, onNonLazyError() {}, fetchFn })
      await until(() => server.requests.at(-1).isOpen && signals.length === 2)
      next.dispose()
      return [...states, signals[1].aborted]
    },
    is: [false, true, true],
  },
  'messages are those of the stream, with the id of the operation': {
    async see(library) {
      const messages = []
      await run(library, {
        singleConnection: true,
        generateID: () => 'unique',
        onMessage: message => messages.push(message),
      })
      return messages
    },
    is: [
      { event: 'next', data: { id: 'unique', payload: { data: { value: 'v' } } } },
      { event: 'complete', data: { id: 'unique' } },
    ],
  },
  'all subscriptions share a connection, and only the listeners of the client are called': {
    async see(library) {
      const told = []
      const on = { connecting: () => told.push('connecting') }
      const client = clientOf(library, { singleConnection: true, on })
      const all = [follow(client, pings, { on }), follow(client, pings, { on })]
      for (const followed of all) await pinged(followed, 1)
      const opened = server.requests.filter(({ isOpen }) => isOpen).length
      client.dispose()
      return [opened, told]
    },
    is: [1, ['connecting']],
  },
  'lazy: false connects at once, and tells it during createClient': {
    async see(library) {
      const told = []
      const on = { connecting: isRetry => told.push(isRetry) }
      const client = clientOf(library, { singleConnection: true, lazy: false, onNonLazyError() {}, on })
      const during = [...told]
      await until(() => server.requests.length === 2 && server.requests[1].isOpen)
      client.dispose()
      await until(() => !server.requests[1].isOpen)
      return [during, told]
    },
    is: [[false], [false]],
  },
  'onNonLazyError is called with the NetworkError': {
    see(library) {
      server.answers = Array(3).fill(refuse(403, 'Forbidden'))
      return new Promise(resolve => {
        const client = clientOf(library, {
          singleConnection: true,
          lazy: false,
          retryAttempts: 2,
          onNonLazyError(error) {
            client.dispose()
            resolve([told(error), server.requests.length])
          },
        })
      })
    },
    is: [networkError('Server responded with 403: Forbidden', 403), 3],
  },
  'a reservation that is not answered with 201 is a NetworkError': {
    async see(library) {
      server.answers = [refuse(200, 'OK', 'token')]
      return (await run(library, { singleConnection: true })).end
    },
    is: networkError('Server responded with 200: OK', 200),
  },
  'a connection is kept for lazyCloseTimeout, and Infinity keeps it for no time': {
    async see(library) {
      // dispose of the peer leaves its timer behind, and the process would wait for it
      const { setTimeout } = globalThis
      globalThis.setTimeout = (...given) => setTimeout(...given).unref()
      const opened = []
      for (const lazyCloseTimeout of [60_000, Infinity, 0]) {
        server.requests.length = 0
        const client = clientOf(library, { singleConnection: true, lazyCloseTimeout })
        await follow(client, query).ended()
        const [first] = server.requests.filter(({ method }) => method === 'GET')
        if (lazyCloseTimeout !== 60_000) await until(() => !first.isOpen)
        await follow(client, query).ended()
        opened.push(server.requests.filter(({ method }) => method === 'GET').length)
        client.dispose()
      }
      globalThis.setTimeout = setTimeout
      return opened
    },
    is: [1, 2, 2],
  },
  'a server that has lost the stream gets the operation over a new one': {
    async see(library) {
      server.answers = [null, null, refuse(404, 'Not Found', '{"errors":[{"message":"no stream"}]}')]
      const { results, end } = await run(library, { singleConnection: true, retryAttempts: 1 }, greetings)
      return [results.length, end, server.requests.filter(({ method }) => method === 'PUT').length]
    },
    is: [3, 'complete', 2],
  },
  'and 404 is the error after the last attempt': {
    async see(library) {
      server.answers = [null, null, refuse(404, 'Not Found')]
      const { end } = await run(library, { singleConnection: true }, greetings)
      return end
    },
    is: networkError('Server responded with 404: Not Found', 404),
  },
  'a connection that was closed as unused is no retry': {
    async see(library) {
      const told = []
      const client = clientOf(library, { singleConnection: true, on: { connecting: is => told.push(is) } })
      await follow(client, query).ended()
      await until(() => server.requests.every(({ isOpen }) => !isOpen))
      await follow(client, query).ended()
      client.dispose()
      return told
    },
    is: [false, false],
  },
  'subscribing after dispose fails': {
    async see(library) {
      const client = clientOf(library, { singleConnection: true })
      await follow(client, query).ended()
      client.dispose()
      const followed = follow(client, query)
      return [followed.ends, told(await followed.ended()).message]
    },
    is: [0, 'Client has been disposed'],
  },
}

/** Where ours differs on purpose; docs/migrate/graphql-sse.md gives the reasons. */
const differences = {
  'a mutation is not sent again when its connection is lost': {
    async see(library) {
      server.answers = [cut]
      const { end } = await run(library, { retryAttempts: 1 }, mutation)
      return [end, server.requests.length]
    },
    peer: ['complete', 2],
    ours: [networkError('fetch failed'), 1],
  },
  'nor is an operation whose document is not in the request': {
    async see(library) {
      server.answers = [cut, stream(complete)]
      const { end } = await run(library, { retryAttempts: 1 }, { query: '', id: '7' })
      return [end, server.requests.length]
    },
    peer: ['complete', 2],
    ours: [networkError('fetch failed'), 1],
  },
  'single connection mode: dispose completes': {
    async see(library) {
      const client = clientOf(library, { singleConnection: true })
      const followed = follow(client, pings)
      await pinged(followed, 1)
      client.dispose()
      return told(await followed.ended())
    },
    peer: networkError('This operation was aborted'),
    ours: 'complete',
  },
  'single connection mode: the body of a refusal can be read': {
    async see(library) {
      const { response } = await follow(clientOf(library, { singleConnection: true }), {
        query: '}}',
      }).ended()
      return response.json().then(Object.keys, () => 'aborted')
    },
    peer: 'aborted',
    ours: ['errors'],
  },
  'single connection mode: a request that is no JSON is no error of the network': {
    async see(library) {
      const variables = {}
      variables.self = variables
      return (await run(library, { singleConnection: true }, { ...query, variables })).end.name
    },
    peer: 'NetworkError',
    ours: 'TypeError',
  },
  'single connection mode: subscriptions that lose a connection share the next one, and its attempt': {
    async see(library) {
      const retried = []
      const retry = async retries => void retried.push(retries)
      const client = clientOf(library, { singleConnection: true, retryAttempts: 5, retry })
      const all = [follow(client, pings), follow(client, pings)]
      for (const followed of all) await pinged(followed, 1)
      server.breakOff()
      for (const followed of all) await pinged(followed, 2)
      client.dispose()
      return [retried, server.requests.filter(({ method }) => method === 'GET').length]
    },
    peer: [[0, 0], 3],
    ours: [[0], 2],
  },
  'events of other names are ignored, as an EventSource ignores them': {
    async see(library) {
      server.answers = [stream(`event: ping\ndata: 1\n\ndata: 2\n\n${next({ a: 1 })}${complete}`)]
      const { end, results } = await run(library, {})
      return [end.message ?? end, results.length]
    },
    peer: ['Invalid stream event "ping"', 0],
    ours: ['complete', 1],
  },
  'an answer in JSON is read': {
    async see(library) {
      server.answers = [refuse(200, 'OK', '{"data":{"a":1}}', { 'content-type': 'application/json' })]
      return run(library, {})
    },
    peer: { results: [], end: closed },
    ours: { results: [{ data: { a: 1 } }], end: 'complete' },
  },
  'a page of a proxy is an error at once': {
    async see(library) {
      server.answers = [refuse(200, 'OK', '<html>', { 'content-type': 'text/html' })]
      const { end } = await run(library, { retryAttempts: 1 })
      return [end.name ?? end, server.requests.length]
    },
    peer: ['complete', 2],
    ours: ['StreamError', 1],
  },
  'throw() of an iterator stops the operation, and rejects': {
    async see(library) {
      const iterator = clientOf(library).iterate(pings)
      await until(() => server.requests.length > 0)
      return iterator.throw(new Error('mine')).catch(({ message }) => message)
    },
    peer: { done: true, value: undefined },
    ours: 'mine',
  },
  'after dispose nothing is sent': {
    async see(library) {
      let requests = 0
      const fetchFn = (...given) => {
        requests++
        return fetch(...given)
      }
      const client = clientOf(library, { fetchFn })
      client.dispose()
      await follow(client, query).ended()
      return requests
    },
    peer: 1,
    ours: 0,
  },
}

test('ours: a persisted operation of a known kind is sent again as that kind allows, and the kind is not sent', async () => {
  for (const [kind, sent] of Object.entries({ subscription: 2, query: 2, mutation: 1 })) {
    server.begin()
    server.answers = [cut, stream(complete)]
    await run(ours, { retryAttempts: 1 }, { query: '', id: '7', kind })
    assert.deepEqual(bodies(), Array(sent).fill({ query: '', id: '7' }), kind)
  }
})

function table(promises, mode = {}) {
  for (const [promise, { see, is }] of Object.entries(promises)) {
    for (const [name, library] of Object.entries({ peer, ours })) {
      test(`${name}: ${promise}`, { timeout: 60_000 }, async () => {
        server.begin()
        const expected = typeof is === 'function' ? is(mode) : is
        const seen = await see(library, mode)
        assert.deepEqual(seen, expected)
      })
    }
  }
}

describe('distinct connections', () => {
  table(inBothModes)
  table(inDistinctConnections)
})

describe('single connection mode', () => {
  table(inBothModes, { singleConnection: true })
  table(inSingleConnection, { singleConnection: true })
})

describe('where ours differs', () => {
  for (const [difference, { see, ...expected }] of Object.entries(differences)) {
    for (const [name, library] of Object.entries({ peer, ours })) {
      test(`${name}: ${difference}`, { timeout: 60_000 }, async () => {
        server.begin()
        assert.deepEqual(await see(library), expected[name])
      })
    }
  }
})

describe('what client and server share', () => {
  const attempt = call => {
    try {
      return call()
    } catch (error) {
      return error.message
    }
  }
  const { TOKEN_HEADER_KEY, TOKEN_QUERY_KEY } = peer
  test('the constants', () =>
    assert.deepEqual([ours.TOKEN_HEADER_KEY, ours.TOKEN_QUERY_KEY], [TOKEN_HEADER_KEY, TOKEN_QUERY_KEY]))
  const given = {
    validateStreamEvent: [['next'], ['complete'], ['ping'], [undefined]],
    print: [[{ event: 'next', data: { data: 1 } }], [{ event: 'complete', data: null }]],
    parseStreamData: [
      ['next', '{"a":1}'],
      ['next', ''],
      ['next', '{'],
      ['next', 'null'],
      ['complete', ''],
    ],
    isAsyncIterable: [[null], [{}], [(async function* () {})()], [{ [Symbol.asyncIterator]() {} }]],
    isAsyncGenerator: [[null], [{}], [(async function* () {})()], [{ [Symbol.asyncIterator]() {} }]],
  }
  const functions = { peer: { ...peer }, ours: { ...ours } }
  for (const [name, calls] of Object.entries(given)) {
    test(name, () => {
      for (const values of calls)
        assert.deepEqual(
          attempt(() => functions.ours[name](...values)),
          attempt(() => functions.peer[name](...values)),
        )
    })
  }
  test('NetworkError of a text, an error and a response', () => {
    for (const value of [
      'text',
      new TypeError('failed'),
      new Response('', { status: 404, statusText: 'No' }),
    ])
      assert.deepEqual(told(new ours.NetworkError(value)), told(new peer.NetworkError(value)))
  })
})
