/** The features of our EventSource beyond the standard, in the browser. */

import { expect, open, test } from './fixtures.mjs'
import { eventStream } from './server.mjs'

test.beforeEach(({ page, server }) => open(page, server, 'postsource'))

test('a POST sends method, headers and body, and its response is read like any other', async ({
  page,
  server,
}) => {
  server.on('/events', async exchange => {
    await exchange.stream(
      `data: ${exchange.request.method} ${exchange.headers['x-test']} ${exchange.body}\n\n`,
    )
  })
  const messages = await page.evaluate(async () => {
    const source = new EventSource('/events', { method: 'POST', headers: { 'x-test': 'h' }, body: 'b' })
    const messages = await watch(source).messages(1)
    source.close()
    return messages
  })
  expect(messages).toEqual(['POST h b'])
})

test('functions for headers and body are called for every attempt', async ({ page, server }) => {
  server.on('/events', async exchange => {
    await exchange.stream(
      `retry: 20\nid: ${exchange.number}\ndata: ${exchange.headers['x-n']} ${exchange.body}\n\n`,
    )
    if (exchange.number < 3) exchange.end()
  })
  const messages = await page.evaluate(async () => {
    let n = 0
    const source = new EventSource('/events', {
      method: 'POST',
      headers: async () => ({ 'x-n': String(++n) }),
      body: () => `body ${n}`,
      idempotent: true,
    })
    const messages = await watch(source).messages(3)
    source.close()
    return messages
  })
  expect(messages).toEqual(['1 body 1', '2 body 2', '3 body 3'])
})

test('headers of the user replace ours', async ({ page, server }) => {
  server.on('/events', exchange => exchange.stream('data: a\n\n'))
  await page.evaluate(async () => {
    const source = new EventSource('/events', { headers: { Accept: 'text/event-stream, */*' } })
    await watch(source).messages(1)
    source.close()
  })
  expect(server.requestsTo('/events')[0].headers.accept).toBe('text/event-stream, */*')
})

test('a header that cannot be sent closes the source and says so', async ({ page, server }) => {
  server.on('/events', exchange => exchange.stream())
  const [error] = await page.evaluate(() =>
    watch(new EventSource('/events', { headers: () => ({ 'x-test': 'a\nb' }) })).errors(1),
  )
  expect(error).toMatchObject({ code: 'invalid-request', readyState: 2, willReconnectIn: null })
  expect(server.requestsTo('/events')).toHaveLength(0)
})

test('a body with GET throws at once', async ({ page }) => {
  const message = await page.evaluate(() => {
    try {
      new EventSource('/events', { body: 'x' })
    } catch (error) {
      return `${error.name}: ${error.message}`
    }
  })
  expect(message).toContain('TypeError: a GET request has no body')
})

test('an invalid limit throws at once', async ({ page }) => {
  const message = await page.evaluate(() => {
    try {
      new EventSource('/events', { maxMessageBytes: -1 })
    } catch (error) {
      return `${error.name}: ${error.message}`
    }
  })
  expect(message).toContain('RangeError: maxMessageBytes')
})

test('the open event tells status and headers', async ({ page, server }) => {
  server.on('/events', async exchange =>
    exchange.head(200, { ...eventStream, 'x-served-by': 'a' }).write('data: a\n\n'),
  )
  const found = await page.evaluate(async () => {
    const source = new EventSource('/events')
    const event = await new Promise(resolve => {
      source.onopen = resolve
    })
    source.close()
    return { status: event.status, servedBy: event.headers.get('x-served-by') }
  })
  expect(found).toEqual({ status: 200, servedBy: 'a' })
})

// https://github.com/mpetazzoni/sse.js/issues/40
test('a refusal is told with status, headers and body', async ({ page, server }) => {
  server.on('/events', exchange =>
    exchange
      .head(401, { 'content-type': 'text/plain', 'www-authenticate': 'Bearer' })
      .end('log in first '.repeat(200)),
  )
  const found = await page.evaluate(async () => {
    const event = await new Promise(resolve => {
      new EventSource('/events').onerror = resolve
    })
    const { code, status, headers, body, name, message } = event.error
    return {
      code,
      status,
      authenticate: headers.get('www-authenticate'),
      body: body.length,
      name,
      message,
    }
  })
  expect(found).toEqual({
    code: 'http-status',
    status: 401,
    authenticate: 'Bearer',
    body: 2600,
    name: 'StreamError',
    message: 'the server answered 401 Unauthorized',
  })
})

