/** The requests of an EventSource, over real HTTP: for each attempt, when it resumes, after redirects, and those that it never sends. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fetch3 from 'node-fetch'
import fetch2 from 'node-fetch-2'
import { EventSource, readEvents, resumeByGet, StreamError } from 'postsource'
import { readParts } from 'postsource/graphql'
import { startServer } from '../../browser/server.mjs'

let server
before(async () => {
  server = await startServer()
})
after(() => server.close())

let paths = 0
/** A path of its own, with what it answers. */
function path(answer) {
  const path = `/requests/${++paths}`
  server.on(path, answer)
  return path
}

/** Resolves with the messages of a source when there are so many, or with the error that closes it. */
function read(url, options, count = Number.POSITIVE_INFINITY) {
  return new Promise(resolve => {
    const messages = []
    const source = new EventSource(url.startsWith('/') ? server.origin + url : url, options)
    source.onmessage = ({ data }) => {
      if (messages.push(data) < count) return
      source.close()
      resolve({ messages, source })
    }
    source.onerror = ({ error, willReconnectIn }) => {
      if (willReconnectIn !== null) return
      assert.equal(source.readyState, EventSource.CLOSED)
      resolve({ messages, error, source })
    }
  })
}

const soon = { retry: (_attempt, { retryable }) => (retryable ? 0 : null) }

describe('functions of the options', () => {
  test('receive the attempt, the last event id, the first response and the previous error', async () => {
    const at = path(async exchange => {
      exchange.head(200, { 'content-type': 'text/event-stream', 'x-number': String(exchange.number) })
      await exchange.write(`id: ${exchange.number}\ndata: ${exchange.number}\n\n`)
      if (exchange.number < 3) exchange.end()
    })
    const told = []
    const tell = name => attempt => {
      const { attempt: number, lastEventId, response, error } = attempt
      told.push([name, number, lastEventId, response?.headers.get('x-number'), error?.code])
    }
    await read(
      at,
      { ...soon, url: tell('url'), method: tell('method'), headers: tell('headers'), body: tell('body') },
      3,
    )
    const names = ['method', 'url', 'headers', 'body']
    assert.deepEqual(told, [
      ...names.map(name => [name, 1, '', undefined, undefined]),
      ...names.map(name => [name, 2, '1', '1', 'ended']),
      ...names.map(name => [name, 3, '2', '1', 'ended']),
    ])
  })

  test('return the address, method, headers and body of each attempt', async () => {
    const first = path(async exchange => {
      await exchange.stream('id: a\ndata: 1\n\n')
      exchange.end()
    })
    const second = path(exchange => exchange.stream('data: 2\n\n'))
    await read(
      first,
      {
        ...soon,
        url: ({ attempt }) => (attempt === 1 ? undefined : second),
        method: async ({ attempt }) => (attempt === 1 ? 'put' : 'QUERY'),
        headers: ({ lastEventId }) => ({ 'x-id': `<${lastEventId}>` }),
        body: async ({ attempt }) => `body ${attempt}`,
      },
      2,
    )
    const sent = [first, second].flatMap(at =>
      server.requestsTo(at).map(({ method, headers, body }) => [method, headers['x-id'], body]),
    )
    assert.deepEqual(sent, [
      ['PUT', '<>', 'body 1'],
      ['QUERY', '<a>', 'body 2'],
    ])
  })

  for (const name of ['url', 'method', 'headers', 'body'])
    for (const asynchronous of [false, true])
      test(`${name} that ${asynchronous ? 'rejects' : 'throws'} closes the source, and the error has the cause`, async () => {
        const at = path(exchange => exchange.stream('data: 1\n\n'))
        const failure = new TypeError('mine')
        const reported = []
        globalThis.reportError = error => reported.push(error)
        const throws = () => {
          throw failure
        }
        const { error } = await read(at, {
          ...(name === 'body' && { method: 'POST' }),
          [name]: asynchronous ? async () => throws() : throws,
        })
        delete globalThis.reportError
        assert.deepEqual([error.code, error.cause], ['invalid-request', failure])
        assert.match(error.message, new RegExp(`${name}.*mine`))
        assert.deepEqual(reported, [failure])
        assert.equal(server.requestsTo(at).length, 0)
      })

  test('a retry policy that throws closes the source, and the error has the cause', async () => {
    const at = path(exchange => exchange.head(503).end())
    const failure = new Error('mine')
    const { error } = await read(at, {
      retry: () => {
        throw failure
      },
    })
    assert.deepEqual([error.code, error.cause], ['invalid-request', failure])
  })

  for (const [name, first, idempotent] of [
    ['a POST', 'POST', false],
    ['a GET', 'GET', true],
  ]) {
    test(`connectTimeout covers a method function that hangs: ${name} is ${idempotent ? '' : 'not '}sent again`, async () => {
      const at = path(async exchange => {
        await exchange.stream(`data: ${exchange.number}\n\n`)
        if (exchange.number === 1) exchange.end()
      })
      let asked = 0
      const method = () => (++asked === 2 ? new Promise(() => {}) : first)
      const { messages, error } = await read(at, { retry: () => 0, method, connectTimeout: 300 }, 2)
      assert.deepEqual(messages, idempotent ? ['1', '2'] : ['1'])
      assert.deepEqual(error?.code, idempotent ? undefined : 'connect-timeout')
    })
  }

  test('an exception of onGap is reported, and the stream goes on', async () => {
    const at = path(async exchange => {
      await exchange.stream(`data: ${exchange.number}\n\n`)
      if (exchange.number === 1) exchange.end()
    })
    const failure = new Error('mine')
    const reported = []
    globalThis.reportError = error => reported.push(error)
    const onGap = () => {
      throw failure
    }
    const { messages } = await read(at, { ...soon, onGap }, 2)
    delete globalThis.reportError
    assert.deepEqual([messages, reported], [['1', '2'], [failure]])
  })
})

