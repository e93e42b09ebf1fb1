/**
 * A page that Chromium freezes, as it freezes background tabs: https://wicg.github.io/page-lifecycle/. The body of an open
 * fetch then never yields another byte, an error or an end. The native EventSource continues.
 */

import { chromium } from '../../tools/setup.mjs'
import { launchChromium } from './chromium-pipe.mjs'
import { expect, test as withServer } from './fixtures.mjs'
import { pause } from './server.mjs'

const test = withServer.extend({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameters
  browserPage: async ({}, use) => {
    const browser = await launchChromium(chromium())
    await use(await browser.open('about:blank'))
    await browser.close()
  },
})

/** Opens the page with the library. Reports of a stream are in `log`. */
async function start(page, server, script) {
  await page.command('Page.enable')
  await page.command('Page.navigate', { url: `${server.origin}/postsource` })
  await page.until('globalThis.ready && globalThis.postsource')
  await page.evaluate(`
    globalThis.log = []
    globalThis.follow = source => {
      source.onopen = () => log.push('open')
      source.onmessage = ({ data }) => log.push(data)
      source.onerror = ({ error, willReconnectIn }) => log.push(error.code + ' ' + willReconnectIn)
    }
    void (async () => { ${script} })()`)
}

/** Freezes the page and thaws it when `meanwhile` has resolved. */
async function freeze(page, meanwhile) {
  await page.command('Page.setWebLifecycleState', { state: 'frozen' })
  await meanwhile()
  await page.command('Page.setWebLifecycleState', { state: 'active' })
}

/** Answers every connection with one event. From the second on, the event has the id that the request resumes from. */
function numbered(server, path, head) {
  server.on(path, async exchange => {
    const { number, headers, closed } = exchange
    await exchange.stream(head(number, headers['last-event-id']))
    numbered.closed = closed
  })
}

test('an EventSource reconnects at once with the last id when the page is resumed', async ({
  browserPage,
  server,
}) => {
  numbered(server, '/events', (number, id) => `retry: 60000\nid: ${number}\ndata: after ${id}\n\n`)
  await start(browserPage, server, "follow(new EventSource('/events'))")
  await browserPage.until('log.length === 2')
  await freeze(browserPage, () => numbered.closed)
  await browserPage.until('log.length === 5')
  expect(await browserPage.evaluate('log')).toEqual([
    'open',
    'after undefined',
    'paused 0',
    'open',
    'after 1',
  ])
})

test('an EventSource that was still connecting reconnects too', async ({ browserPage, server }) => {
  let asked
  const first = new Promise(resolve => {
    asked = resolve
  })
  server.on('/events', exchange => (exchange.number === 1 ? asked() : exchange.stream('data: a\n\n')))
  await start(browserPage, server, "follow(new EventSource('/events'))")
  await first
  await freeze(browserPage, () => new Promise(resolve => setTimeout(resolve, 300)))
  await browserPage.until('log.length === 3')
  expect(await browserPage.evaluate('log')).toEqual(['paused 0', 'open', 'a'])
})

test('a POST that must not be repeated ends with the reason', async ({ browserPage, server }) => {
  numbered(server, '/events', () => 'id: 1\ndata: a\n\n')
  await start(
    browserPage,
    server,
    `const source = new EventSource('/events', { method: 'POST' }); follow(source)
     source.addEventListener('error', ({ error }) => log.push(error.message))`,
  )
  await browserPage.until('log.length === 2')
  await freeze(browserPage, () => numbered.closed)
  await browserPage.until('log.length === 4')
  const [, , code, message] = await browserPage.evaluate('log')
  expect(code).toBe('paused null')
  expect(message).toMatch(/frozen the page.*idempotent/)
  expect(server.requestsTo('/events')).toHaveLength(1)
})

