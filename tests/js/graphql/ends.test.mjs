/** What ends an operation, and what is sent again after an end. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClient, readResults, StreamError } from 'postsource/graphql'

const sse = 'text/event-stream'
const multipart = 'multipart/mixed; boundary=b'
const json = 'application/json'
const next = payload => `event: next\ndata: ${JSON.stringify(payload)}\n\n`
const part = (payload, close = '') => `--b${close}\r\n\r\n${JSON.stringify(payload)}\r\n`
const complete = 'event: complete\n\n'
const one = { data: { n: 1 } }
const two = { data: { n: 2 } }
const failed = { errors: [{ message: 'the subgraph died' }] }

const operations = {
  query: { query: '{ n }' },
  mutation: { query: 'mutation { n }' },
  subscription: { query: 'subscription { n }' },
  unknown: { query: '', extensions: { persistedQuery: { version: 1 } } },
}

const respond =
  (body, type = sse, status = 200) =>
  () =>
    new Response(body, { status, headers: { 'content-type': type } })
const lose = () => {
  throw new TypeError('the connection was lost')
}
/** A response whose connection is lost behind these bytes. */
const cut = body => () =>
  new Response(
    new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode(body))
        body = ''
        controller.pull = undefined
        queueMicrotask(() => controller.error(new TypeError('terminated')))
      },
    }),
    { headers: { 'content-type': sse } },
  )

/** Runs an operation on a server that gives these answers, the last one again and again. */
function run(operation, answers, options) {
  const results = []
  const told = []
  let asked = 0
  const fetch = async () => answers[Math.min(asked++, answers.length - 1)]()
  const client = createClient({
    url: 'http://h/graphql',
    fetch,
    protocol: 'sse',
    maxRetries: 3,
    retry: () => 0,
    on: { gap: () => told.push('gap') },
    ...options,
  })
  return new Promise(resolve => {
    const end = error => resolve({ results, error, asked, told })
    client.subscribe(operation, { next: result => results.push(result), error: end, complete: () => end() })
  })
}

describe('a query or mutation is complete with its result', () => {
  const bodies = {
    'and nothing more': [next(one), sse],
    'without a name, and the end of the bytes (graphql-yoga 3)': [`data: ${JSON.stringify(one)}\n\n`, sse],
    'and a second one': [next(one) + next(two), sse],
    'and bytes that break the protocol': [`${next(one)}event: next\ndata: {\n\n`, sse],
    'as a part, and no close delimiter': [part(one), multipart],
    'of errors, and nothing more': [next(failed), sse],
  }
  for (const kind of ['query', 'mutation']) {
    for (const [name, [body, type]] of Object.entries(bodies)) {
      test(`${kind}: ${name}`, async () => {
        const { results, error, asked } = await run(operations[kind], [respond(body, type)])
        assert.equal(error, undefined)
        assert.deepEqual(results, [name.startsWith('of errors') ? failed : one])
        assert.equal(asked, 1)
      })
    }
  }

  test('although its stream stays open', async () => {
    const open = new ReadableStream({
      start: controller => controller.enqueue(new TextEncoder().encode(next(one))),
    })
    const { results } = await run(operations.query, [respond(open)])
    assert.deepEqual(results, [one])
  })

  test('but not before the server has sent everything it announced', async () => {
    const body =
      next({ data: { a: 1 }, pending: [{ id: '0', path: [] }], hasNext: true }) +
      next({ incremental: [{ id: '0', data: { b: 2 } }], completed: [{ id: '0' }], hasNext: false })
    const { results } = await run(operations.query, [respond(body)])
    assert.deepEqual(results.at(-1).data, { a: 1, b: 2 })
    const short = next({ data: { a: 1 }, hasNext: true })
    assert.equal((await run(operations.query, [respond(short)])).error.code, 'ended')
    assert.equal((await run(operations.query, [respond(short)], { incremental: 'raw' })).error.code, 'ended')
  })
})