test('a refusal whose body never ends is an error too', async ({ page, server }) => {
  server.on('/events', async exchange =>
    exchange.head(200, { 'content-type': 'text/plain' }).write('endless'),
  )
  const [error] = await page.evaluate(() => watch(new EventSource('/events')).errors(1))
  expect(error).toMatchObject({ code: 'content-type', readyState: 2 })
})

test('an error event has the cause and the delay of the next attempt', async ({ page, server }) => {
  server.on('/events', async exchange => {
    await exchange.stream('retry: 30\ndata: a\n\n')
    exchange.number === 1 ? exchange.end() : exchange.reset()
  })
  const errors = await page.evaluate(async () => {
    const source = new EventSource('/events')
    const log = await watch(source).errors(2)
    source.close()
    return log.filter(({ type }) => type === 'error')
  })
  expect(errors).toEqual([
    { type: 'error', readyState: 0, code: 'ended', willReconnectIn: 30 },
    { type: 'error', readyState: 0, code: 'network', willReconnectIn: expect.any(Number) },
  ])
  // the second failure in a row waits up to a quarter longer
  expect(errors[1].willReconnectIn).toBeGreaterThanOrEqual(30)
  expect(errors[1].willReconnectIn).toBeLessThan(37.5)
})

// https://github.com/Azure/fetch-event-source/issues/98
test('a signal aborted beforehand closes the source without a request', async ({ page, server }) => {
  server.on('/events', exchange => exchange.stream('data: a\n\n'))
  const log = await page.evaluate(async () => {
    const source = new EventSource('/events', { signal: AbortSignal.abort() })
    const { log } = watch(source)
    await new Promise(resolve => setTimeout(resolve, 100))
    return [source.readyState, ...log]
  })
  expect(log).toEqual([2])
  expect(server.requestsTo('/events')).toHaveLength(0)
})

test('aborting the signal ends the connection in silence', async ({ page, server }) => {
  let gone
  server.on('/events', async exchange => {
    gone = exchange.closed
    await exchange.stream('retry: 10\ndata: a\n\n')
  })
  const log = await page.evaluate(async () => {
    const controller = new AbortController()
    const source = new EventSource('/events', { signal: controller.signal })
    const { log, messages } = watch(source)
    await messages(1)
    controller.abort()
    await new Promise(resolve => setTimeout(resolve, 100))
    return [...log.map(({ type }) => type), source.readyState]
  })
  expect(log).toEqual(['open', 'message', 2])
  await gone
  expect(server.requestsTo('/events')).toHaveLength(1)
})

test('aborting while the headers function runs sends no request', async ({ page, server }) => {
  server.on('/events', exchange => exchange.stream('data: a\n\n'))
  await page.evaluate(async () => {
    const headers = () => new Promise(resolve => setTimeout(resolve, 50, {}))
    const source = new EventSource('/events', { headers })
    await new Promise(resolve => setTimeout(resolve, 10))
    source.close()
    await new Promise(resolve => setTimeout(resolve, 100))
  })
  expect(server.requestsTo('/events')).toHaveLength(0)
})

test('a retry policy decides, also against the standard', async ({ page, server }) => {
  server.on('/events', exchange =>
    exchange.number < 3 ? exchange.head(503).end() : exchange.stream('data: at last\n\n'),
  )
  const found = await page.evaluate(async () => {
    const causes = []
    const source = new EventSource('/events', {
      retry(attempt, cause) {
        causes.push([attempt, cause.error.code, cause.retryable])
        return 10 * attempt
      },
    })
    const messages = await watch(source).messages(1)
    source.close()
    return { messages, causes }
  })
  expect(found).toEqual({ messages: ['at last'], causes: [1, 2].map(n => [n, 'http-status', false]) })
})

