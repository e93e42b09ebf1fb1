/** The mock server, read by the clients that it is for. */

import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import { EventSource, readEvents, streamEvents } from 'postsource'
import {
  comment,
  drop,
  end,
  events,
  mockServer,
  raw,
  recorded,
  respond,
  silence,
  wait,
} from 'postsource/testing'

const url = 'http://h/live'
const again = { retry: (_, { retryable }) => (retryable ? 0 : null) }

/** All events of a stream, until it ends. */
async function allOf(source) {
  const all = []
  for await (const { type, data, lastEventId } of source) all.push([type, data, lastEventId])
  return all
}

/** What a source dispatches, as it comes, and what it fails with. */
function listen(server, options = {}) {
  const source = new EventSource(url, { fetch: server.fetch, ...again, ...options })
  const heard = []
  source.onmessage = ({ data }) => heard.push(data)
  const failed = new Promise(resolve => {
    source.onerror = ({ error, willReconnectIn }) => {
      if (willReconnectIn === null) resolve(error)
    }
  })
  return { source, heard, failed }
}

describe('scripts', () => {
  test('events with every field; data that are no text as JSON', async () => {
    const server = mockServer()
    const steps = [
      'a',
      { data: { n: 1 }, id: '7', retry: 5 },
      comment('hi'),
      { event: 'update', data: 'two\nlines' },
    ]
    server.on('/live', events([...steps, { event: 'done', data: null }, end()]))
    assert.deepEqual(await allOf(readEvents(await server.fetch(url))), [
      ['message', 'a', ''],
      ['message', '{"n":1}', '7'],
      ['update', 'two\nlines', '7'],
      ['done', 'null', '7'],
    ])
  })

  test('several attempts: the first is dropped within an event, the second resumes', async () => {
    const server = mockServer()
    const route = server.on(
      'GET /live',
      events([{ data: 'one', id: 'ä1' }, raw('data: hal'), drop()]),
      events([{ data: 'two', id: '2' }, end()]),
    )
    const heard = []
    for await (const { data } of streamEvents(url, { fetch: server.fetch, ...again })) {
      heard.push(data)
      if (heard.length === 3) break
    }
    assert.deepEqual(heard, ['one', 'two', 'two'])
    assert.deepEqual(
      route.requests.map(({ lastEventId }) => lastEventId),
      ['', 'ä1', '2'],
    )
  })

  test('a script may be a function with an async generator, which is run for every request', async () => {
    const server = mockServer()
    let runs = 0
    server.on(
      '/live',
      events(async function* () {
        yield `run ${++runs}`
        yield end()
      }),
    )
    for (const run of [1, 2])
      assert.deepEqual(await allOf(readEvents(await server.fetch(url))), [['message', `run ${run}`, '']])
  })

  test('a script is left with the client, in its finally', async () => {
    const server = mockServer()
    let isLeft = false
    server.on(
      '/live',
      events(function* () {
        try {
          yield 'a'
          yield wait(1e6)
        } finally {
          isLeft = true
        }
      }),
    )
    for await (const _ of readEvents(await server.fetch(url))) break
    assert.equal(isLeft, true)
  })

  test('what a script throws is what the connection fails with', async () => {
    const server = mockServer()
    server.on(
      '/live',
      events(function* () {
        yield 'a'
        throw new Error('on purpose')
      }),
    )
    const { failed, heard } = listen(server, { retry: () => null })
    assert.match((await failed).message, /on purpose/)
    assert.deepEqual(heard, ['a'])
  })

  test('a step that the format does not have fails the connection and says so', async () => {
    const server = mockServer()
    const { complete } = await import('postsource/testing')
    server.on('/live', events([complete()]))
    const { failed } = listen(server, { retry: () => null })
    assert.match((await failed).message, /text\/event-stream has no complete/)
  })
})