describe('a subscription', () => {
  test('that ends with errors after data has broken off: it is sent again, and on.gap is called', async () => {
    const { results, error, asked, told } = await run(operations.subscription, [
      respond(next(one) + next(failed)),
      respond(next(two) + complete),
    ])
    assert.equal(error, undefined)
    assert.deepEqual(results, [one, failed, two])
    assert.equal(asked, 2)
    assert.deepEqual(told, ['gap'])
  })

  test('that is refused repeatedly after data fails with the errors of the server', async () => {
    const { error, asked } = await run(operations.subscription, [respond(next(one)), respond(next(failed))])
    assert.equal(error.code, 'ended')
    assert.equal(error.errors[0].message, 'the subgraph died')
    assert.ok(asked >= 4, `${asked}`)
  })

  test('that ends with errors before data was refused: it is over', async () => {
    const { results, error, asked } = await run(operations.subscription, [respond(next(failed))])
    assert.equal(error, undefined)
    assert.deepEqual(results, [failed])
    assert.equal(asked, 1)
  })

  test('continues after a close delimiter that another part follows (gqlgen)', async () => {
    const again = '--b--\r\nContent-Type: application/json\r\n\r\n'
    const body = `${part(one)}${again}${JSON.stringify({ incremental: [two], hasNext: false })}\r\n--b--\r\n`
    const { results } = await run(operations.subscription, [respond(body, multipart)], {
      protocol: 'multipart',
    })
    assert.deepEqual(results, [one, two])
    const cut = `${part(one)}${again}${JSON.stringify(two)}\r\n`
    const broken = await run(operations.subscription, [respond(cut, multipart)], {
      protocol: 'multipart',
      maxRetries: 0,
    })
    assert.equal(broken.error?.code, 'ended', 'a part behind the close delimiter takes the close back')
  })

  test('is complete if the bytes end after a close delimiter, and has broken off without one', async () => {
    const options = { protocol: 'multipart' }
    const whole = await run(operations.subscription, [respond(`${part(one)}--b--`, multipart)], options)
    assert.deepEqual([whole.error, whole.asked], [undefined, 1])
    const short = await run(operations.subscription, [respond(part(one), multipart)], {
      ...options,
      maxRetries: 0,
    })
    assert.equal(short.error.code, 'ended')
  })
})

describe('a JSON response with hasNext: true is incomplete', () => {
  const body = JSON.stringify({ data: { a: 1 }, hasNext: true })
  for (const [kind, operation] of Object.entries(operations)) {
    test(kind, async () => {
      const { results, error, asked } = await run(operation, [respond(body, json)])
      assert.equal(results.length, 1)
      assert.deepEqual([error.code, error.incomplete], ['malformed', true])
      assert.match(error.message, /hasNext: true/)
      assert.equal(asked, 1)
    })
  }
  test('readResults', async () => {
    const results = []
    await assert.rejects(
      (async () => {
        for await (const result of readResults(respond(body, json)())) results.push(result)
      })(),
      { code: 'malformed' },
    )
    assert.equal(results.length, 1)
  })
})

describe('a query or mutation is incomplete if its server completes it without what it announced', () => {
  const more = { data: { a: 1 }, hasNext: true }
  const rest = { incremental: [{ path: [], data: { b: 2 } }] }
  const last = { incremental: [{ path: [], data: { b: 2 } }], hasNext: false }
  const rows = [
    ['nothing of it', [more], true],
    ['not all of it', [more, { ...rest, hasNext: true }], true],
    ['a payload that says nothing of what is left', [more, rest], true],
    ['all of it', [more, last], false],
    ['all of it, as it says by itself', [more, rest, { hasNext: false }], false],
    [
      'parts that were never announced',
      [
        { data: { a: 1 }, pending: [] },
        { path: [], data: { b: 2 } },
      ],
      false,
    ],
  ]
  const streams = {
    'text/event-stream': payloads => payloads.map(next).join('') + complete,
    [multipart]: payloads => `${payloads.map(payload => part(payload)).join('')}--b--`,
  }
  for (const [name, payloads, isIncomplete] of rows) {
    for (const [type, write] of Object.entries(streams)) {
      for (const incremental of ['merge', 'raw']) {
        test(`${type}, ${incremental}: ${name}`, async () => {
          const answer = respond(write(payloads), type)
          for (const kind of Object.keys(operations)) {
            const { error, asked } = await run(operations[kind], [answer], { incremental })
            const isTold = isIncomplete && (kind === 'query' || kind === 'mutation')
            assert.equal(error?.code, isTold ? 'malformed' : undefined, kind)
            if (isTold) assert.ok(error.incomplete)
            assert.equal(asked, 1)
          }
        })
      }
    }
  }
})

