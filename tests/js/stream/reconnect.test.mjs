/** The policy alone: no clock, no network. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { exponentialBackoff, StreamError, standardRetry } from 'postsource'
import { reconnect } from '../../../dist/stream/reconnect.js'
import { isIdempotent } from '../../../dist/stream/repeat.js'

function cause(code, more = {}) {
  return {
    error: new StreamError(code, code),
    retryable: code === 'network' || code === 'ended',
    reconnectionTime: undefined,
    request: { method: 'GET', lastEventId: '' },
    idempotent: true,
    received: 0,
    ...more,
  }
}

/** Runs attempts that end for these causes; resolves with what was waited and announced. */
async function run(
  causes,
  { retry = standardRetry, maxRetries, abortAfter, healthyAfter, isHurried, onEnded = () => {} } = {},
) {
  const closing = new AbortController()
  const attempts = []
  const waits = []
  const ends = []
  await reconnect({
    attempt: async () => {
      const ended = causes[attempts.length]
      attempts.push(ended.error.code)
      if (abortAfter === `attempt ${attempts.length}`) closing.abort()
      return ended
    },
    retry,
    maxRetries,
    onEnded: (error, delay) => {
      ends.push([error.code, delay])
      onEnded(error)
    },
    signal: closing.signal,
    healthyAfter,
    wait: async ms => {
      waits.push(ms)
      if (abortAfter === `wait ${waits.length}`) closing.abort()
      return isHurried
    },
  })
  return { attempts, waits, ends }
}

describe('the standard’s rule', () => {
  test('a network error and the end of the stream are followed after the reconnection time', async () => {
    for (const ended of [cause('network'), cause('ended', { reconnectionTime: 7 })]) {
      const { waits, ends } = await run([ended, cause('http-status')])
      const delay = ended.reconnectionTime ?? 3000
      assert.deepEqual(waits, [delay])
      assert.deepEqual(ends, [
        [ended.error.code, delay],
        ['http-status', null],
      ])
    }
  })

  test('from the second failure in a row on it waits up to a quarter longer, by chance', () => {
    const waits = Array.from({ length: 1000 }, () => standardRetry(2, cause('network')))
    assert.ok(waits.every(ms => ms >= 3000 && ms <= 3750))
    assert.ok(new Set(waits).size > 900)
  })

  for (const code of ['http-status', 'content-type', 'limit-exceeded', 'invalid-request', 'unsupported']) {
    test(`${code} is the end`, async () => {
      assert.deepEqual((await run([cause(code)])).ends, [[code, null]])
    })
  }
})

describe('what can never be sent', () => {
  for (const more of [
    {},
    { idempotent: false },
    { error: new StreamError('invalid-request', 'no', { status: 401 }) },
  ]) {
    test(`is not sent again, whatever the policy says: ${JSON.stringify(more)}`, async () => {
      const ended = cause('invalid-request', { retryable: true, ...more })
      assert.deepEqual((await run([ended, ended], { retry: () => 0 })).ends, [['invalid-request', null]])
    })
  }
})

