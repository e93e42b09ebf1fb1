/** postsource/devtools in a console, loaded in each supported way. The printed lines are captured. */

import { readFile } from 'node:fs/promises'
import { expect, test } from './fixtures.mjs'
import { eventStream } from './server.mjs'

const policy = { 'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" }
const script = await readFile(new URL('../../dist/postsource.global.js', import.meta.url), 'utf8')

/** All that a page has printed, a line each: the type, and the text without its styles. */
function capture(page) {
  const lines = []
  page.on('console', message => lines.push(`${message.type()}: ${message.text()}`))
  return {
    lines,
    /** Waits for a line that matches. */
    until: pattern =>
      expect
        .poll(() => lines.some(line => pattern.test(line)), { message: `${pattern} in\n${lines}` })
        .toBe(true),
  }
}

/** The ways in which the helpers get into a page. */
const ways = {
  'a classic script': async (page, server) => {
    server.page('/page', '<!doctype html><script src="/dist/postsource.global.js"></script>')
    await page.goto(`${server.origin}/page`)
  },
  'import()': async (page, server) => {
    server.page('/page', '<!doctype html>')
    await page.goto(`${server.origin}/page`)
    await page.evaluate("import('/dist/devtools.js').then(all => { globalThis.postsource = all })")
  },
  'a classic script under a strict policy': async (page, server) => {
    server.page('/page', '<!doctype html><script src="/dist/postsource.global.js"></script>', policy)
    await page.goto(`${server.origin}/page`)
  },
  'a DevTools snippet under a strict policy': async (page, server) => {
    server.page('/page', '<!doctype html>', policy)
    await page.goto(`${server.origin}/page`)
    // as DevTools runs a snippet
    const session = await page.context().newCDPSession(page)
    await session.send('Runtime.evaluate', { expression: script })
  },
}

for (const [name, enter] of Object.entries(ways)) {
  test(`by ${name}: watch prints messages, inspect prints findings`, async ({ page, server }) => {
    const { lines, until } = capture(page)
    server.on('/graphql', exchange => {
      exchange.head(200, { ...eventStream, 'cache-control': 'no-store' })
      exchange.write(
        'event: next\ndata: {"data":{"n":1}}\n\n',
        'event: next\ndata: {"errors":[]}\n\n',
        'event: complete\ndata:\n\n',
      )
    })
    await enter(page, server)
    const stats = await page.evaluate(async () => {
      const handle = postsource.watch('/graphql', { query: 'subscription { n }' })
      await handle.trace.ended
      return handle.stats()
    })
    expect(stats).toMatchObject({ connections: 1, messages: 3, bytes: expect.any(Number) })
    await until(/Summary.*3 messages.*1 connection/)
    expect(lines).toContainEqual(expect.stringMatching(/→ POST http.*\/graphql/))
    expect(lines).toContainEqual(expect.stringMatching(/← 200.*text\/event-stream/))
    expect(lines).toContainEqual(expect.stringMatching(/startGroupCollapsed: .*#1.*next.*"n":1/))
    expect(lines.join('\n')).not.toContain('errors-empty')

    lines.length = 0
    const found = await page.evaluate(async () => {
      const handle = postsource.inspect('/graphql', { query: 'subscription { n }' })
      await handle.trace.ended
      return handle.messages.flatMap(({ number, findings }) => findings.map(({ rule }) => [number, rule]))
    })
    expect(found.length).toBeGreaterThan(0)
    await until(/Summary.*1 error/)
    const [[number, rule]] = found
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`startGroup: .*#${number}.*${rule}`)))
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`error: error ${rule} at byte \\d+: `)))
    expect(lines).toContainEqual(expect.stringMatching(/^table: /))
  })
}

