/** The snippets of the README, of the guides and of the pages on GraphQL, run word for word against a mock server. */

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { QueryClient } from '@tanstack/query-core'
import { createClient } from 'postsource/graphql'
import { complete, drop, end, events, mockServer, respond, results } from 'postsource/testing'
import { runInThread, runSnippet, snippetsUnder } from './run-snippet.mjs'

let server
/** What a snippet calls and reads beside the package: the reader's own code. */
let reader

beforeEach(() => {
  server = mockServer()
  const shown = []
  const appended = []
  const pressed = []
  reader = {
    fetch: server.fetch,
    location: new URL('http://localhost/'),
    localStorage: { getItem: () => null, setItem() {} },
    page: { querySelector: () => ({ addEventListener: (_, listener) => pressed.push(listener) }) },
    token: async ({ refresh = false } = {}) => (refresh ? 'fresh' : 'stale'),
    text: 'Hi',
    append: text => appended.push(text),
    show: (...values) => shown.push(values.join(' ')),
    shown,
    appended,
    pressed,
  }
})

afterEach(() => {
  for (const name of Object.keys(reader)) delete globalThis[name]
})

/** Runs the snippet under a heading that contains `part`. Resolves with what the snippet declares under `names`. */
async function run(document, heading, names = [], part = '') {
  const found = snippetsUnder(document, heading).filter(({ code }) => code.includes(part))
  assert.equal(found.length, 1, `snippets of ${document} under "${heading}"`)
  return runSnippet(found[0], reader, names)
}

const chats = [
  ['README.md', 'A chat over POST'],
  ['docs/guides/chat.md', 'The whole thing'],
]
for (const [document, heading] of chats) {
  test(`${document}: the chat refreshes its token once, and shows the answer`, async () => {
    const chat = server.on(
      'POST /chat',
      respond(401),
      events([{ data: { text: 'Hel' } }, { data: { text: 'lo' } }, '[DONE]']),
    )
    const { ask } = await run(document, heading, ['ask'])
    await ask('Hi')
    assert.equal(reader.appended.join(''), 'Hello')
    assert.deepEqual(
      chat.requests.map(({ headers }) => headers.get('authorization')),
      ['Bearer stale', 'Bearer fresh'],
    )
    assert.deepEqual(chat.requests[1].json(), { prompt: 'Hi' })
    assert.deepEqual(reader.shown, [])
  })

  for (const [name, last] of [
    ['breaks off', drop()],
    ['ends before [DONE]', end()],
  ]) {
    test(`${document}: an answer that ${name} is reported, and the prompt is not sent again`, async () => {
      const chat = server.on('POST /chat', events([{ data: { text: 'Hel' } }, last]))
      const { ask } = await run(document, heading, ['ask'])
      await ask('Hi')
      assert.deepEqual(reader.appended, ['Hel'])
      assert.match(reader.shown.join(), /^The answer broke off: /)
      assert.equal(chat.requests.length, 1)
    })
  }

  test(`${document}: Stop ends the connection and reports nothing, and the next question is asked`, async () => {
    const chat = server.on('POST /chat')
    const { ask } = await run(document, heading, ['ask'])
    const asked = ask('Hi')
    await chat.send({ data: { text: 'Hel' } })
    reader.pressed[0]()
    await asked
    await chat.requests[0].closed
    assert.deepEqual([reader.appended, reader.shown], [['Hel'], []])
    assert.ok(chat.requests[0].aborted)

    const again = ask('And now?')
    await chat.send({ data: { text: 'lo' } }, '[DONE]')
    await again
    assert.deepEqual([reader.appended, reader.shown], [['Hel', 'lo'], []])
  })
}

test('docs/guides/chat.md: a request with a key is repeated with the same key', async () => {
  const chat = server.on('POST /chat', drop(), events([{ data: 'Hello' }, end()]))
  // the first delay of the backoff is random, up to 1 s
  const { random } = Math
  Math.random = () => 0
  try {
    const { events: read } = await run('docs/guides/chat.md', 'No double answer', ['events'])
    assert.equal((await read.next()).value.data, 'Hello')
    await read.return()
  } finally {
    Math.random = random
  }
  const keys = chat.requests.map(({ headers }) => headers.get('idempotency-key'))
  assert.equal(keys.length, 2)
  assert.ok(keys[0] && keys[0] === keys[1])
})