test('a GraphQL subscription reconnects with the last id', async ({ browserPage, server }) => {
  numbered(
    server,
    '/graphql',
    (number, id) => `id: ${number}\nevent: next\ndata: {"data":{"n":${number},"after":"${id}"}}\n\n`,
  )
  await start(
    browserPage,
    server,
    `const { createClient } = await import('/dist/graphql.js')
     createClient({ url: '/graphql' }).subscribe(
       { query: 'subscription { n }' },
       { next: ({ data }) => log.push(data.n + ' after ' + data.after), error: e => log.push(e.message), complete() {} })`,
  )
  await browserPage.until('log.length === 1')
  await freeze(browserPage, () => numbered.closed)
  await browserPage.until('log.length === 2')
  expect(await browserPage.evaluate('log')).toEqual(['1 after undefined', '2 after 1'])
})

/**
 * Opens a stream in a dedicated worker, which tells the page what it gets. Its clock runs ten times as fast: the tests take
 * seconds, and a freeze of half a minute counts as one.
 */
async function startInWorker(page, server, client) {
  const worker = `
    const { now } = performance, { setTimeout } = globalThis, speed = 10
    performance.now = () => now.call(performance) * speed
    globalThis.setTimeout = (callback, ms, ...given) => setTimeout(callback, ms / speed, ...given)
    const log = text => postMessage(text)
    onmessage = ({ data: ms }) => {
      for (const end = now.call(performance) + ms; now.call(performance) < end; );
      log('was busy')
    }
    ${client}`
  await start(
    page,
    server,
    `const address = URL.createObjectURL(new Blob([${JSON.stringify(worker)}], { type: 'text/javascript' }))
     globalThis.worker = new Worker(address, { type: 'module' })
     worker.onmessage = ({ data }) => log.push(data)`,
  )
}

const sourceInWorker = origin => `
    const { EventSource } = await import('${origin}/dist/index.js')
    const source = new EventSource('${origin}/events')
    source.onmessage = ({ data }) => log(data)
    source.onerror = ({ error, willReconnectIn }) => log(error.code + ' ' + willReconnectIn)`

/** Answers every connection with one event, and with comments until it is closed. */
function steady(server, path, head) {
  server.on(path, async exchange => {
    const { number, headers, closed } = exchange
    let isOpen = true
    void closed.then(() => {
      isOpen = false
    })
    await exchange.stream(head(number, headers['last-event-id']))
    while (isOpen) {
      await pause(250)
      if (isOpen) await exchange.write(':\n\n')
    }
  })
}

const resuming = (number, id) => `retry: 60000\nid: ${number}\ndata: ${number} after ${id}\n\n`

test('in a worker, which is told nothing, an EventSource connects again', async ({ browserPage, server }) => {
  steady(server, '/events', resuming)
  await startInWorker(browserPage, server, sourceInWorker(server.origin))
  await browserPage.until('log.length === 1')
  await pause(1000) // the server has paused and gone on
  await freeze(browserPage, () => pause(4000))
  await browserPage.until('log.length === 3')
  expect(await browserPage.evaluate('log')).toEqual(['1 after undefined', 'paused 0', '2 after 1'])
})

test('so does a GraphQL client in a worker', async ({ browserPage, server }) => {
  steady(server, '/graphql', number => `event: next\ndata: {"data":{"n":${number}}}\n\n`)
  await startInWorker(
    browserPage,
    server,
    `const { createClient } = await import('${server.origin}/dist/graphql.js')
     createClient({ url: '${server.origin}/graphql' }).subscribe(
       { query: 'subscription { n }' },
       { next: ({ data }) => log(data.n), error: e => log(e.message), complete() {} })`,
  )
  await browserPage.until('log.length === 1')
  await pause(1000)
  await freeze(browserPage, () => pause(4000))
  await browserPage.until('log.length === 2')
  expect(await browserPage.evaluate('log')).toEqual([1, 2])
})

test('a worker that is busy for as long keeps its connection', async ({ browserPage, server }) => {
  steady(server, '/events', resuming)
  await startInWorker(browserPage, server, sourceInWorker(server.origin))
  await browserPage.until('log.length === 1')
  await pause(1000)
  await browserPage.evaluate('worker.postMessage(4000)')
  await browserPage.until("log.includes('was busy')")
  await pause(1500)
  expect(await browserPage.evaluate('log')).toEqual(['1 after undefined', 'was busy'])
  expect(server.requestsTo('/events')).toHaveLength(1)
})