test('a policy that forbids WebAssembly is reported with what is missing', async ({ page, server }) => {
  const { until } = capture(page)
  const strict = { 'content-security-policy': "default-src 'self'; script-src 'self'" }
  server.page('/page', '<!doctype html><script src="/dist/postsource.global.js"></script>', strict)
  await page.goto(`${server.origin}/page`)
  const code = await page.evaluate(async () => {
    const { trace } = postsource.watch('/events')
    await trace.ended
    return trace.error.code
  })
  expect(code).toBe('unsupported')
  await until(/^error: postsource: the inspector could not be compiled .*must allow 'wasm-unsafe-eval'$/s)
})

test.describe('in the console', () => {
  test.beforeEach(({ page, server }) => ways['import()'](page, server))

  test('pause keeps messages, resume prints them, stop ends the stream at the server', async ({
    page,
    server,
  }) => {
    const { lines, until } = capture(page)
    let exchange
    server.on('/events', given => {
      exchange = given
      exchange.stream('data: one\n\n')
    })
    await page.evaluate(() => {
      globalThis.handle = postsource.watch('/events')
    })
    await until(/#1.*one/)
    await page.evaluate(() => handle.pause())
    await exchange.write('data: two\n\n')
    await page.waitForFunction(() => handle.messages.some(({ text }) => text === 'two'))
    expect(lines.join('\n')).not.toContain('two')
    await page.evaluate(() => handle.resume())
    await until(/#2.*two/)
    await page.evaluate(() => handle.table())
    await until(/^table: /)
    await page.evaluate(() => handle.stop())
    await exchange.closed
    await until(/✕ closed/)
    await until(/Summary.*2 messages/)
  })

  test('a stream too fast to print is counted, and the number of skipped messages is printed', async ({
    page,
    server,
  }) => {
    const { lines, until } = capture(page)
    server.on('/events', exchange => exchange.stream('data: x\n\n'.repeat(5000)).then(() => exchange.end()))
    await page.evaluate(() => postsource.watch('/events', { reconnect: false }).trace.ended)
    await until(/Summary.*5,000 messages/)
    await until(/… and [\d,]+ more messages/)
    expect(lines.length).toBeLessThan(1000)
  })

  test('a refusal is printed with its status, and a lost connection is made again', async ({
    page,
    server,
  }) => {
    const { lines, until } = capture(page)
    server.on('/refused', exchange => exchange.head(403).end('no'))
    await page.evaluate(() => postsource.watch('/refused').trace.ended)
    await until(/← 403/)
    await until(/error: .*403/)
    server.on('/events', async exchange => {
      await exchange.stream(`retry: 20\ndata: ${exchange.number}\n\n`)
      if (exchange.number === 1) exchange.reset()
    })
    await page.evaluate(() => {
      globalThis.handle = postsource.watch('/events')
    })
    await page.waitForFunction(() => handle.messages.some(({ payload }) => payload === 2))
    await until(/✕ failed/)
    expect(lines.filter(line => /→ GET .*\/events/.test(line))).toHaveLength(2)
    await page.evaluate(() => handle.stop())
  })

  test('a recording is plain JSON without secrets, and plays back without the server', async ({
    page,
    server,
  }) => {
    let served = 0
    server.on('/events', async exchange => {
      served++
      await exchange
        .head(200, { ...eventStream, 'set-cookie': 'a=b' })
        .write('id: 1\ndata: {"n":1}\n\n', 'data: {n\n\n')
      exchange.end()
    })
    const { recording, first, again } = await page.evaluate(async () => {
      const judged = ({ messages }) =>
        messages.map(({ kind, begin, end, payload, text, findings }) => ({
          kind,
          begin,
          end,
          payload,
          text,
          findings,
        }))
      const handle = postsource.inspect('/events', { headers: { authorization: 'x' }, reconnect: false })
      await handle.trace.ended
      const recording = JSON.stringify(postsource.record(handle))
      const played = postsource.replay(recording, { speed: 10 })
      await played.trace.ended
      return { recording, first: judged(handle), again: judged(played) }
    })
    expect(served).toBe(1)
    expect(first.length).toBeGreaterThan(2)
    expect(again).toEqual(first)
    const [connection] = JSON.parse(recording).connections
    expect(connection).toMatchObject({ status: 200, method: 'GET', endedBy: 'server' })
    expect(connection.chunks.map(([, bytes]) => atob(bytes)).join('')).toBe(
      'id: 1\ndata: {"n":1}\n\ndata: {n\n\n',
    )
    expect(connection.requestHeaders.map(([name]) => name)).not.toContain('authorization')
    expect(connection.omittedHeaders).toContain('authorization')
  })

  test('a recording drives any client, including its reconnections', async ({ page, server }) => {
    server.on('/events', async exchange => {
      await exchange.stream(`retry: 20\nid: ${exchange.number}\ndata: ${exchange.number}\n\n`)
      if (exchange.number < 3) exchange.end()
    })
    const data = await page.evaluate(async () => {
      const { EventSource } = await import('/dist/index.js')
      const handle = postsource.watch('/events')
      await new Promise(resolve => {
        handle.trace.addEventListener('message', ({ message }) => message.payload === 3 && resolve())
      })
      handle.stop()
      const source = new EventSource('/gone', { fetch: postsource.replayFetch(postsource.record(handle)) })
      const data = []
      await new Promise(resolve => {
        source.onmessage = event => data.push(event.data) === 3 && resolve()
      })
      source.close()
      return data
    })
    expect(data).toEqual(['1', '2', '3'])
    expect(server.requestsTo('/events')).toHaveLength(3)
  })

  test('record with a file name downloads', async ({ page, server }) => {
    server.on('/events', exchange => exchange.stream('data: 1\n\n').then(() => exchange.end()))
    const download = page.waitForEvent('download')
    await page.evaluate(async () => {
      const handle = postsource.watch('/events', { reconnect: false })
      await handle.trace.ended
      postsource.record(handle, 'stream.json')
    })
    expect((await download).suggestedFilename()).toBe('stream.json')
    const text = await readFile(await (await download).path(), 'utf8')
    expect(JSON.parse(text).connections).toHaveLength(1)
  })
})

test.describe('watchPage', () => {
  /** A page with its own copy of the library, which knows nothing of the console. */
  test.beforeEach(async ({ page, server }) => {
    server.page(
      '/page',
      `<!doctype html><script type="module">
        import { EventSource, readEvents } from '/dist/index.js'
        import { createClient } from '/dist/graphql.js'
        Object.assign(globalThis, { Source: EventSource, readEvents, createClient, ready: true })
      </script>`,
    )
    await page.goto(`${server.origin}/page`)
    await page.waitForFunction('globalThis.ready')
  })

  test('lists and follows what the page has open, through whichever copy', async ({ page, server }) => {
    const { lines, until } = capture(page)
    let early
    server.on('/early', exchange => {
      early = exchange
      exchange.stream('data: before\n\n')
    })
    server.on('/late', exchange => exchange.stream('data: late\n\n'))
    server.on('/own', exchange => exchange.stream('data: own\n\n').then(() => exchange.end()))
    server.on('/body', exchange => exchange.stream('data: alone\n\n').then(() => exchange.end()))
    server.on('/graphql', exchange =>
      exchange.stream('event: next\ndata: {"data":{"a":1}}\n\nevent: complete\ndata:\n\n'),
    )
    await page.evaluate(async () => {
      globalThis.source = new Source('/early')
      await new Promise(resolve => {
        source.onmessage = resolve
      })
    })
    await page.addScriptTag({ url: '/dist/postsource.global.js' })
    await page.evaluate(() => {
      globalThis.begin = performance.now()
      globalThis.observation = postsource.watchPage({ inspect: true })
      observation.list()
    })
    await until(/^table: /)
    await until(/\[1\].*→ GET .*\/early/)
    await early.write('data: after\n\n')
    await until(/\[1\].*after/)
    await page.evaluate(async () => {
      globalThis.second = new Source('/late')
      for await (const _event of readEvents(await fetch('/own')));
      for await (const _event of readEvents((await fetch('/body')).body));
      for await (const _result of createClient({ url: '/graphql' }).iterate({ query: '{ a }' }));
    })
    await until(/late/)
    await until(/own/)
    await until(/alone/)
    await until(/POST .*\/graphql/)
    await until(/"a":1/)
    expect(lines.join('\n')).not.toContain('before')
    // the response arrived before watchPage() was called
    expect(await page.evaluate(() => observation.traces[0].connections[0].respondedAt < begin)).toBe(true)
    // its first bytes are unknown, so it cannot be judged
    const [first, next] = await page.evaluate(() =>
      observation.traces.map(({ connections: [{ status, messages }] }) => ({
        status,
        findings: messages.flatMap(({ findings }) => findings.map(({ rule }) => rule)),
      })),
    )
    expect(first).toEqual({ status: 200, findings: [] })
    expect(next.findings).toContain('cache-control')
    await page.evaluate(() => source.close())
    await until(/\[1\].*✕ closed/)
    await page.evaluate(() => observation.stop())
    const { readyState, open } = await page.evaluate(() => ({
      readyState: second.readyState,
      open: globalThis[Symbol.for('postsource')].streams.size,
    }))
    expect(readyState).toBe(1)
    expect(open).toBe(1)
  })

  test('connections of one stream are one trace, and make performance entries', async ({ page, server }) => {
    server.on('/events', async exchange => {
      await exchange.stream(`retry: 20\nevent: tick\ndata: ${exchange.number}\n\n`)
      if (exchange.number < 3) exchange.end()
    })
    await page.addScriptTag({ url: '/dist/postsource.global.js' })
    const { names, traces, connections } = await page.evaluate(async () => {
      const names = []
      new PerformanceObserver(list => {
        names.push(...list.getEntries().map(({ name }) => name))
      }).observe({ type: 'measure' })
      const observation = postsource.watchPage()
      const source = new Source('/events')
      await new Promise(resolve => {
        source.addEventListener('tick', ({ data }) => data === '3' && resolve())
      })
      source.close()
      while (names.filter(name => name === 'postsource: connection').length < 3) {
        await new Promise(resolve => setTimeout(resolve, 10))
      }
      const { traces } = observation
      observation.stop()
      return { names, traces: traces.length, connections: traces[0].connections.length }
    })
    expect([traces, connections]).toEqual([1, 3])
    const count = name => names.filter(other => other === `postsource: ${name}`).length
    expect(count('connect')).toBe(3)
    expect(count('first byte')).toBe(3)
    expect(count('tick')).toBe(3)
    expect(count('reconnect')).toBe(2)
  })

  test('an observation that is stopped before the inspector is loaded never begins', async ({
    page,
    server,
  }) => {
    server.on('/events', exchange => exchange.stream('data: 1\n\n'))
    await page.addScriptTag({ url: '/dist/postsource.global.js' })
    const { traces, observers } = await page.evaluate(async () => {
      const observation = postsource.watchPage()
      observation.stop()
      await postsource.loadInspector()
      const source = new Source('/events')
      await new Promise(resolve => {
        source.onmessage = resolve
      })
      const { observers } = globalThis[Symbol.for('postsource')]
      return { traces: observation.traces.length, observers: observers.size }
    })
    expect([traces, observers]).toEqual([0, 0])
  })

  test('a stream that is over is not kept in memory', async ({ page, server }) => {
    server.on('/events', exchange => exchange.stream('data: 1\n\n').then(() => exchange.end()))
    server.on('/refused', exchange => exchange.head(500).end())
    const open = await page.evaluate(async () => {
      for (const path of ['/events', '/refused', 'http://127.0.0.1:1/']) {
        const source = new Source(path, { retry: () => null })
        await new Promise(resolve => {
          source.onerror = resolve
        })
      }
      const source = new Source('/events')
      source.close()
      return globalThis[Symbol.for('postsource')].streams.size
    })
    expect(open).toBe(0)
  })
})