test('a retry policy that says null closes the source', async ({ page, server }) => {
  server.on('/events', async exchange => {
    await exchange.stream('data: a\n\n')
    exchange.end()
  })
  const log = await page.evaluate(() => watch(new EventSource('/events', { retry: () => null })).errors(1))
  expect(log.at(-1)).toEqual({ type: 'error', readyState: 2, code: 'ended', willReconnectIn: null })
})

test('a retry policy that gives no delay or throws closes the source', async ({ page, server }) => {
  server.on('/events', exchange => exchange.head(503).end())
  const found = await page.evaluate(() => {
    const policies = [
      () => undefined,
      () => Number.NaN,
      () => {
        throw new Error('a slip')
      },
    ]
    return Promise.all(policies.map(retry => watch(new EventSource('/events', { retry })).errors(1)))
  })
  expect(found.map(log => [log.length, log[0].code, log[0].readyState])).toEqual([
    [1, 'http-status', 2],
    [1, 'http-status', 2],
    [1, 'invalid-request', 2],
  ])
  expect(server.requestsTo('/events')).toHaveLength(3)
})

test('a huge retry does not cause a storm of requests', async ({ page, server }) => {
  server.on('/events', async exchange => {
    await exchange.stream('retry: 99999999999\ndata: a\n\n')
    exchange.end()
  })
  const error = await page.evaluate(async () => {
    const source = new EventSource('/events')
    const log = await watch(source).errors(1)
    await new Promise(resolve => setTimeout(resolve, 400))
    source.close()
    return { ...log.at(-1), reconnectionTime: source.reconnectionTime }
  })
  expect(error).toMatchObject({ willReconnectIn: 2 ** 31 - 1, reconnectionTime: 99999999999 })
  expect(server.requestsTo('/events')).toHaveLength(1)
})

// https://github.com/Azure/azure-sdk-for-net/issues/62430
test('a POST is not sent again', async ({ page, server }) => {
  server.on('/events', async exchange => {
    await exchange.stream('retry: 10\ndata: a\n\n')
    exchange.reset()
  })
  const log = await page.evaluate(async () => {
    const source = new EventSource('/events', { method: 'POST', body: 'x' })
    const { log, errors } = watch(source)
    await errors(1)
    await new Promise(resolve => setTimeout(resolve, 100))
    return log
  })
  expect(log.at(-1)).toEqual({ type: 'error', readyState: 2, code: 'network', willReconnectIn: null })
  expect(server.requestsTo('/events')).toHaveLength(1)
})

test('the end of a POST closes the source with the code ended', async ({ page, server }) => {
  server.on('/events', async exchange => {
    await exchange.stream('retry: 10\ndata: a\n\n')
    exchange.end()
  })
  const log = await page.evaluate(() => watch(new EventSource('/events', { method: 'POST' })).errors(1))
  expect(log.at(-1)).toEqual({ type: 'error', readyState: 2, code: 'ended', willReconnectIn: null })
})

test('a POST that may be repeated resumes with the last event id', async ({ page, server }) => {
  server.on('/events', async exchange => {
    await exchange.stream(
      `retry: 10\nid: ${exchange.number}\ndata: ${exchange.headers['last-event-id'] ?? 'new'}\n\n`,
    )
    if (exchange.number < 2) exchange.reset()
  })
  const messages = await page.evaluate(async () => {
    const source = new EventSource('/events', { method: 'POST', idempotent: true })
    const messages = await watch(source).messages(2)
    source.close()
    return messages
  })
  expect(messages).toEqual(['new', '1'])
})

test('a message over the limit closes the source, after those before it', async ({ page, server }) => {
  let gone
  server.on('/events', async exchange => {
    gone = exchange.closed
    await exchange.stream('data: a\n\n', `data: ${'x'.repeat(200)}`)
  })
  const log = await page.evaluate(() => watch(new EventSource('/events', { maxMessageBytes: 100 })).errors(1))
  expect(log.slice(1)).toEqual([
    expect.objectContaining({ data: 'a' }),
    { type: 'error', readyState: 2, code: 'limit-exceeded', willReconnectIn: null },
  ])
  await gone
})