describe('requests that are sent again', () => {
  /** Answers the first request in this way, and the others with an event. */
  const firstThen = how =>
    path(async exchange => {
      if (exchange.number > 1) return exchange.stream('data: again\n\n')
      await how(exchange)
    })
  const firsts = {
    'is reset before its answer': exchange => exchange.reset(),
    'is reset within its answer': async exchange => {
      await exchange.stream('id: 1\ndata: 1\n\n')
      await exchange.reset()
    },
    'ends properly, with an id': async exchange => {
      await exchange.stream('id: 1\ndata: 1\n\n')
      exchange.end()
    },
    'is refused with 503': exchange => exchange.head(503).end(),
    'is not answered in time': () => {},
  }
  const policies = { 'the default policy': undefined, 'a policy that always tries again': () => 0 }
  for (const [ends, how] of Object.entries(firsts)) {
    for (const [name, retry] of Object.entries(policies)) {
      test(`${name} does not repeat a POST that ${ends}`, async () => {
        const at = firstThen(how)
        const { error } = await read(at, { method: 'POST', body: 'x', retry, connectTimeout: 300 })
        if (name !== 'the default policy' || ends !== 'is refused with 503')
          assert.match(error.message, /idempotent/)
        await new Promise(resolve => setTimeout(resolve, 50))
        assert.equal(server.requestsTo(at).length, 1)
      })
    }
    test(`a GET that ${ends} is repeated, and so is a POST with idempotent: true`, async () => {
      for (const options of [{}, { method: 'POST', body: 'x', idempotent: true }]) {
        const at = firstThen(how)
        const { messages } = await read(
          at,
          { ...options, retry: () => 0, connectTimeout: 300 },
          ends.includes('id') || ends.includes('within') ? 2 : 1,
        )
        assert.equal(messages.at(-1), 'again')
      }
    })
  }

  test('a GET with idempotent: false is not repeated', async () => {
    const { error } = await read(firstThen(firsts['is reset within its answer']), {
      ...soon,
      idempotent: false,
    })
    assert.match(error.message, /GET request was not sent again/)
  })
})