describe('which operations are sent again', () => {
  const ends = {
    'the connection is lost before the head': lose,
    'the connection is lost behind it': cut(''),
    'the stream ends within a message': respond('event: next\ndata: {'),
    408: respond('', 'text/plain', 408),
    425: respond('', 'text/plain', 425),
    429: respond('', 'text/plain', 429),
    500: respond('', 'text/plain', 500),
    503: respond('', 'text/plain', 503),
    504: respond('{"errors":[{"message":"the gateway gave up"}]}', json, 504),
  }
  const by =
    method =>
    (_operation, { url }) => ({ url, method, headers: {}, body: '{}' })
  const may = [
    ['query', {}, {}, true],
    ['subscription', {}, {}, true],
    ['mutation', {}, {}, false],
    ['unknown', {}, {}, false],
    ['mutation', { idempotent: true }, {}, true],
    ['query', { idempotent: false }, {}, false],
    ['unknown', { kind: 'query' }, {}, true],
    ['unknown', { kind: 'mutation' }, {}, false],
    ['unknown', {}, { method: 'GET' }, true],
    ['mutation', {}, { method: 'GET' }, false],
    ['query', { idempotent: false }, { method: 'GET' }, false],
    ['unknown', { idempotent: false }, { method: 'GET' }, false],
    ['mutation', {}, { buildRequest: by('PUT') }, false],
    ['mutation', {}, { buildRequest: by('DELETE') }, false],
    ['mutation', { idempotent: true }, { buildRequest: by('PUT') }, true],
    ['unknown', {}, { buildRequest: by('PUT') }, true],
    ['mutation', {}, { isRetryable: () => true, maxRetries: Infinity }, false],
  ]
  for (const [kind, more, options, expected] of may) {
    for (const [name, end] of Object.entries(ends)) {
      test(`${kind} ${JSON.stringify(more)} ${Object.keys(options)}: ${name}`, async () => {
        const operation = { ...operations[kind], ...more }
        const { error, asked } = await run(operation, [end], { maxRetries: 3, ...options })
        assert.equal(asked, expected ? 4 : 1)
        assert.ok(error)
        if (!expected) assert.match(error.message, /not sent again.*idempotent/)
      })
    }
  }

  test('an operation of unknown kind is a subscription after its second result', async () => {
    const lost = [respond(next(one) + next(two)), respond(next(one) + complete)]
    assert.equal((await run(operations.unknown, lost)).asked, 2)
    assert.equal((await run({ ...operations.unknown, idempotent: false }, lost)).asked, 1)
    const deferred = respond(
      next({ data: { a: 1 }, hasNext: true }) +
        next({ incremental: [{ path: [], data: { b: 1 } }], hasNext: true }),
    )
    assert.equal((await run(operations.unknown, [deferred])).asked, 1)
    assert.equal((await run(operations.unknown, [respond(next(one))])).asked, 1)
  })

  for (const [name, payload] of Object.entries({
    'of a fragment': { path: ['a'], data: { b: 1 } },
    'of a list': { path: ['a', 1], items: [1] },
    'of several': { incremental: [{ path: ['a'], data: { b: 1 } }] },
    'of an id': { incremental: [{ id: '0', data: { b: 1 } }], completed: [{ id: '0' }] },
  })) {
    test(`a payload ${name} without hasNext does not show a mutation of unknown kind to be a subscription`, async () => {
      const first = { data: { a: {} }, hasNext: true }
      const answer = respond(next(first) + next(payload) + next(payload))
      assert.equal((await run(operations.unknown, [answer], { incremental: 'raw' })).asked, 1)
    })
  }

  test('an error while more is announced does not either', async () => {
    const answer = respond(next({ data: { a: {} }, hasNext: true }) + next(failed))
    for (const incremental of ['raw', 'merge'])
      assert.equal((await run(operations.unknown, [answer], { incremental })).asked, 1)
  })

  test('an operation that was never sent, because `headers` took too long, is sent', async () => {
    let asked = 0
    const headers = () => (++asked === 1 ? new Promise(() => {}) : {})
    const { results } = await run(operations.mutation, [respond(next(one))], { headers, connectTimeout: 50 })
    assert.deepEqual(results, [one])
  })
})

