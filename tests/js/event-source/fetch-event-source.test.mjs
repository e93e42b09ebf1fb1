/** What @microsoft/fetch-event-source promises, asked of the peer and of ours; and where ours differs on purpose. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { fetchEventSource as peer } from '@microsoft/fetch-event-source'
import { EventStreamContentType, fetchEventSource as ours } from 'postsource/fetch-event-source'
import { unfreedReaders } from '../../../dist/wasm/reader.js'

// the peer runs in pages only
globalThis.window ??= globalThis
globalThis.document ??= Object.assign(new EventTarget(), { hidden: false })

let server
let origin
/** What the server was asked, and what it answers to each request in turn; the last answer is repeated. */
let asked = []
let answers = []

const stream = (text, more = {}) => ({ headers: { 'content-type': 'text/event-stream' }, text, ...more })

before(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { status = 200, headers, text = '', isOpen, isCut } = answers[asked.length] ?? answers.at(-1)
    asked.push({ method: request.method, headers: request.headers, body, at: performance.now() })
    if (isCut) return void request.socket.destroy()
    response.writeHead(status, headers)
    response.flushHeaders()
    response.write(text)
    if (!isOpen) response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${server.address().port}`
})
after(() => {
  server.closeAllConnections()
  server.close()
})

/** Runs one call until it settles and tells all that was called, in order. */
async function call(fetchEventSource, { answer, stopAfter, ...init }) {
  asked = []
  answers = [answer].flat()
  const calls = []
  const stopping = new AbortController()
  const note = (name, value) => {
    calls.push(value === undefined ? name : [name, value])
    if (calls.length === stopAfter) stopping.abort()
  }
  const { onopen, onmessage, onclose, onerror, ...rest } = init
  const outcome = await fetchEventSource(`${origin}/stream`, {
    openWhenHidden: true,
    signal: stopping.signal,
    ...rest,
    ...(onopen !== null && {
      async onopen(response) {
        note('open', response.status)
        await onopen?.(response, stopping)
      },
    }),
    onmessage(message) {
      note('message', message)
      onmessage?.(message, stopping)
    },
    onclose() {
      note('close')
      onclose?.()
    },
    ...(onerror && {
      onerror(error) {
        note('error', error.message)
        return onerror(error, stopping)
      },
    }),
  }).then(
    () => 'resolved',
    error => error.message,
  )
  return { calls, outcome, requests: asked }
}

/** Hides or shows the page, as the browser tells it. */
function showPage(isShown) {
  document.hidden = !isShown
  document.dispatchEvent(new Event('visibilitychange'))
}

const rethrow = error => {
  throw error
}
const message = (data, id = '', event = '') => ['message', { id, event, data, retry: undefined }]

const promises = {
  'asks for an event stream by GET, with the headers given': async run => {
    const { requests } = await run({ answer: stream(''), headers: { 'x-key': 'k' } })
    const [{ method, headers }] = requests
    assert.deepEqual([method, headers.accept, headers['x-key']], ['GET', 'text/event-stream', 'k'])
  },
  'an accept header that is given replaces the default': async run => {
    const { requests } = await run({ answer: stream(''), headers: { accept: 'text/event-stream, */*' } })
    assert.equal(requests[0].headers.accept, 'text/event-stream, */*')
  },
  'sends a POST with its body': async run => {
    const { requests } = await run({ answer: stream(''), method: 'POST', body: '{"a":1}' })
    assert.deepEqual([requests[0].method, requests[0].body], ['POST', '{"a":1}'])
  },
  'opens, hands out messages, closes, and resolves': async run => {
    const { calls, outcome } = await run({
      answer: stream('id: 7\nevent: e\ndata: a\ndata: b\n\ndata: c\n\n'),
    })
    assert.deepEqual(calls, [['open', 200], message('a\nb', '7', 'e'), message('c'), 'close'])
    assert.equal(outcome, 'resolved')
  },
  'onopen is awaited before the first message': async run => {
    let isOpen = false
    await run({
      answer: stream('data: a\n\n'),
      onopen: () => new Promise(resolve => setTimeout(resolve, 10)).then(() => (isOpen = true)),
      onmessage: () => assert.ok(isOpen),
    })
    assert.ok(isOpen)
  },
  'what onopen throws goes to onerror, and what that throws rejects': async run => {
    const { calls, outcome } = await run({
      answer: { status: 403, text: 'no' },
      onopen: () => rethrow(new Error('refused')),
      onerror: rethrow,
    })
    assert.deepEqual(calls, [
      ['open', 403],
      ['error', 'refused'],
    ])
    assert.equal(outcome, 'refused')
  },
  'without onopen another type is refused': async run => {
    const { outcome } = await run({
      answer: { headers: { 'content-type': 'text/plain' }, text: 'x' },
      onopen: null,
      onerror: rethrow,
    })
    assert.equal(outcome, 'Expected content-type to be text/event-stream, Actual: text/plain')
  },
  'what onmessage throws goes to onerror': async run => {
    const { calls, outcome } = await run({
      answer: stream('data: a\n\ndata: b\n\n'),
      onmessage: () => rethrow(new Error('fatal')),
      onerror: rethrow,
    })
    assert.deepEqual(calls, [['open', 200], message('a'), ['error', 'fatal']])
    assert.equal(outcome, 'fatal')
  },
  'what onclose throws goes to onerror, and the request is sent again': async run => {
    let closed = 0
    const { requests, outcome } = await run({
      answer: stream('data: a\n\n'),
      onclose: () => ++closed < 3 && rethrow(new Error('closed')),
      onerror: () => 0,
    })
    assert.deepEqual([requests.length, outcome], [3, 'resolved'])
  },
  'a number from onerror is the delay in milliseconds': async run => {
    const { requests } = await run({ answer: [{ isCut: true }, stream('')], onerror: () => 150 })
    assert.ok(requests[1].at - requests[0].at >= 145)
  },
  'a failed fetch goes to onerror as its TypeError': async run => {
    let error
    await run({
      answer: [{ isCut: true }],
      onerror: cause => {
        error = cause
        throw cause
      },
    })
    assert.ok(error instanceof TypeError)
  },
  'without onerror a GET is sent again after a second': async run => {
    const { requests, outcome } = await run({ answer: [{ isCut: true }, stream('')] })
    assert.equal(outcome, 'resolved')
    assert.ok(requests[1].at - requests[0].at >= 990)
  },
  'the reconnection time of the server replaces the second': async run => {
    const { requests } = await run({
      answer: [stream('retry: 20\ndata: a\n\n'), stream('')],
      onmessage: () => rethrow(new Error('again')),
      onerror: () => {},
    })
    const ms = requests[1].at - requests[0].at
    assert.ok(ms < 900, `${ms}`)
  },
  'the last event id is sent with the next request, and an empty one is forgotten': async run => {
    let closed = 0
    const { requests } = await run({
      answer: [stream('id: 7\ndata: a\n\n'), stream('id:\ndata: b\n\n'), stream('')],
      onclose: () => ++closed < 3 && rethrow(new Error('closed')),
      onerror: () => 0,
    })
    assert.deepEqual(
      requests.map(({ headers }) => headers['last-event-id']),
      [undefined, '7', undefined],
    )
  },
  'aborting resolves': async run => {
    const { calls, outcome } = await run({ answer: stream('data: a\n\n', { isOpen: true }), stopAfter: 2 })
    assert.deepEqual([calls.length, outcome], [2, 'resolved'])
  },
  'aborting while it waits resolves': async run => {
    const { outcome, requests } = await run({
      answer: { isCut: true },
      onerror: (_, stopping) => {
        setTimeout(() => stopping.abort(), 20)
        return 60_000
      },
    })
    assert.deepEqual([outcome, requests.length], ['resolved', 1])
  },
  'a hidden page closes the stream, and opens it again when it is shown': async run => {
    const { requests, calls } = await run({
      openWhenHidden: false,
      answer: [stream('id: 1\ndata: a\n\n', { isOpen: true }), stream('data: b\n\n')],
      onmessage({ data }) {
        if (data === 'b') return
        setTimeout(() => {
          showPage(false)
          setTimeout(showPage, 0, true)
        })
      },
    })
    assert.deepEqual(
      requests.map(({ headers }) => headers['last-event-id']),
      [undefined, '1'],
    )
    assert.deepEqual(calls.at(-1), 'close')
  },
  'another fetch may be given': async run => {
    const urls = []
    await run({
      answer: stream(''),
      fetch: (url, init) => {
        urls.push(new URL(url).pathname)
        return fetch(url, init)
      },
    })
    assert.deepEqual(urls, ['/stream'])
  },
}

describe('what the peer promises', () => {
  for (const [name, fetchEventSource] of Object.entries({ peer, ours })) {
    for (const [promise, check] of Object.entries(promises)) {
      test(`${name}: ${promise}`, () => check(options => call(fetchEventSource, options)))
    }
  }
})

/** Published faults of the peer. Each tells what the peer does and what ours does. */
const differences = {
  'a signal that is aborted already sends nothing': {
    async see(fetchEventSource) {
      asked = []
      answers = [stream('')]
      const over = fetchEventSource(`${origin}/stream`, { signal: AbortSignal.abort(), openWhenHidden: true })
      await Promise.race([over, new Promise(resolve => setTimeout(resolve, 200))])
      return asked.length
    },
    peer: 1,
    ours: 0,
  },
  'comments and blocks without data are no messages': {
    see: async fetchEventSource =>
      (await call(fetchEventSource, { answer: stream(': ping\n\nid: 1\n\ndata: a\n\n') })).calls.length,
    peer: 5,
    ours: 3,
  },
  'nothing is called after an abort': {
    see: async fetchEventSource =>
      (await call(fetchEventSource, { answer: stream('data: a\n\ndata: b\n\n'), stopAfter: 2 })).calls.length,
    peer: 3,
    ours: 2,
  },
  'a POST is not sent again because the page was hidden': {
    async see(fetchEventSource) {
      const { requests } = await call(fetchEventSource, {
        openWhenHidden: undefined,
        method: 'POST',
        answer: [stream('data: a\n\n', { isOpen: true }), stream('data: b\n\n')],
        onmessage: ({ data }, stopping) => {
          if (data === 'b') return
          setTimeout(() => {
            showPage(false)
            setTimeout(showPage, 0, true)
            setTimeout(() => stopping.abort(), 100)
          })
        },
      })
      return requests.length
    },
    peer: 2,
    ours: 1,
  },
  'a page that is shown while an attempt waits opens one connection': {
    async see(fetchEventSource) {
      const { requests } = await call(fetchEventSource, {
        openWhenHidden: false,
        answer: [{ isCut: true }, stream('data: a\n\n', { isOpen: true })],
        onmessage: (_, stopping) => setTimeout(() => stopping.abort(), 300),
        onerror: () => {
          setTimeout(() => {
            showPage(false)
            setTimeout(showPage, 0, true)
          })
          return 100
        },
      })
      return requests.length
    },
    peer: 3,
    ours: 2,
  },
  'a POST that fails is not sent again by itself': {
    see: async fetchEventSource =>
      (
        await call(fetchEventSource, {
          answer: [stream('data: a\n\n'), stream('')],
          method: 'POST',
          body: 'pay',
          onmessage: () => rethrow(new Error('broken')),
        })
      ).requests.length,
    peer: 2,
    ours: 1,
  },
}

describe('where ours differs', () => {
  for (const [difference, { see, ...expected }] of Object.entries(differences)) {
    for (const [name, fetchEventSource] of Object.entries({ peer, ours }))
      test(`${name}: ${difference}`, async () =>
        assert.deepEqual(await see(fetchEventSource), expected[name]))
  }
})

describe('what onerror answers', () => {
  const broken = () => rethrow(new Error('broken'))
  const answer = [stream('retry: 150\ndata: a\n\n'), stream('')]
  const noDelays = {
    nothing: () => {},
    'a promise of nothing': async () => {},
    null: () => null,
    NaN: () => Number.NaN,
    'a number below 0': () => -1,
    'a text': () => '0',
  }
  for (const [name, onerror] of Object.entries(noDelays)) {
    test(`${name} is no delay: a GET waits for the reconnection time, which makes no storm`, async () => {
      const { requests, outcome } = await call(ours, { answer, onmessage: broken, onerror })
      assert.deepEqual([requests.length, outcome], [2, 'resolved'])
      assert.ok(requests[1].at - requests[0].at >= 145)
    })

    test(`${name} is no delay: a POST is not sent again, and its failure is the error`, async () => {
      const { requests, outcome } = await call(ours, { answer, method: 'POST', onmessage: broken, onerror })
      assert.deepEqual([requests.length, outcome], [1, 'broken'])
    })
  }

  for (const onerror of [() => 0, async () => 0]) {
    test(`a number, or a promise of one, sends a POST again: ${onerror}`, async () => {
      const { requests, outcome } = await call(ours, { answer, method: 'POST', onmessage: broken, onerror })
      assert.deepEqual([requests.length, outcome], [2, 'resolved'])
    })
  }
})

describe('a page that is frozen', () => {
  /** Freezes the page when the response is there, and thaws it. */
  const freezing = async () => {
    document.dispatchEvent(new Event('freeze'))
    document.dispatchEvent(new Event('resume'))
  }
  const answer = [stream('', { isOpen: true }), stream('')]

  test('sends a GET again', async () => {
    await call(ours, { answer, onopen: () => asked.length === 1 && freezing() })
    assert.equal(asked.length, 2)
  })

  test('sends a POST again only if onerror says so', async () => {
    const post = { answer, method: 'POST', body: 'x', openWhenHidden: undefined }
    const onopen = () => asked.length === 1 && freezing()
    assert.match((await call(ours, { ...post, onopen })).outcome, /frozen/)
    assert.equal(asked.length, 1)
    await call(ours, { ...post, onopen, onerror: () => 0 })
    assert.equal(asked.length, 2)
  })
})

test('a stream whose body onopen has read frees its parser', async () => {
  await call(ours, {
    answer: stream('data: 1\n\n'),
    onopen: async (response, stopping) => {
      await response.text()
      if (asked.length === 3) stopping.abort()
    },
    onerror: () => 0,
  })
  assert.equal(unfreedReaders(), 0)
})

test('a stream that ends within an event is closed, as with the peer', async () => {
  for (const fetchEventSource of [peer, ours]) {
    const { calls, outcome } = await call(fetchEventSource, { answer: stream('data: a\n\ndata: b\n') })
    assert.deepEqual([calls, outcome], [[['open', 200], message('a'), 'close'], 'resolved'])
  }
})

test('the content type has the name of the peer', () =>
  assert.equal(EventStreamContentType, 'text/event-stream'))
