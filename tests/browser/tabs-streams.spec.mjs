/** What a stream tells the tabs that share it, and what it does not tell. */

import { expect, expectAll, leaderAmong, logs, test, until } from './tabs-pages.mjs'

test.setTimeout(60_000)

const whenOpen = tabs => until(tabs, "log.includes('open 200')")

test('eight tabs over HTTP/1.1 load and share one stream, while other requests are answered', async ({
  open,
  numbers,
}) => {
  const tabs = await open(8)
  await whenOpen(tabs)
  numbers.emit(3)
  await expectAll(tabs, numbers)
  expect(await tabs[7].evaluate("fetch('/dist/index.js').then(({ status }) => status)")).toBe(200)
  expect(numbers.requests).toHaveLength(1)
  await leaderAmong(tabs)
  const waits = await Promise.all(tabs.map(tab => tab.evaluate('openedAt - performance.timeOrigin')))
  console.log(
    `    eight tabs: the last one is open ${Math.round(Math.max(...waits))} ms after it was asked for`,
  )
})

test('a tab without company posts nothing', async ({ open, numbers }) => {
  const tabs = await open(1)
  await whenOpen(tabs)
  numbers.emit(20)
  await expectAll(tabs, numbers)
  expect(await tabs[0].evaluate('posts')).toEqual([])
})

test('two sessions do not share, and a token is in no message', async ({ open, numbers }) => {
  const start = who => `
    read({ headers: () => ({ authorization: 'Bearer secret of ${who}' }) }, { session: () => '${who}' })`
  const ann = await open(2, start('ann'))
  const bob = await open(2, start('bob'))
  await whenOpen([...ann, ...bob])
  numbers.emit(3)
  await expectAll([...ann, ...bob], numbers)
  expect(numbers.requests.map(({ headers }) => headers.authorization).toSorted()).toEqual([
    'Bearer secret of ann',
    'Bearer secret of bob',
  ])
  const posts = (await Promise.all([...ann, ...bob].map(tab => tab.evaluate('posts')))).flat()
  expect(posts.length).toBeGreaterThan(3)
  expect(posts.filter(post => /secret|ann|bob/.test(post))).toEqual([])
})

test('a tab in which another user signs in goes on alone, and tells the others nothing', async ({
  open,
  numbers,
}) => {
  const start = `globalThis.who = 'ann'; read({ headers: () => ({ 'x-user': who }) }, { session: () => who })`
  const tabs = await open(2, start)
  await whenOpen(tabs)
  numbers.emit()
  await until(tabs, 'ids.length === 1')
  const { leader, followers } = await leaderAmong(tabs)
  await leader.evaluate(`globalThis.who = 'bob'`)
  numbers.emit()
  await until(tabs, 'ids.length === 2')
  await expectAll(tabs, numbers)
  expect(numbers.requests.map(({ headers }) => headers['x-user'])).toEqual(['ann', 'bob', 'ann'])
  expect(await leader.evaluate('roles.at(-1)')).toBe('alone')
  expect(await followers[0].evaluate('roles.at(-1)')).toBe('leader')
})

test.describe('a later tab gets', () => {
  /** A stream that has had three events, and a tab that joins it. */
  async function join({ open, numbers }, late) {
    const start = `read({}, { late: '${late}' })`
    const tabs = await open(1, start)
    await whenOpen(tabs)
    numbers.emit(3)
    await until(tabs, 'ids.length === 3')
    // a connection without an id begins with the third event
    numbers.first = 2
    const [later] = await open(1, start)
    await whenOpen([later])
    numbers.emit()
    await until([...tabs, later], 'ids.at(-1) === 4')
    await until([later], "roles.at(-1) === 'follower'")
    numbers.emit()
    await until([...tabs, later], 'ids.at(-1) === 5')
    return later.evaluate('ids')
  }

  test('what comes from then on', async ({ open, numbers }) => {
    expect(await join({ open, numbers }, 'live')).toEqual([4, 5])
  })

  test('what the buffer holds, with `replay`', async ({ open, numbers }) => {
    expect(await join({ open, numbers }, 'replay')).toEqual([1, 2, 3, 4, 5])
  })

  test('the snapshot of a connection of its own, with `own`, which it then closes', async ({
    open,
    numbers,
  }) => {
    expect(await join({ open, numbers }, 'own')).toEqual([3, 4, 5])
    await numbers.until(() => numbers.open.size === 1)
    expect(numbers.requests).toHaveLength(2)
  })
})