describe('401 and UNAUTHENTICATED', () => {
  const refused = { errors: [{ message: 'who are you?', extensions: { code: 'UNAUTHENTICATED' } }] }
  const unauthenticated = respond(next(refused) + complete)
  const unauthorized = respond('', 'text/plain', 401)
  const headers = () => ({})

  for (const [name, refusal] of Object.entries({ 401: unauthorized, UNAUTHENTICATED: unauthenticated })) {
    for (const kind of Object.keys(operations)) {
      test(`${kind}: ${name} is answered once with fresh headers`, async () => {
        const healed = await run(operations[kind], [refusal, respond(next(one) + complete)], { headers })
        assert.deepEqual([healed.results, healed.error, healed.asked], [[one], undefined, 2])
        const forever = await run(operations[kind], [refusal], { headers })
        assert.equal(forever.asked, 2)
        if (name === '401') assert.equal(forever.error.status, 401)
        else assert.deepEqual(forever.results, [refused])
      })
    }

    test(`${name} without fresh headers is an error at once`, async () => {
      const { results, error, asked } = await run(operations.query, [refusal], { headers: {} })
      assert.equal(asked, 1)
      if (name === '401') assert.equal(error.status, 401)
      else assert.deepEqual(results, [refused])
    })

    test(`${name}: the retry policy is followed, and uses up attempts`, async () => {
      const waits = []
      const retry = attempt => {
        waits.push(attempt)
        return 0
      }
      const { error, asked } = await run(operations.query, [refusal], {
        headers,
        isRetryable: ({ status }) => status === 401,
        retry,
        maxRetries: 4,
      })
      assert.equal(error.status, 401)
      assert.equal(asked, 5)
      assert.ok(waits.length >= 2, 'only fresh headers go without a wait')
    })
  }

  test('a mutation that a resolver refuses is not sent again, because others may have done their work', async () => {
    const error = { ...refused.errors[0], path: ['n'] }
    const answer = respond(next({ data: null, errors: [error] }) + complete)
    assert.equal((await run(operations.mutation, [answer], { headers })).asked, 1)
    assert.equal((await run(operations.subscription, [answer], { headers })).asked, 2)
  })

  for (const [name, errors] of Object.entries({
    'an error with a path': [{ ...refused.errors[0], path: ['n'] }],
    'one beside an error with a path': [refused.errors[0], { message: 'paid, and failed', path: ['pay'] }],
  })) {
    for (const [how, answer, field] of [
      ['in a result', respond(next({ data: null, errors }) + complete), 'results'],
      ['with 401', respond(JSON.stringify({ errors }), json, 401), 'error'],
    ]) {
      for (const options of [{ headers }, { headers, isRetryable: () => true }]) {
        for (const kind of ['mutation', 'unknown']) {
          test(`${kind}: UNAUTHENTICATED ${how}, ${name}, is not sent again: ${Object.keys(options)}`, async () => {
            const outcome = await run(operations[kind], [answer], options)
            assert.equal(outcome.asked, 1)
            assert.deepEqual((field === 'error' ? outcome.error : outcome.results[0]).errors, errors)
          })
        }
      }
      test(`query: UNAUTHENTICATED ${how}, ${name}, is answered once with fresh headers`, async () => {
        assert.equal((await run(operations.query, [answer], { headers })).asked, 2)
      })
    }
  }

  test('a result with data is a result', async () => {
    const answer = respond(next({ ...refused, data: { n: null } }) + complete)
    assert.equal((await run(operations.query, [answer], { headers })).asked, 1)
  })
})