describe('by hand', () => {
  test('send waits for the connection, and until what it sent was handled', async () => {
    const server = mockServer()
    const route = server.on('/live')
    const sent = route.send('a', 'b')
    const { heard, source } = listen(server)
    await sent
    assert.deepEqual(heard, ['a', 'b'])
    await route.send('c')
    assert.deepEqual(heard, ['a', 'b', 'c'])
    source.close()
  })

  test('it goes on behind the script, over the connections that follow, and to all that are open', async () => {
    const server = mockServer()
    const route = server.on('/live', events(['first', drop()]), events(['second']), events([]))
    const one = listen(server)
    await route.send('x')
    assert.deepEqual(one.heard, ['first', 'second', 'x'])
    const two = listen(server)
    await route.nextRequest()
    await route.nextRequest()
    await route.nextRequest()
    while (two.source.readyState !== 1)
      await new Promise(resolve => two.source.addEventListener('open', resolve))
    await route.send('y')
    assert.deepEqual([one.heard.at(-1), two.heard], ['y', ['y']])
    one.source.close()
    two.source.close()
  })

  test('what an iterator has read counts, though nobody asks it for more', async () => {
    const server = mockServer()
    const route = server.on('/live', events([wait(1000), 'a']))
    const read = streamEvents(url, { fetch: server.fetch, ...again })
    const first = read.next()
    await route.nextRequest()
    await server.advance(1000)
    assert.equal((await first).value.data, 'a')
    const second = read.next()
    await route.send('b')
    assert.equal((await second).value.data, 'b')
    await read.return()
  })

  test('send is over with the stream, whoever ends it', async () => {
    for (const leave of ['close', 'drop', 'end']) {
      const server = mockServer()
      const route = server.on('/live', events([wait(1e6)]))
      const { source, failed } = listen(server, { retry: () => null })
      await new Promise(resolve => source.addEventListener('open', resolve))
      const sent = route.send('never read')
      if (leave === 'close') source.close()
      else {
        void route.send({ drop, end }[leave]())
        await server.advance(1e6)
        await failed
      }
      await sent
    }
  })
})

describe('requests', () => {
  test('what was asked: method, address, headers, body, and whether the client left', async () => {
    const server = mockServer()
    const route = server.on('POST /live', events(['a', end()]), events(['b']))
    const ask = () => {
      const json = { n: 1 }
      return listen(server, { json, headers: { 'x-a': 'b' }, idempotent: true, lastEventId: 'é' })
    }
    const { source } = ask()
    const request = await route.nextRequest()
    assert.equal(request.method, 'POST')
    assert.equal(request.url, url)
    assert.equal(request.path, '/live')
    assert.equal(request.headers.get('x-a'), 'b')
    assert.equal(request.headers.get('content-type'), 'application/json')
    assert.deepEqual(request.json(), { n: 1 })
    assert.equal(request.lastEventId, 'é')
    await request.closed
    assert.equal(request.aborted, false)
    const second = await route.nextRequest()
    await route.send()
    source.close()
    await second.closed
    assert.equal(second.aborted, true)
    assert.deepEqual(server.requests, route.requests)
  })

  test('bodies of every kind, and a Request', async () => {
    const server = mockServer()
    server.on('/live', respond(200))
    const form = new FormData()
    form.set('a', '1')
    const bodies = ['text', new URLSearchParams({ a: '1' }), form, new Blob(['blob']), new Uint8Array([65])]
    for (const body of bodies) await server.fetch(url, { method: 'POST', body })
    await server.fetch(new Request(url, { method: 'POST', body: 'request', headers: { 'x-a': 'b' } }))
    const texts = server.requests.map(({ text }) => text)
    assert.match(texts.splice(2, 1)[0], /name="a"\r\n\r\n1\r\n/)
    assert.deepEqual(texts, ['text', 'a=1', 'blob', 'A', 'request'])
    assert.equal(server.requests.at(-1).headers.get('x-a'), 'b')
    assert.equal((await server.fetch(url)).url, url)
  })

  test('routes: by method, path, query, address and *; the last that matches answers', async () => {
    const server = mockServer()
    const table = {
      '/a': 'any method',
      'POST /a': 'its method',
      '/a?b=1': 'its query',
      'http://other/a': 'its address',
      '/rooms/*/live': 'a star',
    }
    for (const [pattern, body] of Object.entries(table)) server.on(pattern, respond(200, { body }))
    for (const [asked, init, expected] of [
      ['http://h/a', {}, 'any method'],
      ['/a?x=1', {}, 'any method'],
      ['/a', { method: 'post' }, 'its method'],
      ['/a?b=1', {}, 'its query'],
      ['http://other/a#f', {}, 'its address'],
      [new URL('http://h/rooms/1/live?a'), {}, 'a star'],
    ]) {
      assert.equal(await (await server.fetch(asked, init)).text(), expected)
    }
  })

  test('a request without a route is refused, and the error says what to do', async () => {
    const { failed } = listen(mockServer())
    const { code, status, message } = await failed
    assert.deepEqual([code, status], ['http-status', 404])
    assert.match(message, /no route for GET \/live: add one by server\.on/)
  })
})