describe('resumeByGet', () => {
  test('sends a POST, then a GET with the last event id, the session and the location of the first response', async () => {
    const resumed = path(async exchange => {
      await exchange.stream(`id: ${exchange.number + 1}\ndata: ${exchange.number + 1}\n\n`)
      if (exchange.number === 1) exchange.end()
    })
    const first = path(async exchange => {
      const headers = { 'content-type': 'text/event-stream', 'mcp-session-id': 'abc', location: resumed }
      await exchange.head(200, headers).write('id: 1\ndata: 1\n\n')
      await exchange.reset()
    })
    const headers = { 'content-type': 'application/json', authorization: 'Bearer t' }
    await read(first, resumeByGet({ ...soon, headers, body: '{}' }), 3)
    const brief = ({ method, body, headers }) => [
      method,
      body,
      headers['content-type'],
      headers.authorization,
      headers['mcp-session-id'],
      headers['last-event-id'],
    ]
    assert.deepEqual(server.requestsTo(first).map(brief), [
      ['POST', '{}', 'application/json', 'Bearer t', undefined, undefined],
    ])
    assert.deepEqual(server.requestsTo(resumed).map(brief), [
      ['GET', '', undefined, 'Bearer t', 'abc', '1'],
      ['GET', '', undefined, 'Bearer t', 'abc', '2'],
    ])
  })

  test('sends nothing again before there is an id', async () => {
    const at = path(async exchange => {
      await exchange.stream('data: 1\n\n')
      exchange.end()
    })
    const { error } = await read(at, resumeByGet({ ...soon, body: '{}' }))
    assert.deepEqual([error.code, server.requestsTo(at).length], ['ended', 1])
  })

  test('does not follow a location of another origin, which must not get the headers', async () => {
    const at = path(async exchange => {
      const location = `${server.otherOrigin}/other`
      await exchange.head(200, { 'content-type': 'text/event-stream', location }).write('id: 1\ndata: 1\n\n')
      if (exchange.number === 1) exchange.end()
    })
    await read(at, resumeByGet({ ...soon, body: '{}' }), 2)
    assert.deepEqual(
      server.requestsTo(at).map(({ method }) => method),
      ['POST', 'GET'],
    )
  })

  test('does not follow a location after the POST was redirected to another origin', async () => {
    const target = path(async exchange => {
      const location = `${server.otherOrigin}/resumed`
      const headers = { 'content-type': 'text/event-stream', 'mcp-session-id': 's', location }
      await exchange.head(200, headers).write('id: 1\ndata: 1\n\n')
      exchange.end()
    })
    const at = path(exchange =>
      exchange.request.method === 'GET'
        ? exchange.stream('data: 2\n\n')
        : exchange.head(307, { location: server.otherOrigin + target }).end(),
    )
    const headers = { authorization: 'Bearer t' }
    await read(at, resumeByGet({ ...soon, headers, body: '{}' }), 2)
    assert.deepEqual(
      server.requestsTo(at).map(({ method, headers }) => [method, headers.authorization]),
      [
        ['POST', 'Bearer t'],
        ['GET', 'Bearer t'],
      ],
    )
    assert.equal(server.requestsTo('/resumed').length, 0)
  })

  test('begins with a GET if there is a lastEventId', async () => {
    const at = path(exchange => exchange.stream('data: 1\n\n'))
    await read(at, resumeByGet({ ...soon, body: '{}', lastEventId: '7' }), 1)
    assert.deepEqual(
      server.requestsTo(at).map(({ method, body, headers }) => [method, body, headers['last-event-id']]),
      [['GET', '', '7']],
    )
  })
})

for (const [what, incomplete] of Object.entries({
  'a block without data': 'id: 2\n',
  'a block with data': 'id: 2\nretry: 9000000\ndata: b\n',
  'a line': 'id: 2',
})) {
  test(`a stream that ends within ${what} does not change the last event id`, async () => {
    const at = path(async exchange => {
      await exchange.stream(exchange.number === 1 ? `id: 1\ndata: a\n\n${incomplete}` : 'data: c\n\n')
      if (exchange.number === 1) exchange.end()
    })
    const { messages } = await read(at, soon, 2)
    assert.deepEqual(messages, ['a', 'c'])
    assert.deepEqual(
      server.requestsTo(at).map(({ headers }) => headers['last-event-id']),
      [undefined, '1'],
    )
  })
}