const named = data => ({ event: data.type, data })
const textDelta = text =>
  named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
const shapes = [
  {
    name: 'chat completions',
    heading: "OpenAI's event shapes",
    path: '/chat/completions',
    steps: [
      { data: { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] } },
      { data: { choices: [{ index: 0, delta: { content: 'Hel' } }] } },
      { data: { choices: [{ index: 0, delta: { content: 'lo' } }] } },
      { data: { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] } },
      { data: { choices: [], usage: { total_tokens: 9 } } },
      '[DONE]',
    ],
  },
  {
    name: 'responses',
    heading: "OpenAI's event shapes",
    path: '/responses',
    steps: [
      named({ type: 'response.created', response: {} }),
      named({ type: 'response.output_text.delta', delta: 'Hel' }),
      named({ type: 'response.output_text.delta', delta: 'lo' }),
      named({ type: 'response.completed', response: {} }),
    ],
  },
  {
    name: 'messages',
    heading: "Anthropic's event shapes",
    path: '/messages',
    steps: [
      named({ type: 'message_start', message: {} }),
      named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
      named({ type: 'ping' }),
      textDelta('Hel'),
      textDelta('lo'),
      named({ type: 'content_block_stop', index: 0 }),
      named({ type: 'message_delta', delta: { stop_reason: 'end_turn' } }),
      named({ type: 'message_stop' }),
    ],
  },
]
for (const { name, heading, path, steps } of shapes) {
  test(`docs/guides/chat.md: ${heading}, ${name}`, async () => {
    const route = server.on(`POST ${path}`, events(steps)) // the stream stays open
    await run('docs/guides/chat.md', heading, [], `'${path}'`)
    assert.equal(reader.appended.join(''), 'Hello')
    await route.requests[0].closed
    assert.ok(route.requests[0].aborted)
  })
}

test('docs/guides/chat.md: the server passes on the stream of the model, and leaves it when the user leaves', async () => {
  const model = server.on('POST https://api.openai.com/v1/chat/completions', events(shapes[0].steps))
  const { POST } = await run('docs/guides/chat.md', 'On your server')
  const route = server.on('POST /chat/completions', ({ url, text, signal }) =>
    POST(new Request(url, { method: 'POST', body: text, signal })),
  )
  await run('docs/guides/chat.md', "OpenAI's event shapes", [], "'/chat/completions'")
  assert.equal(reader.appended.join(''), 'Hello')
  assert.deepEqual(model.requests[0].json().messages, [{ role: 'user', content: 'Hi' }])
  assert.equal(route.requests.length, 1)
  await model.requests[0].closed
  assert.ok(model.requests[0].aborted)
})

test('docs/guides/chat.md: a refusal of the model arrives with its status and body', async () => {
  server.on('POST https://api.openai.com/v1/chat/completions', respond(429, { body: { error: 'slow down' } }))
  const { POST } = await run('docs/guides/chat.md', 'On your server')
  server.on('POST /chat/completions', ({ url, text }) =>
    POST(new Request(url, { method: 'POST', body: text })),
  )
  await assert.rejects(
    run('docs/guides/chat.md', "OpenAI's event shapes", [], "'/chat/completions'"),
    error => {
      assert.deepEqual([error.status, error.json()], [429, { error: 'slow down' }])
      return true
    },
  )
})

test('docs/guides/chat.md: an error in the middle of an answer is thrown', async () => {
  const error = named({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })
  server.on('POST /messages', events([textDelta('Hel'), error]))
  await assert.rejects(run('docs/guides/chat.md', "Anthropic's event shapes"), { message: 'Overloaded' })
  assert.deepEqual(reader.appended, ['Hel'])
})

test('docs/guides/reconnection.md: a POST is resumed by a GET, after its last event', async () => {
  const route = server.on(
    '/mcp',
    events([{ id: '1', data: 'Hel', retry: 1 }, drop()], { headers: { 'mcp-session-id': 's1' } }),
    respond(204),
  )
  await run('docs/guides/reconnection.md', 'A POST that a GET resumes')
  const [first, second] = [await route.nextRequest(), await route.nextRequest()]
  assert.deepEqual([first.method, first.json().method], ['POST', 'tools/list'])
  assert.deepEqual([second.method, second.text, second.lastEventId], ['GET', '', '1'])
  assert.equal(second.headers.get('authorization'), 'Bearer stale')
  assert.equal(second.headers.get('mcp-session-id'), 's1')
})

