/** The snippets of docs/migrate/, those before and those after, word for word, against one server on this machine. */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { gql } from '@apollo/client'
import { EventSource as PeerEventSource } from 'eventsource'
import { buildSchema, execute, graphql, subscribe } from 'graphql'
import { createHandler } from 'graphql-sse/lib/use/http'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocket, WebSocketServer } from 'ws'
import { runSnippet, snippetsUnder } from './run-snippet.mjs'

const schema = buildSchema(`
  type Message { text: String! }
  type Query { hello: String! }
  type Subscription { messages: Message! }
`)
const texts = ['Hi', 'Ho']
const rootValue = {
  hello: 'Hello!',
  async *messages() {
    for (const text of texts) yield { messages: { text } }
  },
}
const executor = {
  schema,
  execute: given => execute({ ...given, rootValue }),
  subscribe: given => subscribe({ ...given, rootValue }),
}
const eventStream = { 'content-type': 'text/event-stream' }

/** What the server was asked: the method, the address and the token of each request. */
let asked = []
let server
let sockets
let origin
before(async () => {
  const overSse = createHandler(executor)
  const routes = {
    '/events': response =>
      response.writeHead(200, eventStream).end('retry: 5\ndata: a\n\nevent: update\ndata: b\n\n'),
    '/chat': response =>
      response.writeHead(200, eventStream).end('data: Hel\n\ndata: lo\n\ndata: [DONE]\n\n'),
  }
  server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost')
    const { method, headers } = request
    asked.push([method, pathname, headers.authorization])
    // an event source comes back
    if (pathname === '/events' && asked.filter(([, path]) => path === pathname).length > 1)
      return response.writeHead(204).end()
    if (routes[pathname]) return routes[pathname](response)
    if (/^text.event-stream/.test(headers.accept)) return overSse(request, response)
    let body = ''
    for await (const chunk of request) body += chunk
    const source = searchParams.get('query') ?? JSON.parse(body).query
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(await graphql({ schema, source, rootValue })))
  })
  sockets = useServer(executor, new WebSocketServer({ server }))
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${server.address().port}`
})
after(async () => {
  await sockets.dispose()
  server.closeAllConnections()
  server.close()
})

const platform = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket }
/** The address on this server of an address in a snippet. */
const here = (address, scheme = 'http') => {
  const { pathname, search } = new URL(address, 'https://example.com')
  return `${origin.replace('http', scheme)}${pathname}${search}`
}

/** What a snippet calls and reads beside the packages: the reader's own code. */
let reader
let ended
beforeEach(() => {
  asked = []
  const appended = []
  const shown = []
  ended = Promise.withResolvers?.() ?? withResolvers()
  reader = {
    appended,
    shown,
    fetch: (address, init) => platform.fetch(here(address), init),
    // the packages for pages look for them
    location: new URL('https://example.com/'),
    window: {
      EventSource: PageEventSource,
      setTimeout,
      clearTimeout,
      fetch: (address, init) => platform.fetch(here(address), init),
    },
    // Node 20 has none
    WebSocket: class extends WebSocket {
      constructor(address, protocols) {
        super(here(address, 'ws'), protocols)
      }
    },
    token: async () => 't1',
    connectionParams: {},
    prompt: 'Hi',
    text: 'data: a\n\nnonsense: 1\ndata: b\n\n',
    response: new Response('data: c\n\ndata: d\n\n'),
    append: data => appended.push(data),
    show: (...values) => {
      shown.push(values)
      if (values.includes('complete')) ended.resolve()
    },
    sink: {
      next: ({ data }) => shown.push([data]),
      error: ended.reject,
      complete: ended.resolve,
    },
  }
  globalThis.document = Object.assign(new EventTarget(), { hidden: false })
})
afterEach(() => {
  for (const name of [...Object.keys(reader), 'document']) delete globalThis[name]
  Object.assign(globalThis, platform)
})

function withResolvers() {
  const made = {}
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }))
  return made
}

/** Pages resolve addresses; the package eventsource does not. */
class PageEventSource extends PeerEventSource {
  constructor(address, init) {
    super(here(address), { ...init, fetch: globalThis.fetch })
  }
}

/** Runs what `see` does with each snippet under a heading, beginning with the one before, which uses the peer. */
function each(page, heading, see, names = []) {
  const document = `docs/migrate/${page}.md`
  for (const [i, snippet] of snippetsUnder(document, heading).entries())
    test(`${document}: ${heading}, snippet ${i + 1}`, { timeout: 30_000 }, async () => {
      await see(await runSnippet(snippet, reader, names))
    })
}

const sourceEnds = source =>
  new Promise(resolve => source.addEventListener('error', () => source.readyState === 2 && resolve()))

each(
  'event-source',
  "From the browser's EventSource",
  async ({ source }) => {
    await sourceEnds(source)
    assert.deepEqual(reader.appended, ['a'])
    assert.deepEqual(reader.shown[0], ['b'])
  },
  ['source'],
)

each(
  'eventsource-parser',
  'From eventsource-parser',
  async ({ events }) => {
    for await (const { data } of events) reader.append(data)
    assert.deepEqual(reader.appended, ['a', 'b', 'c', 'd'])
    assert.deepEqual(reader.shown, [[true]])
  },
  ['events'],
)

each(
  'eventsource',
  'From eventsource',
  async ({ source }) => {
    await sourceEnds(source)
    assert.ok(asked.every(([, , authorization]) => authorization === 'Bearer t1'))
    assert.equal(reader.shown.at(-1)[0], 204)
  },
  ['source'],
)

for (const heading of ['From @microsoft/fetch-event-source', 'Or take streamEvents'])
  each('fetch-event-source', heading, async () => {
    const whole = reader.appended.filter(data => data !== '[DONE]')
    assert.deepEqual(whole, ['Hel', 'lo'])
    assert.deepEqual(asked, [['POST', '/chat', undefined]])
  })

const messages = texts.map(text => ({ messages: { text } }))

for (const heading of ['Change the import', 'Or take our own client'])
  each('graphql-sse', heading, async () => {
    await ended.promise
    const seen = reader.shown.filter(([value]) => value !== 'complete').map(([data]) => ({ ...data }))
    assert.deepEqual(JSON.parse(JSON.stringify(seen)), messages)
    assert.deepEqual(asked, [['POST', '/graphql/stream', 't1']])
  })

each('graphql-ws', 'From graphql-ws', async () => {
  await ended.promise
  assert.deepEqual(
    reader.shown.map(([data]) => data),
    messages,
  )
})

/** The results of an observable, or of urql's source, until there are so many. */
const taken = (source, count) =>
  new Promise((resolve, reject) => {
    const values = []
    const take = value => {
      values.push(value.data)
      if (values.length === count) resolve(values)
    }
    source.subscribe(take.length && source.toPromise ? take : { next: take, error: reject })
  })

each(
  'apollo',
  "From Apollo Client's HttpLink and GraphQLWsLink",
  async ({ apollo }) => {
    const { data } = await apollo.query({ query: gql`{ hello }` })
    assert.equal(data.hello, 'Hello!')
    const seen = await taken(apollo.subscribe({ query: gql`subscription { messages { text } }` }), 2)
    assert.deepEqual(
      seen.map(({ messages }) => messages.text),
      texts,
    )
    apollo.stop()
  },
  ['apollo'],
)

each(
  'urql',
  "From urql's recipe for SSE",
  async ({ urql }) => {
    const { data } = await urql.query('{ hello }', {}).toPromise()
    assert.equal(data.hello, 'Hello!')
    const seen = await taken(urql.subscription('subscription { messages { text } }', {}), 2)
    assert.deepEqual(
      seen.map(({ messages }) => messages.text),
      texts,
    )
  },
  ['urql'],
)