test('a tab that stores its last event id is caught up from there', async ({ open, numbers }) => {
  const tabs = await open(1)
  await whenOpen(tabs)
  numbers.emit(5)
  await until(tabs, 'ids.length === 5')
  const [later] = await open(1, `read({ lastEventId: '2' })`)
  await until([later], 'ids.length === 3')
  expect(await later.evaluate('ids')).toEqual([3, 4, 5])
  const [lost] = await open(1, `read({ lastEventId: 'unknown' })`)
  await until([lost], "log.includes('gap')")
  expect(numbers.requests).toHaveLength(1)
})

test('without ids the next leader tells every tab of a gap', async ({ open, numbers }) => {
  numbers.format = n => `data: ${n}\n\n`
  const tabs = await open(3)
  await whenOpen(tabs)
  numbers.emit(2)
  await until(tabs, 'ids.length === 2')
  const { leader, followers } = await leaderAmong(tabs)
  await leader.command('Page.close')
  await until(followers, "log.includes('gap')")
  numbers.emit()
  await until(followers, 'ids.length === 3')
  for (const log of await logs(followers)) expect(log).toEqual(['open 200', 'gap'])
})

test.describe('a refused stream makes one request a step, and tells the same everywhere', () => {
  for (const [status, headers, retry, told] of [
    [401, {}, 'undefined', 'error http-status 401 null'],
    [503, {}, '(attempt, { error }) => attempt < 3 ? 300 : null', 'error http-status 503 300'],
    [
      503,
      { 'retry-after': '1' },
      '(attempt, { retryAfter = 0 }) => attempt < 3 ? retryAfter : null',
      'error http-status 503 1000',
    ],
  ]) {
    test(`${status} ${JSON.stringify(headers)}`, async ({ open, numbers }) => {
      const tabs = await open(3, `read({ retry: ${retry} })`)
      await whenOpen(tabs)
      numbers.refuse = () => [status, headers]
      for (const { exchange } of [...numbers.open]) exchange.end()
      await until(tabs, 'log.some(entry => / null$/.test(entry))')
      const [first, ...others] = await logs(tabs)
      expect(first).toContain(told)
      for (const log of others) expect(log).toEqual(first)
      const steps = first.filter(entry => entry.startsWith('error http-status')).length
      expect(numbers.requests).toHaveLength(1 + steps)
      expect(await Promise.all(tabs.map(tab => tab.evaluate('source.readyState')))).toEqual([2, 2, 2])
    })
  }
})

test('a dropped stream is told everywhere, and opened again by one tab', async ({ open, numbers }) => {
  const tabs = await open(3, 'read({ retry: () => 100 })')
  await whenOpen(tabs)
  for (const { exchange } of [...numbers.open]) await exchange.reset()
  await until(tabs, "log.filter(entry => entry === 'open 200').length === 2")
  numbers.emit(2)
  await expectAll(tabs, numbers)
  for (const log of await logs(tabs)) expect(log).toEqual(['open 200', 'error network  100', 'open 200'])
  expect(numbers.requests).toHaveLength(2)
})

test('a POST that has begun is not sent again when its leader goes', async ({ open, numbers }) => {
  numbers.format = n => `data: ${n}\n\n`
  const tabs = await open(3, `read({ json: { prompt: 'Hi' } })`)
  await whenOpen(tabs)
  numbers.emit(2)
  await until(tabs, 'ids.length === 2')
  const { leader, followers } = await leaderAmong(tabs)
  await leader.command('Page.close')
  await until(followers, "log.includes('error ended  null')")
  expect(numbers.requests).toHaveLength(1)
})