describe('a request that is not idempotent', () => {
  const post = (code, more) => cause(code, { request: { method: 'POST' }, idempotent: false, ...more })
  const refused = (status, more) =>
    post('http-status', { error: new StreamError('http-status', 'no', { status }), ...more })
  const policies = { standardRetry, backoff: exponentialBackoff(), 'one of the user': () => 0 }

  for (const [name, retry] of Object.entries(policies)) {
    for (const [when, ended] of [
      ['before its answer', post('network')],
      ['within its answer', post('network', { received: 1 })],
      ['by a timeout', post('connect-timeout', { retryable: true })],
      [
        'after a proper end, with an id',
        post('ended', { received: 1, request: { method: 'POST', lastEventId: '1' } }),
      ],
      ...[408, 425, 429, 500, 503, 504].map(status => [`by ${status}`, refused(status)]),
    ]) {
      test(`is not sent again where it ended ${when}, whatever ${name} says; the error names the option`, async () => {
        let message = ''
        const { attempts, ends } = await run([ended, post('ended')], {
          retry,
          onEnded: error => {
            message = error.message
          },
        })
        assert.deepEqual([attempts, ends], [[ended.error.code], [[ended.error.code, null]]])
        assert.match(message, /POST request was not sent again.*idempotent/)
      })
    }
  }

  test('is sent again after no 401 that a resolver has caused: others may have done their work', async () => {
    const errors = [{ message: 'no' }, { message: 'no', path: ['pay'] }]
    const ended = refused(401, { error: new StreamError('http-status', 'no', { status: 401, errors }) })
    assert.deepEqual((await run([ended, ended], { retry: () => 0 })).ends, [['http-status', null]])
    const query = { ...ended, idempotent: true }
    assert.equal((await run([query, cause('invalid-request')], { retry: () => 0 })).ends.length, 2)
  })

  test('is told nothing of the option where sending it again would not help', async () => {
    let message = ''
    await run([refused(404)], {
      onEnded: error => {
        message = error.message
      },
    })
    assert.equal(message, 'no')
  })

  test('answers a 401 once, where the policy says so: it was refused before it was carried out', async () => {
    const { attempts } = await run([refused(401), refused(401)], { retry: () => 0 })
    assert.deepEqual(attempts, ['http-status', 'http-status'])
    assert.deepEqual((await run([refused(401)])).ends, [['http-status', null]])
  })
})

describe('which methods are idempotent', () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'QUERY', 'get'])
    test(`${method} is`, () => assert.equal(isIdempotent(method), true))
  for (const method of ['POST', 'PATCH', 'post', 'PROPFIND'])
    test(`${method} is not`, () => assert.equal(isIdempotent(method), false))
})

describe('a policy', () => {
  test('counts attempts from 1, and anew after a stream that was alive for a while', async () => {
    const counts = async (lives, options) => {
      const asked = []
      await run(
        lives.map(aliveMs => cause('network', { aliveMs, received: 9 })),
        { retry: attempt => (asked.push(attempt) < lives.length ? 0 : null), ...options },
      )
      return asked
    }
    assert.deepEqual(await counts([undefined, 0, 4999, 5000, 0]), [1, 2, 3, 1, 2])
    assert.deepEqual(await counts([undefined, 0, 99, 100], { healthyAfter: 100 }), [1, 2, 3, 1])
    assert.deepEqual(await counts([0, 1, undefined], { healthyAfter: 0 }), [1, 1, 2])
  })

  test('may be asynchronous', async () => {
    const { waits, ends } = await run([cause('network'), cause('network')], {
      retry: async attempt => (attempt === 1 ? 20 : null),
    })
    assert.deepEqual(
      [waits, ends],
      [
        [20],
        [
          ['network', 20],
          ['network', null],
        ],
      ],
    )
  })

  test('of another realm may be asynchronous too', async () => {
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    const thenable = value => ({ then: resolve => resolve(value) })
    const { waits } = await run([cause('network'), cause('network')], {
      retry: attempt => thenable(attempt === 1 ? 20 : null),
    })
    assert.deepEqual(waits, [20])
  })

  test('that is asynchronous and answers nothing ends it: it makes no storm', async () => {
    assert.deepEqual((await run([cause('network')], { retry: async () => {} })).ends, [['network', null]])
  })

  test('that throws, or rejects, is what the loop rejects with', async () => {
    const failure = new Error('mine')
    const throws = () => {
      throw failure
    }
    for (const retry of [throws, async () => throws()]) {
      await assert.rejects(run([cause('network')], { retry }), failure)
    }
  })

  test('is asked of a pause, which waits for nothing and does not count', async () => {
    const asked = []
    const { waits } = await run([cause('network'), cause('paused', { retryable: true }), cause('network')], {
      retry: attempt => (asked.push(attempt) < 3 ? 50 : null),
    })
    assert.deepEqual(
      [asked, waits],
      [
        [1, 2, 2],
        [50, 0],
      ],
    )
    assert.deepEqual((await run([cause('paused', { retryable: true })], { retry: () => null })).ends, [
      ['paused', null],
    ])
  })

  test('is asked again with the same number after an attempt that the network or the page has hurried', async () => {
    const asked = []
    const retry = attempt => (asked.push(attempt) < 3 ? 50 : null)
    await run([cause('network'), cause('network'), cause('network')], { retry, isHurried: true })
    assert.deepEqual(asked, [1, 1, 1])
  })

  test('is told what Retry-After asks for', async () => {
    const error = new StreamError('http-status', '', { headers: new Headers({ 'retry-after': '120' }) })
    const told = []
    await run([cause('network', { error }), cause('network')], {
      retry: (_attempt, { retryAfter }) => (told.push(retryAfter) < 2 ? 0 : null),
    })
    assert.deepEqual(told, [120_000, undefined])
  })

  test('cannot ask for more than a timer can hold', async () => {
    const { waits } = await run([cause('ended', { reconnectionTime: 99999999999 }), cause('content-type')])
    assert.deepEqual(waits, [2 ** 31 - 1])
  })

  for (const answer of [null, undefined, Number.NaN, -1]) {
    test(`that answers ${answer} ends it`, async () => {
      const { waits, ends } = await run([cause('network')], { retry: () => answer })
      assert.deepEqual([waits, ends], [[], [['network', null]]])
    })
  }
})