test('the last event id can be given and read, the reconnection time read', async ({ page, server }) => {
  server.on('/events', exchange => exchange.stream('data: a\n\n', 'retry: 77\nid: 6\ndata: b\n\n'))
  const found = await page.evaluate(async () => {
    const source = new EventSource('/events', { lastEventId: '5' })
    const { messages } = watch(source)
    const before = [source.lastEventId, source.reconnectionTime]
    await messages(2)
    source.close()
    return [...before, source.lastEventId, source.reconnectionTime]
  })
  expect(found).toEqual(['5', 3000, '6', 77])
  expect(server.requestsTo('/events')[0].headers['last-event-id']).toBe('5')
})

test('a source from a stream: its address, its origin, its end', async ({ page }) => {
  const found = await page.evaluate(async () => {
    const stream = new Blob(['id: 1\ndata: a\n\ndata: b\n\ndata: c']).stream()
    const source = EventSource.fromReadableStream(stream)
    const { log, errors } = watch(source)
    const state = [source.url, source.withCredentials, source.readyState]
    await errors(1)
    return { state, log, locked: stream.locked }
  })
  expect(found).toEqual({
    state: ['about:event-stream', false, 0],
    log: [
      { type: 'open', readyState: 1 },
      { type: 'message', data: 'a', lastEventId: '1', origin: 'null' },
      { type: 'message', data: 'b', lastEventId: '1', origin: 'null' },
      { type: 'error', readyState: 2, code: 'ended', willReconnectIn: null },
    ],
    locked: true,
  })
})

test('a stream that fails closes the source; a locked one throws', async ({ page }) => {
  const found = await page.evaluate(async () => {
    const stream = new ReadableStream({
      pull(controller) {
        controller.error(new Error('broken pipe'))
      },
    })
    const log = await watch(EventSource.fromReadableStream(stream)).errors(1)
    const locked = new ReadableStream()
    locked.getReader()
    try {
      EventSource.fromReadableStream(locked)
    } catch (error) {
      return [log.at(-1).code, log.at(-1).readyState, error.name]
    }
  })
  expect(found).toEqual(['network', 2, 'TypeError'])
})

test('closing a source from a stream cancels the stream', async ({ page }) => {
  const reason = await page.evaluate(
    () =>
      new Promise(resolve => {
        const stream = new ReadableStream({
          start: controller => controller.enqueue(new TextEncoder().encode('data: a\n\n')),
          cancel: () => resolve('cancelled'),
        })
        const source = EventSource.fromReadableStream(stream)
        source.onmessage = () => source.close()
      }),
  )
  expect(reason).toBe('cancelled')
})

test('closing in the open handler cancels a stream that never gives anything', async ({ page }) => {
  const reason = await page.evaluate(
    () =>
      new Promise(resolve => {
        const source = EventSource.fromReadableStream(
          new ReadableStream({ cancel: () => resolve('cancelled') }),
        )
        source.onopen = () => source.close()
      }),
  )
  expect(reason).toBe('cancelled')
})

test('a custom fetch is used, with our request', async ({ page }) => {
  const found = await page.evaluate(async () => {
    const calls = []
    const source = new EventSource('/nowhere', {
      fetch: async (url, init) => {
        calls.push([url, init.method, init.cache, init.headers.accept])
        return new Response('data: a\n\n', { headers: { 'content-type': 'text/event-stream' } })
      },
      retry: () => null,
    })
    const messages = await watch(source).messages(1)
    return { calls, messages }
  })
  expect(found.messages).toEqual(['a'])
  expect(found.calls).toEqual([[expect.stringContaining('/nowhere'), 'GET', 'no-store', 'text/event-stream']])
})

test('readEvents reads a response; leaving the loop ends the connection', async ({ page, server }) => {
  let gone
  server.on('/events', async exchange => {
    gone = exchange.closed
    await exchange.stream('data: a\n\nevent: x\nid: 1\ndata: b\n\ndata: c\n\n')
  })
  const events = await page.evaluate(async () => {
    const events = []
    for await (const event of postsource.readEvents(await fetch('/events'))) {
      events.push(event)
      if (events.length === 2) break
    }
    return events
  })
  expect(events).toEqual([
    { type: 'message', data: 'a', lastEventId: '' },
    { type: 'x', data: 'b', lastEventId: '1' },
  ])
  await gone
})