test('docs/guides/reconnection.md: a tool of MCP runs once, and its answer is resumed', async () => {
  const route = server.on(
    '/mcp',
    events([{ id: '1', data: '', retry: 1 }, { id: '2', data: { method: 'progress' } }, drop()], {
      headers: { 'mcp-session-id': 's1' },
    }),
    events([{ id: '3', data: { id: 1, result: { content: [] } } }]),
  )
  const { callTool } = await run('docs/guides/reconnection.md', 'MCP', ['callTool'])
  assert.deepEqual(await callTool('search', 's1'), { content: [] })
  const sent = route.requests.map(({ method, lastEventId, headers }) => [
    method,
    lastEventId,
    headers.get('mcp-session-id'),
  ])
  assert.deepEqual(sent, [
    ['POST', '', 's1'],
    ['GET', '2', 's1'],
  ])
  assert.deepEqual(reader.shown, ['progress'])
})

test('docs/guides/reconnection.md: a run of LangGraph is joined again, and ends with its stream', async () => {
  const message = (id, content) => ({ id, event: 'messages', data: [{ content }] })
  const location = '/threads/t1/runs/r1/stream'
  server.on('POST /threads/t1/runs/stream', events([message('1', 'Hel'), drop()], { headers: { location } }))
  const joined = server.on(`GET ${location}`, events([message('2', 'lo'), end()]))
  const { runGraph } = await run('docs/guides/reconnection.md', 'LangGraph', ['runGraph'])
  await runGraph('t1', {})
  assert.equal(reader.appended.join(''), 'Hello')
  assert.deepEqual(
    joined.requests.map(({ lastEventId }) => lastEventId),
    ['1'],
  )
})

test('docs/guides/reconnection.md: a source continues at the position that was kept', async () => {
  const kept = new Map([['position', '4']])
  reader.localStorage = {
    getItem: key => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
  }
  const route = server.on('/events', events([{ id: '5', data: 'five' }]))
  const { source } = await run(
    'docs/guides/reconnection.md',
    'Resume without a loss',
    ['source'],
    'EventSource',
  )
  await route.send('six')
  assert.equal(route.requests[0].lastEventId, '4')
  assert.equal(kept.get('position'), '5')
  assert.deepEqual(reader.appended, ['five', 'six'])
  source.close()
})

test('docs/guides/reconnection.md: an operation continues after its last result', async () => {
  const route = server.on(
    'POST /graphql',
    results([{ data: { messages: { id: '7', text: 'Hi' } } }, drop()]),
    results([{ data: { messages: { id: '8', text: 'Ho' } } }, complete()]),
  )
  reader.client = createClient({ url: 'http://localhost/graphql', fetch: server.fetch, retry: () => 0 })
  await new Promise((complete, error) => {
    reader.sink = { next: ({ data }) => reader.append(data.messages.text), error, complete }
    run('docs/guides/reconnection.md', 'Resume without a loss', [], 'client.subscribe').catch(error)
  })
  assert.deepEqual(reader.appended, ['Hi', 'Ho'])
  assert.deepEqual(route.requests[1].json().variables, { after: '7' })
})

test('docs/guides/authentication.md: several streams share one refresh', async () => {
  const { freshToken } = await run(
    'docs/guides/authentication.md',
    'Tokens, refreshed once after a 401',
    ['freshToken'],
    'freshToken',
  )
  let count = 0
  const refresh = async () => `token ${++count}`
  assert.deepEqual(await Promise.all([freshToken(refresh), freshToken(refresh)]), ['token 1', 'token 1'])
  assert.equal(await freshToken(refresh), 'token 2')
})