test('`streamEvents` iterates over what is shared', async ({ open, numbers }) => {
  const start = `void (async () => {
    for await (const { lastEventId } of streamEvents('/events', { tabs: share({ late: 'replay' }) })) take(lastEventId)
  })()`
  const tabs = await open(3, start)
  await until(tabs, 'roles.length > 0')
  await numbers.until(() => numbers.open.size === 1)
  numbers.emit(2)
  await until(tabs, 'ids.length === 2')
  const { leader, followers } = await leaderAmong(tabs)
  await leader.command('Page.close')
  numbers.emit(2)
  await expectAll(followers, numbers)
  expect(numbers.requests.map(({ id }) => id)).toEqual([undefined, '2'])
})

for (const [what, start, path] of [
  ['source', 'read({ disconnectWhenHidden: true })', '/events'],
  ['subscription', 'subscribe({ disconnectWhenHidden: true })', '/graphql'],
]) {
  test.describe(`a ${what} with disconnectWhenHidden`, () => {
    test.use({ path })

    test('is led by a tab that is shown', async ({ open, numbers }) => {
      if (path === '/graphql') numbers.format = n => `id: ${n}\nevent: next\ndata: {"data":{"n":${n}}}\n\n`
      const tabs = await open(2, start)
      const [hidden, shown] = (await tabs[0].evaluate('document.hidden')) ? tabs : tabs.toReversed()
      await until([shown], "roles.at(-1) === 'leader'")
      await numbers.until(() => numbers.open.size === 1)
      numbers.emit()
      await until([shown], 'ids.length === 1')
      await hidden.command('Page.bringToFront')
      await until([hidden], "roles.at(-1) === 'leader'")
      await until([shown], "roles.at(-1) === 'follower'")
      await numbers.until(() => numbers.open.size === 1 && numbers.requests.length > 1)
      numbers.emit()
      await until([hidden], 'ids.length > 0')
      await shown.command('Page.bringToFront')
      await until([shown], 'ids.length === 2')
      expect(await shown.evaluate('ids')).toEqual([1, 2])
    })
  })
}

test('the last tab to leave ends the stream', async ({ open, numbers }) => {
  const tabs = await open(3)
  await whenOpen(tabs)
  for (const tab of tabs) await tab.evaluate('source.close()')
  const closing = performance.now()
  await numbers.until(() => numbers.open.size === 0)
  console.log(`    the stream ended after ${Math.round(performance.now() - closing)} ms`)
  expect(
    await tabs[0].evaluate(
      'navigator.locks.query().then(({ held, pending }) => [held.length, pending.length])',
    ),
  ).toEqual([0, 0])
})

test('10,000 messages to seven tabs travel once for each chunk, and 16 MB arrive', async ({
  open,
  numbers,
}) => {
  const tabs = await open(7)
  await whenOpen(tabs)
  numbers.format = n => `id: ${n}\ndata: ${'x'.repeat(300)}\n\n`
  const begin = await tabs[0].evaluate('performance.timeOrigin + performance.now()')
  numbers.emit(10_000)
  await expectAll(tabs, numbers)
  const ends = await Promise.all(tabs.map(tab => tab.evaluate('times.at(-1)')))
  console.log(`    10,000 messages to 7 tabs: ${Math.round(Math.max(...ends) - begin)} ms`)
  const { leader } = await leaderAmong(tabs)
  expect(await leader.evaluate(`posts.filter(post => post.includes('events')).length`)).toBeLessThan(1000)
  numbers.format = n => `id: ${n}\ndata: ${'x'.repeat(15 * 2 ** 20)}\n\n`
  numbers.emit()
  await expectAll(tabs, numbers)
})