test('readEventBatches ends with the stream, or with the signal', async ({ page, server }) => {
  server.on('/short', async exchange => {
    await exchange.stream('data: a\n\n', 'data: b\n\ndata: c\n\n')
    exchange.end()
  })
  server.on('/long', exchange => exchange.stream('data: a\n\n'))
  const found = await page.evaluate(async () => {
    const all = []
    await postsource.readEventBatches(await fetch('/short'), batch => {
      all.push(...batch.map(({ data }) => data))
    })
    const controller = new AbortController()
    const reading = postsource.readEventBatches(
      await fetch('/long'),
      () => controller.abort(new Error('enough')),
      {
        signal: controller.signal,
      },
    )
    return { all, reason: await reading.catch(error => error.message) }
  })
  expect(found).toEqual({ all: ['a', 'b', 'c'], reason: 'enough' })
})

test('readEvents refuses a response that is no event stream', async ({ page, server }) => {
  server.on('/events', exchange => exchange.head(200, { 'content-type': 'text/html' }).end('<p>no'))
  const error = await page.evaluate(async () => {
    try {
      for await (const _ of postsource.readEvents(await fetch('/events')));
    } catch (error) {
      return { code: error.code, body: error.body }
    }
  })
  expect(error).toEqual({ code: 'content-type', body: '<p>no' })
})

test('it works in a worker', async ({ page, server }) => {
  server.on('/events', exchange => exchange.stream('data: a\n\n'))
  const data = await page.evaluate(async () => {
    const script = `
      import { EventSource } from '${location.origin}/dist/index.js'
      new EventSource('${location.origin}/events').onmessage = ({ data }) => postMessage(data)`
    const worker = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })), {
      type: 'module',
    })
    const data = await new Promise(resolve => {
      worker.onmessage = event => resolve(event.data)
    })
    worker.terminate()
    return data
  })
  expect(data).toBe('a')
})

test('the module may come from a file', async ({ page, server }) => {
  server.on('/events', exchange => exchange.stream('data: a\n\n'))
  await page.goto(`${server.origin}/native`)
  const found = await page.evaluate(async () => {
    const { EventSource, init } = await import('/dist/index.js')
    const missing = await init({ wasm: '/nowhere.wasm' }).catch(error => error.code)
    await init({ wasm: await WebAssembly.compileStreaming(fetch('/dist/postsource.wasm')) })
    const source = new EventSource('/events')
    const messages = await watch(source).messages(1)
    source.close()
    return { missing, messages }
  })
  expect(found).toEqual({ missing: 'unsupported', messages: ['a'] })
})

test('importing the package changes no global and requests nothing', async ({ page, server }) => {
  await page.goto(`${server.origin}/native`)
  const found = await page.evaluate(async () => {
    const before = new Set(Reflect.ownKeys(globalThis))
    const native = globalThis.EventSource
    const compile = WebAssembly.compile
    let compiled = 0
    WebAssembly.compile = (...args) => {
      compiled++
      return compile(...args)
    }
    await import('/dist/index.js')
    await import('/dist/parser.js')
    return {
      added: Reflect.ownKeys(globalThis)
        .filter(key => !before.has(key))
        .map(String),
      replaced: globalThis.EventSource !== native,
      compiled,
      others: performance
        .getEntriesByType('resource')
        .map(({ name }) => name)
        .filter(name => !name.includes('/dist/')),
    }
  })
  expect(found).toEqual({ added: [], replaced: false, compiled: 0, others: [] })
})