test('a Last-Event-ID in the headers is the first id only: the ids of the stream replace it', async () => {
  for (const headers of [
    { 'Last-Event-ID': 'é'.normalize() },
    () => new Headers({ 'last-event-id': 'Ã©' }),
  ]) {
    const at = path(async exchange => {
      await exchange.stream(exchange.number === 1 ? 'data: 1\n\n' : `id: ${exchange.number}\ndata: 2\n\n`)
      if (exchange.number < 3) exchange.end()
    })
    const source = new EventSource(server.origin + at, { ...soon, headers })
    const ids = []
    await new Promise(resolve => {
      source.onmessage = ({ lastEventId }) => ids.push(lastEventId) === 3 && resolve()
    })
    source.close()
    const sent = server.requestsTo(at).map(({ headers }) => headers['last-event-id'])
    const start = sent[0]
    assert.deepEqual(sent, [start, sent[1], '2'])
    assert.deepEqual(ids.slice(1), ['2', '3'])
  }
})

describe('a Last-Event-ID in the headers is not sent again once the stream has begun', () => {
  const start = { 'last-event-id': '7' }
  const rows = [
    // what the first stream writes, the options, and the ids that are sent with three requests
    ['after the server has reset the id', 'id\ndata: 1\n\n', {}, ['7', undefined, undefined]],
    [
      'and none with resumeById: false',
      'id: a\ndata: 1\n\n',
      { resumeById: false },
      ['7', undefined, undefined],
    ],
    ['but it is resumed from while the stream has no id', 'data: 1\n\n', {}, ['7', '7', '7']],
    ['and replaced by an id of the stream', 'id: a\ndata: 1\n\n', {}, ['7', 'a', 'a']],
  ]
  for (const [name, first, options, expected] of rows) {
    for (const headers of [start, () => start]) {
      test(`${name}: ${typeof headers}`, async () => {
        const at = path(async exchange => {
          await exchange.stream(exchange.number === 1 ? first : 'data: 2\n\n')
          if (exchange.number < 3) exchange.end()
        })
        await read(at, { ...soon, ...options, headers }, 3)
        assert.deepEqual(
          server.requestsTo(at).map(({ headers }) => headers['last-event-id']),
          expected,
        )
      })
    }
  }

  test('it is sent again after a first request that failed', async () => {
    const at = path(async exchange => {
      if (exchange.number === 1) return exchange.reset()
      await exchange.stream('data: 1\n\n')
    })
    await read(at, { ...soon, headers: start }, 1)
    assert.deepEqual(
      server.requestsTo(at).map(({ headers }) => headers['last-event-id']),
      ['7', '7'],
    )
  })
})

describe('after a redirect', () => {
  const redirect = (status, location) =>
    path(exchange => exchange.head(status, { location: location() }).end())
  const channel = () =>
    path(async exchange => {
      await exchange.stream(`data: ${exchange.number}\n\n`)
      if (exchange.number === 1) exchange.end()
    })

  for (const status of [301, 302, 303, 307, 308]) {
    test(`${status}: a GET connects again to the new address, with its headers`, async () => {
      const target = channel()
      const at = redirect(status, () => target)
      await read(at, { ...soon, headers: { 'x-key': 'k' } }, 2)
      assert.equal(server.requestsTo(at).length, 1)
      assert.deepEqual(
        server.requestsTo(target).map(({ headers }) => headers['x-key']),
        ['k', 'k'],
      )
    })
  }

  test('another origin does not get the headers of the options', async () => {
    const target = channel()
    const at = redirect(307, () => server.otherOrigin + target)
    let asked = 0
    await read(at, { ...soon, headers: () => ({ 'x-key': `${++asked}` }) }, 2)
    assert.equal(asked, 1)
    assert.equal(server.requestsTo(target).at(-1).headers['x-key'], undefined)
  })

  test('another origin is not asked directly with a fetch of the options, which may add a token', async () => {
    const target = channel()
    const at = redirect(307, () => server.otherOrigin + target)
    const withToken = (url, init) =>
      fetch(url, { ...init, headers: { ...init.headers, authorization: 'Bearer 1' } })
    await read(at, { ...soon, fetch: withToken }, 2)
    const tokens = path => server.requestsTo(path).map(({ headers }) => headers.authorization)
    assert.deepEqual([tokens(at), tokens(target)], [Array(2).fill('Bearer 1'), Array(2).fill(undefined)])
  })

  test('a POST is sent again to its first address, because a redirect may have made it a GET', async () => {
    const target = channel()
    const at = redirect(307, () => target)
    await read(at, { ...soon, method: 'POST', body: 'x', idempotent: true }, 2)
    assert.equal(server.requestsTo(at).length, 2)
  })
})

