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
    reconnectionTime: 3000,
    lastEventId: '',
    method: 'GET',
    idempotent: true,
    received: 0,
    ...more,
  }
}

/** Runs attempts that end for these causes; resolves with what was waited and announced. */
async function run(causes, { retry = standardRetry, abortAfter, onEnded = () => {} } = {}) {
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
    onEnded: (error, delay) => {
      ends.push([error.code, delay])
      onEnded(error)
    },
    signal: closing.signal,
    wait: async ms => {
      waits.push(ms)
      if (abortAfter === `wait ${waits.length}`) closing.abort()
    },
  })
  return { attempts, waits, ends }
}

describe('the standard’s rule', () => {
  test('a network error and the end of the stream are followed after the reconnection time', async () => {
    const { waits, ends } = await run([
      cause('network'),
      cause('ended', { reconnectionTime: 7 }),
      cause('http-status'),
    ])
    assert.deepEqual(waits, [3000, 7])
    assert.deepEqual(ends, [
      ['network', 3000],
      ['ended', 7],
      ['http-status', null],
    ])
  })

  for (const code of ['http-status', 'content-type', 'limit-exceeded', 'invalid-request', 'unsupported']) {
    test(`${code} is the end`, async () => {
      assert.deepEqual((await run([cause(code)])).ends, [[code, null]])
    })
  }
})

describe('a request that is not idempotent', () => {
  const post = (code, more) => cause(code, { method: 'POST', idempotent: false, ...more })
  const refused = (status, more) =>
    post('http-status', { error: new StreamError('http-status', 'no', { status }), ...more })
  const policies = { standardRetry, backoff: exponentialBackoff(), 'one of the user': () => 0 }

  for (const [name, retry] of Object.entries(policies)) {
    for (const [when, ended] of [
      ['before its answer', post('network')],
      ['within its answer', post('network', { received: 1 })],
      ['by a timeout', post('connect-timeout', { retryable: true })],
      ['after a proper end, with an id', post('ended', { received: 1, lastEventId: '1' })],
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
  test('counts attempts from 1, and anew after one that delivered an event', async () => {
    const asked = []
    const causes = [cause('network'), cause('network'), cause('network', { received: 2 }), cause('network')]
    await run([...causes, cause('network')], {
      retry: (attempt, { received }) => {
        asked.push([attempt, received])
        return asked.length < 5 ? 0 : null
      },
    })
    assert.deepEqual(asked, [
      [1, 0],
      [2, 0],
      [1, 2],
      [2, 0],
      [3, 0],
    ])
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