test.describe('a tab is alone', () => {
  const expectAlone = async (tab, numbers) => {
    await whenOpen([tab])
    numbers.emit()
    await until([tab], 'ids.length === 1')
    expect(await tab.evaluate('log')).toEqual(['alone', 'open 200'])
  }

  test('without a session', async ({ open, numbers }) => {
    const [tab] = await open(1, 'read({}, { session: () => null })')
    await expectAlone(tab, numbers)
  })

  test('on an insecure page', async ({ open, numbers, server }) => {
    const [tab] = await open(1, 'read()', '/tab', server.origin.replace('127.0.0.1', 'insecure.test'))
    expect(await tab.evaluate('isSecureContext')).toBe(false)
    await expectAlone(tab, numbers)
  })

  test('where the browser refuses locks', async ({ open, numbers }) => {
    const reject = `navigator.locks.request = async () => { throw new DOMException('no', 'SecurityError') }`
    const [tab] = await open(1, `${reject}; read()`)
    await expectAlone(tab, numbers)
  })

  test('with a body that cannot be compared', async ({ open, numbers }) => {
    const [tab] = await open(1, `read({ method: 'POST', body: new Blob(['a']) })`)
    await expectAlone(tab, numbers)
  })

  test('in a sandboxed frame', async ({ open, numbers, server }) => {
    server.page(
      '/frame',
      `<!doctype html><link rel="icon" href="data:,"><script>const log = []; onmessage = ({ data }) => log.push(data); globalThis.ready = true</script>
       <iframe sandbox="allow-scripts" src="/tab"></iframe>`,
    )
    const [page] = await open(1, '0', '/frame')
    await page.until("log.includes('open 200')")
    expect(await page.evaluate('log')).toEqual(['alone', 'open 200'])
    expect(numbers.requests).toHaveLength(1)
  })
})

test.describe('a subscription', () => {
  test.use({ path: '/graphql' })
  const connected = tabs => until(tabs, "log.includes('connected')")
  const sse = numbers => {
    numbers.format = n => `id: ${n}\nevent: next\ndata: {"data":{"n":${n}}}\n\n`
  }
  const multipart = numbers => {
    numbers.type = 'multipart/mixed;boundary="-";subscriptionSpec=1.0'
    numbers.head = '---'
    numbers.format = n => `\r\nContent-Type: application/json\r\n\r\n{"payload":{"data":{"n":${n}}}}\r\n---`
  }

  for (const [how, prepare, start] of [
    ['event streams with ids', sse, 'subscribe()'],
    ['multipart with resume', multipart, 'subscribe({ resume: ({ data }) => ({ after: data.n }) })'],
  ]) {
    test(`over ${how} is handed over without a gap`, async ({ open, numbers }) => {
      prepare(numbers)
      const tabs = await open(4, start)
      await connected(tabs)
      numbers.tick(10)
      await until(tabs, 'ids.length > 20')
      const { leader, followers } = await leaderAmong(tabs)
      await leader.command('Page.close')
      await numbers.until(() => numbers.requests.length === 2)
      await until(followers, `ids.at(-1) > ${numbers.sent + 50}`)
      numbers.stop()
      await expectAll(followers, numbers)
      for (const log of await logs(followers)) expect(log).toEqual(['connected'])
    })
  }

  test('over multipart without ids is told of a gap', async ({ open, numbers }) => {
    multipart(numbers)
    const tabs = await open(3, 'subscribe()')
    await connected(tabs)
    numbers.emit(2)
    await until(tabs, 'ids.length === 2')
    const { leader, followers } = await leaderAmong(tabs)
    await leader.evaluate('stop()')
    await until(followers, "log.includes('gap')")
    numbers.emit()
    await until(followers, 'ids.length === 3')
    expect(await leader.evaluate('ids')).toEqual([1, 2])
    expect(numbers.requests).toHaveLength(2)
  })

  test('is complete, or fails, everywhere', async ({ open, numbers }) => {
    sse(numbers)
    const tabs = await open(3, 'subscribe()')
    await connected(tabs)
    numbers.emit()
    await until(tabs, 'ids.length === 1')
    for (const { exchange } of [...numbers.open]) exchange.end('event: complete\ndata:\n\n')
    await until(tabs, "log.includes('complete')")
    for (const log of await logs(tabs)) expect(log).toEqual(['connected', 'complete'])
    expect(numbers.requests).toHaveLength(1)
    for (const tab of tabs) await tab.evaluate('log.length = 0; subscribe()')
    await connected(tabs)
    numbers.refuse = () => [403, { 'content-type': 'text/plain' }]
    for (const { exchange } of [...numbers.open]) exchange.end()
    await until(tabs, "log.includes('error http-status')")
    for (const log of await logs(tabs))
      expect(log).toEqual(['connected', 'ended ended 200', 'ended http-status null', 'error http-status'])
    expect(numbers.requests).toHaveLength(3)
  })
})