for (const { policy, loadsFallback } of [
  { policy: "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'", loadsFallback: false },
  { policy: "script-src 'self' 'unsafe-inline'", loadsFallback: true },
]) {
  test(`under the content security policy ${policy} streams are read ${loadsFallback ? 'by the fallback' : 'without it'}`, async ({
    page,
    server,
  }) => {
    server.on('/events', exchange => exchange.stream('data: a\n\n'))
    const script = "import { EventSource } from '/dist/index.js'; globalThis.Ours = EventSource"
    server.page('/strict', `<!doctype html><script type="module">${script}</script>`, {
      'content-security-policy': policy,
    })
    const debug = []
    // WebKit's driver does not report console messages
    page.on?.('console', message => message.type() === 'debug' && debug.push(message.text()))
    await page.goto(`${server.origin}/strict`)
    await page.waitForFunction('globalThis.Ours')
    const found = await page.evaluate(async () => {
      const data = []
      for (const method of ['GET', 'POST']) {
        await new Promise((resolve, reject) => {
          const source = new globalThis.Ours('/events', { method })
          source.onmessage = event => {
            source.close()
            data.push(event.data)
            resolve()
          }
          source.onerror = ({ error }) => reject(error)
        })
      }
      const loaded = performance.getEntriesByType('resource').map(({ name }) => name)
      return { data, fallbacks: loaded.filter(name => name.endsWith('/fallback.js')).length }
    })
    expect(found).toEqual({ data: ['a', 'a'], fallbacks: Number(loadsFallback) })
    if (page.on) expect(debug).toHaveLength(Number(loadsFallback))
  })
}

test('init({ fallback: false }) keeps the fallback out where WebAssembly is forbidden: nothing is posted', async ({
  page,
  server,
}) => {
  server.on('/events', exchange => exchange.stream('data: a\n\n'))
  const script = "import { EventSource, init } from '/dist/index.js'; globalThis.ours = { EventSource, init }"
  server.page('/strict', `<!doctype html><script type="module">${script}</script>`, {
    'content-security-policy': "script-src 'self' 'unsafe-inline'",
  })
  await page.goto(`${server.origin}/strict`)
  await page.waitForFunction('globalThis.ours')
  const outcome = await page.evaluate(async () => {
    const { EventSource, init } = globalThis.ours
    const refused = await init({ fallback: false }).catch(({ code }) => code)
    const source = new EventSource('/events', { method: 'POST' })
    const { error } = await new Promise(resolve => {
      source.onerror = resolve
    })
    return [refused, error.code, source.readyState, error.message]
  })
  expect(outcome).toEqual(['unsupported', 'unsupported', 2, expect.stringContaining('wasm-unsafe-eval')])
  expect(server.requestsTo('/events')).toHaveLength(0)
})

for (const [chunk, options] of [
  ['multipart-messages', { protocol: 'multipart' }],
  ['single-connection', { singleConnection: true }],
]) {
  test(`without the chunk ${chunk} a deferred mutation fails with unsupported, and nothing is sent`, async ({
    page,
    server,
  }) => {
    server.on(`/dist/graphql/${chunk}.js`, exchange => exchange.head(503).end())
    server.page('/', '<!doctype html>')
    await page.goto(server.origin)
    const { code, message } = await page.evaluate(async options => {
      const { createClient } = await import('/dist/graphql.js')
      const client = createClient({ url: '/graphql', maxRetries: 0, ...options })
      return new Promise(resolve => {
        const error = ({ code, message }) => resolve({ code, message })
        client.subscribe({ query: 'mutation { ... @defer { a } }' }, { next() {}, error, complete() {} })
      })
    }, options)
    expect([code, message]).toEqual(['unsupported', expect.stringContaining('reload the page')])
    expect(server.requestsTo('/graphql')).toHaveLength(0)
  })
}

for (const query of ['{ n }', 'mutation { n }', 'subscription { n }']) {
  test(`${query} is answered by another origin that allows the headers authorization and content-type`, async ({
    page,
    server,
  }) => {
    const cors = {
      'access-control-allow-origin': server.origin,
      'access-control-allow-headers': 'authorization, content-type',
    }
    server.on('/graphql', exchange => {
      if (exchange.request.method === 'OPTIONS') exchange.head(204, cors).end()
      // a refusal of the event stream, so that the subscription is sent with the other headers too
      else if (exchange.headers.accept === 'text/event-stream') exchange.head(406, cors).end()
      else exchange.head(200, { ...cors, 'content-type': 'application/json' }).end('{"data":{"n":1}}')
    })
    const results = await page.evaluate(
      async ([url, query]) => {
        const { createClient } = await import('/dist/graphql.js')
        const client = createClient({ url, headers: { authorization: 'Bearer x' }, maxRetries: 0 })
        const results = []
        for await (const { data } of client.iterate({ query })) results.push(data)
        return results
      },
      [`${server.otherOrigin}/graphql`, query],
    )
    expect(results).toEqual([{ n: 1 }])
  })
}