describe('answers that are no streams', () => {
  test('refusals with status, body and headers; then a network error; then a Response; then a function', async () => {
    const server = mockServer()
    server.on(
      '/live',
      respond(503, { body: { why: 'busy' }, headers: { 'retry-after': '2' } }),
      drop(),
      new Response('own', { status: 418 }),
      ({ path }) => respond(200, { body: path }),
    )
    const causes = []
    const { failed } = listen(server, {
      retry: (_, cause) => {
        causes.push(cause)
        return causes.length < 3 ? 0 : null
      },
    })
    await failed
    assert.deepEqual(
      causes.map(({ error, retryAfter }) => [error.code, error.status, error.body, retryAfter]),
      [
        ['http-status', 503, '{"why":"busy"}', 2000],
        ['network', undefined, undefined, undefined],
        ['http-status', 418, 'own', undefined],
      ],
    )
    for (let i = 0; i < 2; i++) assert.equal(await (await server.fetch(url)).text(), '/live')
  })

  test('a Response answers more than one request', async () => {
    const server = mockServer()
    server.on('/live', new Response('own'))
    for (let i = 0; i < 2; i++) assert.equal(await (await server.fetch(url)).text(), 'own')
  })

  test('silence: until the client gives up', async () => {
    const server = mockServer()
    const route = server.on('/live', silence())
    const { source } = listen(server)
    const request = await route.nextRequest()
    source.close()
    await request.closed
    assert.equal(request.aborted, true)
  })

  test('a signal that has aborted already sends nothing', async () => {
    const server = mockServer()
    server.on('/live')
    await assert.rejects(server.fetch(url, { signal: AbortSignal.abort() }), { name: 'AbortError' })
    assert.equal(server.requests.length, 0)
  })
})

describe('time', () => {
  const script = () => events(['a', wait(1000), 'b', wait(60_000), 'c', end()], { delay: 500 })
  /** The steps that come after each of these times, in milliseconds. */
  const timeline = [
    [499, []],
    [1, ['a']],
    [999, ['a']],
    [1, ['a', 'b']],
    [60_000, ['a', 'b', 'c']],
  ]

  test('advance skips what is due, and waits until it was read', async () => {
    const server = mockServer()
    const route = server.on('/live', script())
    const { heard } = listen(server, { retry: () => null })
    await route.nextRequest()
    for (const [ms, expected] of timeline) {
      await server.advance(ms)
      assert.deepEqual(heard, expected)
    }
  })

  test('what is due on several streams comes in the order of its time', async () => {
    const server = mockServer()
    server.on('/late', events([wait(2000), 'late']))
    server.on('/early', events([wait(1000), 'early', wait(500), 'early again']))
    const heard = []
    for (const path of ['/late', '/early']) {
      const source = new EventSource(`http://h${path}`, { fetch: server.fetch })
      source.onmessage = ({ data }) => heard.push(data)
      await new Promise(resolve => {
        source.onopen = resolve
      })
    }
    await server.advance(2000)
    assert.deepEqual(heard, ['early', 'early again', 'late'])
  })

  test('the timers of a test runner do the same', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const server = mockServer()
      server.on('/live', events(['a', wait(1000), 'b', end()]))
      const read = readEvents(await server.fetch(url))
      assert.equal((await read.next()).value.data, 'a')
      const next = read.next()
      for (let turn = 0; turn < 50; turn++) await undefined // the server has come to its wait
      mock.timers.tick(1000)
      assert.equal((await next).value.data, 'b')
    } finally {
      mock.timers.reset()
    }
  })
})

test('recordings play: the first request gets the first connection', async () => {
  const server = mockServer()
  const encode = text => [0, btoa(text)]
  const connection = (chunks, endedBy) => ({
    url,
    method: 'GET',
    startedAt: 0,
    respondedAt: 5,
    status: 200,
    headers: [['content-type', 'text/event-stream']],
    chunks: chunks.map(encode),
    end: 1e6,
    endedBy,
  })
  const connections = [
    connection(['data: 1\n\n', 'da'], { error: 'gone' }),
    connection(['data: 2\n\n'], 'server'),
  ]
  server.on('/live', recorded({ version: 1, url, connections }))
  const { heard, failed } = listen(server, { maxRetries: 1 })
  assert.equal((await failed).code, 'ended')
  assert.deepEqual(heard, ['1', '2'])
})