test('docs/guides/tables.md: rows follow updates and deletions, and begin again with each connection', async () => {
  const update = (id, title) => ({ event: 'update', id, data: { id, title } })
  const route = server.on(
    '/table?stream=sse',
    events([update('a', 'one'), update('b', 'two'), { event: 'delete', id: 'a', data: { id: 'a' } }]),
    events([update('c', 'three')]),
  )
  const { source, rows } = await run('docs/guides/tables.md', 'With EventSource', ['source', 'rows'])
  await route.send(update('b', 'new'))
  assert.deepEqual([...rows], [['b', { title: 'new' }]])
  await route.send({ retry: 1, data: '' }, drop())
  await route.send(update('d', 'four'))
  assert.deepEqual([...rows.keys()], ['c', 'd'])
  assert.equal(route.requests[1].lastEventId, '')
  source.close()
})

for (const [document, heading] of [
  ['README.md', 'GraphQL'],
  ['docs/graphql.md', 'GraphQL'],
]) {
  test(`${document}: a subscription, and a query with @defer`, async () => {
    const drawn = []
    Object.assign(reader, { room: 'one', draw: data => drawn.push(data) })
    const route = server.on('POST /graphql', ({ text }) =>
      text.includes('subscription')
        ? results([{ data: { messages: { text: 'Hi' } } }, complete()])
        : results([
            { data: { report: { title: 'A' } }, hasNext: true },
            { incremental: [{ path: ['report'], data: { summary: 'B' } }], hasNext: false },
            complete(),
          ]),
    )
    reader.show = data => reader.append(data.messages.text)
    await run(document, heading)
    assert.deepEqual(drawn, [{ report: { title: 'A' } }, { report: { title: 'A', summary: 'B' } }])
    await route.requests[0].closed
    assert.deepEqual(reader.appended, ['Hi'])
    assert.equal(route.requests[0].headers.get('authorization'), 'Bearer stale')
  })
}

test('docs/graphql/tanstack-query.md: a query grows a list of results', async () => {
  const url = 'http://localhost/graphql'
  Object.assign(reader, { room: 'one', client: createClient({ url, fetch: server.fetch }) })
  const result = text => ({ data: { messages: { author: 'Ada', text } } })
  server.on('POST /graphql', results([result('Hi'), result('Ho'), complete()]))
  const { queryOptions } = await run(
    'docs/graphql/tanstack-query.md',
    'TanStack Query',
    ['queryOptions'],
    'queryOptions',
  )
  assert.deepEqual(await new QueryClient().fetchQuery(queryOptions), [
    { author: 'Ada', text: 'Hi' },
    { author: 'Ada', text: 'Ho' },
  ])
})

test('docs/graphql/persisted-operations.md: they are sent by GET, with their hash or identifier', async () => {
  Object.assign(reader, {
    createClient: options => createClient({ ...options, url: `http://localhost${options.url}` }),
    sha256Hash: 'abc',
    sink: { next() {}, error: reader.show, complete() {} },
  })
  const route = server.on('GET /graphql', results([{ data: { n: 1 } }, complete()]))
  await run('docs/graphql/persisted-operations.md', 'Persisted operations')
  const [first, second] = [await route.nextRequest(), await route.nextRequest()]
  const parameters = ({ url }) => Object.fromEntries(new URL(url).searchParams)
  assert.deepEqual(parameters(first), {
    extensions: JSON.stringify({ persistedQuery: { version: 1, sha256Hash: 'abc' } }),
  })
  assert.deepEqual(parameters(second), { documentId: 'latest-report' })
  await Promise.all([first.closed, second.closed])
  assert.deepEqual(reader.shown, [])
})

test('docs/event-source.md: a source and a loop receive the same events', async () => {
  const steps = ['one', { event: 'update', data: 'two' }]
  const route = server.on('/events', events(steps), events([...steps, end()]), respond(204))
  await run('docs/event-source.md', 'EventSource and streamEvents', ['source']).then(({ source }) =>
    source.close(),
  )
  assert.deepEqual(reader.appended, ['one'])
  assert.deepEqual(reader.shown.sort(), ['message one', 'two', 'update two'])
  assert.ok(route.requests.length >= 2)
})

test('docs/event-source.md: an error event says when the source connects again', async () => {
  server.on('/events', events([{ data: '', retry: 20 }, drop()]), respond(503))
  const { source } = await run('docs/event-source.md', 'Events', ['source'])
  await new Promise(resolve => source.addEventListener('error', () => source.readyState === 2 && resolve()))
  assert.equal(reader.shown[0], 'reconnecting in 20 ms')
  assert.match(reader.shown[1], /^closed: the server answered 503/)
})