describe('exceptions of functions of the options', () => {
  const mine = new Error('mine')
  const throwing = () => {
    throw mine
  }
  const good = respond(next(one) + complete)
  for (const name of ['url', 'headers', 'buildRequest', 'isComplete', 'isRetryable', 'retry', 'print']) {
    test(`${name}: the exception is the error of the operation, and is not retried`, async () => {
      const operation =
        name === 'print' ? { query: { kind: 'Document', definitions: [] } } : operations.subscription
      const { error, asked } = await run(operation, [respond(next(one))], { [name]: throwing })
      assert.equal(error, mine)
      assert.ok(asked <= 1)
    })
  }

  for (const name of ['url', 'headers', 'isComplete']) {
    test(`${name}: also if it is a retryable error of another stream`, async () => {
      const other = new StreamError('network', 'the token server is down')
      const { error, asked } = await run(operations.subscription, [respond(next(one))], {
        [name]: () => Promise.reject(other),
        ...(name === 'isComplete' && {
          isComplete() {
            throw other
          },
        }),
      })
      assert.equal(error, other)
      assert.ok(asked <= 1)
    })
  }

  test('resume', async () => {
    const { error } = await run({ ...operations.subscription, resume: throwing }, [respond(next(one))])
    assert.equal(error, mine)
  })

  test('an asynchronous retry is awaited, and its rejection is the error', async () => {
    const order = []
    const retry = async attempt => {
      await new Promise(resolve => setTimeout(resolve, 5))
      order.push(attempt)
      return 0
    }
    const { asked } = await run(operations.query, [lose, lose, good], { retry })
    assert.equal(asked, 3)
    assert.deepEqual(order, [1, 2])
    const { error } = await run(operations.query, [lose], { retry: async () => throwing() })
    assert.equal(error, mine)
  })

  for (const name of ['connecting', 'connected', 'message', 'ended', 'gap', 'response']) {
    test(`on.${name}: an exception is reported and stops nothing`, async () => {
      const reported = []
      const before = globalThis.reportError
      globalThis.reportError = error => reported.push(error)
      try {
        const answers = [respond(next(one)), respond(next(two) + complete)]
        const { error, results } = await run(operations.subscription, answers, { on: { [name]: throwing } })
        assert.equal(error, undefined)
        assert.deepEqual(results, [one, two])
        assert.ok(reported.length > 0)
        assert.ok(reported.every(error => error === mine))
      } finally {
        globalThis.reportError = before
      }
    })
  }
})

test('the default delays last as long as those of graphql-sse', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { random } = Math
  for (const [value, least, most] of [
    [0, 32_500, 32_500],
    [0.999999, 45_900, 46_000],
  ]) {
    Math.random = () => value
    try {
      const delays = []
      await run(operations.query, [lose], {
        retry: undefined,
        maxRetries: 5,
        on: {
          ended: (_error, delay) => {
            delays.push(delay)
            if (delay !== null) setImmediate(() => t.mock.timers.tick(delay))
          },
        },
      })
      const sum = delays.slice(0, -1).reduce((a, b) => a + b, 0)
      assert.equal(delays.length, 6)
      assert.ok(sum >= least && sum <= most, `${sum}`)
    } finally {
      Math.random = random
    }
  }
})

test('a stream that is cut off anywhere resumes after its last whole message', async () => {
  const whole = `id: 1\n${next(one)}id: 2\n${next(two)}`
  const numbers = body => body.map(({ data }) => data.n)
  for (let size = 0; size <= whole.length; size++) {
    let resumedFrom
    const answers = [respond(whole.slice(0, size)), respond(complete)]
    const { results, error } = await run(operations.subscription, answers, {
      headers: ({ lastEventId }) => {
        resumedFrom = lastEventId
        return {}
      },
    })
    assert.equal(error, undefined)
    assert.equal(resumedFrom, ['', '1', '2'][results.length], `${size} bytes`)
    assert.deepEqual(numbers(results), [1, 2].slice(0, results.length))
  }
})