describe('maxRetries', () => {
  for (const maxRetries of [0, 1, 3]) {
    test(`of ${maxRetries} allows as many attempts after the first`, async () => {
      const causes = Array.from({ length: 5 }, () => cause('network'))
      const { attempts, ends } = await run(causes, { maxRetries, retry: () => 0 })
      assert.equal(attempts.length, maxRetries + 1)
      assert.deepEqual(ends.at(-1), ['network', null])
    })
  }

  test('is not used up by a pause, but 0 allows no second attempt', async () => {
    const paused = cause('paused', { retryable: true })
    const causes = [cause('network'), paused, paused, cause('network')]
    const { attempts } = await run(causes, { maxRetries: 1, retry: () => 0 })
    assert.deepEqual(attempts, ['network', 'paused', 'paused', 'network'])
    assert.equal((await run([paused], { maxRetries: 0, retry: () => 0 })).attempts.length, 1)
  })

  test('counts anew after a stream that was alive for a while', async () => {
    const causes = [cause('network'), cause('network', { aliveMs: 9000 }), cause('network'), cause('network')]
    assert.equal((await run(causes, { maxRetries: 1, retry: () => 0 })).attempts.length, 3)
  })
})

describe('closing', () => {
  test('during an attempt ends it in silence', async () => {
    assert.deepEqual(await run([cause('network')], { abortAfter: 'attempt 1' }), {
      attempts: ['network'],
      waits: [],
      ends: [],
    })
  })

  test('during the wait ends it before another attempt', async () => {
    const { attempts } = await run([cause('network'), cause('network')], { abortAfter: 'wait 1' })
    assert.deepEqual(attempts, ['network'])
  })
})

describe('exponential backoff', () => {
  const at = (attempt, more, options) =>
    exponentialBackoff({ baseMs: 100, capMs: 1000, random: () => 0.5, ...options })(
      attempt,
      cause('network', more),
    )

  for (const [name, delays, expected] of [
    [
      'is chance under a ceiling that grows to the cap',
      [1, 2, 3, 4, 5, 9].map(n => at(n)),
      [50, 100, 200, 400, 500, 500],
    ],
    ['ends where nothing is to be retried', [at(1, { retryable: false })], [null]],
    [
      'comes on top of the retry field, up to the cap',
      [at(1, { reconnectionTime: 300 }), at(1, { reconnectionTime: 9e9 })],
      [350, 1050],
    ],
    ['comes on top of Retry-After, whatever the cap', [at(1, { retryAfter: 120_000 })], [120_050]],
    ['has no floor where the server sets none', [at(1, {}, { random: () => 0 })], [0]],
  ]) {
    test(name, () => assert.deepEqual(delays, expected))
  }

  test('spreads 1,000 clients', () => {
    const policy = exponentialBackoff()
    for (const more of [{}, { reconnectionTime: 3000 }, { retryAfter: 5000 }]) {
      const delays = Array.from({ length: 1000 }, () => policy(1, cause('network', more)))
      assert.ok(new Set(delays).size > 990)
    }
  })
})