test('docs/parsers.md: a response is read event by event, and in batches', async () => {
  const closed = []
  server.on('/stream', request => {
    request.closed.then(() => closed.push(request.aborted))
    return events(['one', '[DONE]', 'three'])
  })
  const handled = []
  Object.assign(reader, {
    url: 'http://localhost/stream',
    signal: new AbortController().signal,
    response: new Response('data: four\n\ndata: five\n\n', {
      headers: { 'content-type': 'text/event-stream' },
    }),
    handle: event => handled.push(event.data),
  })
  await run('docs/parsers.md', 'readEvents and readEventBatches')
  assert.deepEqual(handled, ['four', 'five'])
  assert.equal(server.requests.length, 1)
})

test('docs/parsers.md: chunks become events, comments, ids and errors', async () => {
  const told = []
  for (const name of ['onRetry', 'onComment', 'onId', 'onError'])
    reader[name] = value => told.push([name, value])
  Object.assign(reader, {
    show: (...values) => told.push(['onEvent', ...values]),
    chunk: new TextEncoder().encode(': hi\nretry: 5\nevent: add\nid: 1\ndata: x\n\ncolon\n\n'),
  })
  await run('docs/parsers.md', 'createParser', [], 'createParser')
  assert.deepEqual(told.slice(0, -1), [
    ['onComment', 'hi'],
    ['onRetry', 5],
    ['onId', '1'],
    ['onEvent', 'add', '1', 'x'],
  ])
  assert.equal(told.at(-1)[0], 'onError')
})

test('docs/parsers.md: a transform stream', async () => {
  reader.response = new Response('data: one\n\ndata: two\n\n')
  const { messages } = await run('docs/parsers.md', 'createParser', ['messages'], 'EventSourceParserStream')
  const taken = []
  for await (const { data } of messages) taken.push(data)
  assert.deepEqual(taken, ['one', 'two'])
})

test('docs/devtools.md: the functions of the console follow streams, and print them', async () => {
  const printed = []
  const write = new Proxy({}, { get: () => line => printed.push(String(line)) })
  const { console: own } = globalThis
  Object.assign(reader, {
    postsource: await import('postsource/devtools'),
    console: write,
    document: { baseURI: 'http://localhost/' },
  })
  const plain = server.on('/events', events())
  const answer = server.on('/answer', events())
  try {
    const names = ['stream', 'page']
    const { stream, page } = await run('docs/devtools.md', "The browser's console", names, 'watchPage')
    await stream.trace.ended
    await plain.send('one')
    const { streamEvents } = await import('postsource')
    const read = streamEvents('http://localhost/answer', { fetch: server.fetch })
    const first = read.next()
    await answer.send('two')
    assert.equal((await first).value.data, 'two')
    await read.return()
    page.stop()
    assert.equal(page.traces.length, 2)
    for (const data of ['one', 'two']) assert.ok(printed.some(line => line.includes(data)))
  } finally {
    globalThis.console = own
  }
})

test('docs/devtools.md: a recording answers a client', async () => {
  const route = server.on('POST /graphql', results([{ data: { n: 1 } }, complete()]))
  const { record, traceStream } = await import('postsource/devtools')
  const trace = traceStream('http://localhost/graphql', { query: '{ n }', fetch: server.fetch })
  await trace.ended
  Object.assign(reader, { url: 'http://localhost/graphql', text: JSON.stringify(record({ trace })) })
  const { fromRecording } = await run('docs/devtools.md', 'Recordings', ['fromRecording'], 'parseRecording')
  const taken = []
  for await (const { data } of fromRecording.iterate({ query: '{ n }' })) taken.push(data)
  assert.deepEqual(taken, [{ n: 1 }])
  assert.equal(route.requests.length, 1)
})

test('docs/frameworks.md: a Worker reads a stream', async () => {
  server.on('https://api.example.com/events', events(['one', 'two', end()]))
  const { worker } = await run('docs/frameworks.md', 'Cloudflare Workers', ['worker'])
  assert.deepEqual(await (await worker.fetch()).json(), ['one', 'two'])
})