describe('a request that can never work closes the source at once with invalid-request', () => {
  const url = () => server.origin + path(exchange => exchange.stream('data: 1\n\n'))
  const used = () => {
    const { body } = new Response('x')
    body.getReader()
    return body
  }
  for (const [name, make, says] of [
    ...['ftp://h/', 'ws://h/', 'wss://h/', 'javascript:1', 'mailto:a@b', 'about:blank'].map(address => [
      address,
      () => [address, {}],
      /scheme/,
    ]),
    ['credentials in the URL', () => [url().replace('//', '//user:secret@'), {}], /credentials/],
    ...['CONNECT', 'TRACE', 'TRACK', 'G T'].map(method => [
      method,
      () => [url(), { method }],
      /method|CONNECT|TRACE|TRACK/i,
    ]),
    ['a body that is being read', () => [url(), { method: 'POST', body: used() }], /give a function/],
    ["mode: 'navigate'", () => [url(), { mode: 'navigate' }], /navigate/],
    ['a fetch that is not a function', () => [url(), { fetch: 'fetch' }], /fetch is not a function/],
    ['a method that is not a string', () => [url(), { method: () => ({}) }], /OBJECT/],
    ['a lastEventId of two lines', () => [url(), { lastEventId: 'a\nb' }], /header/],
    ['an invalid header name', () => [url(), { headers: { 'a b': 'c' } }], /header/],
    ['a body, if a function returns GET', () => [url(), { method: () => 'GET', body: 'x' }], /no body/],
    ['a fetch that resolves with nothing', () => [url(), { fetch: async () => undefined }], /no Response/],
    ['a fetch that returns nothing', () => [url(), { fetch: () => undefined }], /no Response/],
    [
      'a fetch whose response is being read',
      () => [
        url(),
        {
          async fetch(...given) {
            const response = await globalThis.fetch(...given)
            response.body.getReader()
            return response
          },
        },
      ],
      /being read/,
    ],
    ['a url function that returns no valid URL', () => [url(), { url: () => 'http://' }], /not a valid URL/],
  ]) {
    test(name, async () => {
      const [address, options] = make()
      const { error, source } = await read(address, options)
      assert.ok(error instanceof StreamError)
      assert.equal(error.code, 'invalid-request')
      assert.match(error.message, says)
      assert.equal(source.readyState, EventSource.CLOSED)
    })
  }

  test('a body that is a stream cannot be sent a second time', async () => {
    const at = path(exchange => exchange.head(200, { 'content-type': 'text/event-stream' }).end())
    const body = new Blob(['x']).stream()
    const { error } = await read(at, { ...soon, method: 'POST', body, idempotent: true })
    assert.equal(error.code, 'invalid-request')
    assert.match(error.message, /give a function/)
    assert.equal(server.requestsTo(at).length, 1)
  })
})

test('a network error has the reason once, also if it is only in the cause of what fetch threw', async () => {
  const once = { retry: () => null }
  assert.match(
    (await read('http://127.0.0.1:1/', once)).error.message,
    /fetch failed \([^()]*(ECONNREFUSED|bad port)[^()]*\)$/,
  )
  const at = path(async exchange => (await exchange.stream('data: 1\n\n')).reset())
  assert.match((await read(at, once)).error.message, /broke off: terminated \(.+\)$/)
})