test('docs/react/server-rendering.md: a route streams, and goes on after the last id', async () => {
  const { GET } = await run('docs/react/server-rendering.md', 'A route that streams')
  const response = GET(new Request('http://localhost/events', { headers: { 'last-event-id': '6' } }))
  const body = response.body.getReader()
  assert.equal(new TextDecoder().decode((await body.read()).value), 'id: 7\ndata: 7\n\n')
  await body.cancel()
})

test('docs/graphql/tanstack-query.md: an answer grows', async () => {
  server.on('POST /chat', events([{ data: { text: 'Hel' } }, { data: { text: 'lo' } }, '[DONE]']))
  const { answerOptions } = await run(
    'docs/graphql/tanstack-query.md',
    'TanStack Query',
    ['answerOptions'],
    'answerOptions',
  )
  assert.equal(await new QueryClient().fetchQuery(answerOptions), 'Hello')
})

test('docs/graphql/tanstack-query.md: events change the cache', async () => {
  const route = server.on('/table?stream=sse', events())
  const page = 'A cache that a stream keeps up to date'
  const { queryClient, source } = await run('docs/graphql/tanstack-query.md', page, ['queryClient', 'source'])
  await route.send({ event: 'update', data: { id: 'a', title: 'one' } })
  assert.deepEqual(queryClient.getQueryData(['rows']), { a: { id: 'a', title: 'one' } })
  source.close()
})

test('docs/graphql.md: the results and the parts of a response', async () => {
  const used = []
  Object.assign(reader, {
    url: 'http://localhost/graphql',
    init: { method: 'POST' },
    signal: new AbortController().signal,
    use: value => used.push(value),
  })
  server.on('POST /graphql', results([{ data: { n: 1 } }, complete()], { protocol: 'multipart' }))
  server.on('GET /graphql', results([{ data: { n: 2 } }, complete()], { protocol: 'multipart' }))
  reader.show = ({ data }) => reader.append(data)
  await run('docs/graphql.md', 'One response')
  assert.deepEqual(reader.appended, [{ n: 1 }])
  assert.deepEqual(used, [{ data: { n: 2 } }])
})

test('docs/guides/errors.md: there is a text for every code', async () => {
  const { textFor } = await run('docs/guides/errors.md', 'Errors', ['textFor'])
  assert.equal(textFor({ code: 'http-status', status: 429 }), 'Too many requests. Wait a moment.')
  assert.equal(textFor({ code: 'ended' }), 'The answer is incomplete.')
})

test('docs/guides/authentication.md: fetchEventSource calls its fetch for every attempt', async () => {
  const route = server.on('/events', events([{ data: 'one', retry: 1 }, drop()]), events(['two']))
  run('docs/guides/authentication.md', 'Tokens, refreshed once after a 401', [], 'fetchEventSource')
  await route.nextRequest()
  await route.nextRequest()
  await route.send('three')
  assert.deepEqual(
    route.requests.map(({ headers }) => headers.get('authorization')),
    ['Bearer stale', 'Bearer stale'],
  )
  assert.deepEqual(reader.appended, ['one', 'two', 'three'])
})

test('docs/loading.md: the WebAssembly module can be a file', async () => {
  const wasm = new URL('../../dist/postsource.wasm', import.meta.url)
  const [snippet] = snippetsUnder('docs/loading.md', 'WebAssembly')
  const shown = await runInThread(snippet, {
    before: `
      import { readFileSync } from 'node:fs'
      globalThis.location = new URL('https://example.com/')
      globalThis.asked = []
      globalThis.fetch = async url => {
        asked.push(String(url))
        return new Response(readFileSync(new URL('${wasm}')), { headers: { 'content-type': 'application/wasm' } })
      }`,
    after: `
      import { readEvents } from 'postsource'
      for await (const { data } of readEvents(new Response('data: one\\n\\n').body)) show([asked, data])`,
  })
  assert.deepEqual(shown, [['https://example.com/assets/postsource.wasm'], 'one'])
})

test('docs/guides/content-security-policy.md: without WebAssembly and without the fallback', async () => {
  const page = 'docs/guides/content-security-policy.md'
  const [snippet] = snippetsUnder(page, 'With or without WebAssembly')
  assert.equal(await runInThread(snippet, { before: 'delete globalThis.WebAssembly' }), 'unsupported')
})