describe('the body of a refusal', () => {
  test('is complete, even if it comes late and in pieces', async () => {
    const errors = { errors: [{ message: 'x'.repeat(30_000) }] }
    const text = JSON.stringify(errors)
    const at = path(async exchange => {
      exchange.head(400, { 'content-type': 'application/json' })
      await new Promise(resolve => setTimeout(resolve, 700))
      await exchange.write(text.slice(0, 9), text.slice(9, 20_000))
      exchange.end(text.slice(20_000))
    })
    const { error } = await read(at, {})
    assert.deepEqual(error.json(), errors)
    assert.deepEqual([error.status, error.body], [400, text])
  })

  test('is cut at 64 KiB, and the rest is not read', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(16 * 1024))
    let given = 0
    let isCancelled = false
    const body = new ReadableStream({
      async pull(controller) {
        await new Promise(setImmediate)
        controller.enqueue(chunk)
        if (++given === 100) controller.close()
      },
      cancel() {
        isCancelled = true
      },
    })
    const response = new Response(body, { headers: { 'content-type': 'text/html' } })
    const { error } = await read('/', { fetch: async () => response })
    assert.deepEqual([error.code, error.body.length, isCancelled], ['content-type', 65536, true])
    assert.ok(given <= 6, `${given} chunks of 16 KiB were read`)
  })

  test('may break off: the error is still that of the status', async () => {
    const at = path(async exchange => {
      await exchange.head(403, { 'content-type': 'text/plain', 'content-length': '99' }).write('some')
      await exchange.reset()
    })
    const { error } = await read(at, {})
    assert.deepEqual([error.code, error.status, error.body], ['http-status', 403, 'some'])
  })
})

describe('error.incomplete tells whether the stream ended within an event', () => {
  for (const [text, incomplete] of [
    ['data: 1\n\n', false],
    ['data: 1\n\ndata: 2', true],
    ['data: 1\n\ndata: 2\n', true],
    ['data: 1\n\nda', true],
    ['data: 1\n\nid: 2\n', false],
    ['data: 1\n\n: comment\n', false],
    ['data: 1\n\n: comment', false],
    ['data: 1\n\ndata: 2\n: comment', true],
    ['data: 1\r\n\r\n', false],
    ['data: 1\r\r', false],
    ['data: 1\n\ndata: 2\r', true],
  ]) {
    test(JSON.stringify(text), async () => {
      const at = path(exchange => exchange.head(200, { 'content-type': 'text/event-stream' }).end(text))
      const { error, messages } = await read(at, { retry: () => null })
      assert.deepEqual([error.code, error.incomplete, messages], ['ended', incomplete, ['1']])
      const events = []
      const reading = async () => {
        for await (const { data } of readEvents(await fetch(server.origin + at))) events.push(data)
      }
      if (incomplete)
        await assert.rejects(reading(), { code: 'ended', incomplete: true, message: /within an event/ })
      else await reading()
      assert.deepEqual(events, ['1'])
    })
  }
})

describe('node-fetch', () => {
  for (const [version, nodeFetch] of [
    ['2', fetch2],
    ['3', fetch3],
  ]) {
    test(`${version}: events come, and close() ends the connection`, async () => {
      let closed
      const at = path(exchange => {
        closed = exchange.closed
        return exchange.stream('data: 1\n\n', 'data: 2\n\n')
      })
      const { messages } = await read(at, { fetch: nodeFetch }, 2)
      assert.deepEqual(messages, ['1', '2'])
      await closed
    })

    test(`${version}: a stream that breaks off connects again`, async () => {
      const at = path(async exchange => {
        await exchange.stream(`data: ${exchange.number}\n\n`)
        if (exchange.number === 1) await exchange.reset()
      })
      assert.deepEqual((await read(at, { ...soon, fetch: nodeFetch }, 2)).messages, ['1', '2'])
    })

    test(`${version}: refusals, readEvents and readParts`, async () => {
      const refused = path(exchange => exchange.head(400).end('no'))
      assert.equal((await read(refused, { fetch: nodeFetch })).error.body, 'no')
      const at = path(exchange =>
        exchange.head(200, { 'content-type': 'text/event-stream' }).end('data: 1\n\n'),
      )
      for await (const { data } of readEvents(await nodeFetch(server.origin + at))) assert.equal(data, '1')
      const parts = path(exchange =>
        exchange.head(200, { 'content-type': 'multipart/mixed; boundary=b' }).end('--b\r\n\r\none\r\n--b--'),
      )
      for await (const { body } of readParts(await nodeFetch(server.origin + parts)))
        assert.equal(new TextDecoder().decode(body), 'one')
    })
  }
})
