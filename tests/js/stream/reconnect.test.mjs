/** The policy alone: no clock, no network. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { StreamError, standardRetry } from 'postsource'
import { reconnect } from '../../../dist/stream/reconnect.js'

function cause(code, more = {}) {
  return {
    error: new StreamError(code, code),
    retryable: code === 'network' || code === 'ended',
    reconnectionTime: 3000,
    lastEventId: '',
    method: 'GET',
    received: 0,
    ...more,
  }
}

/** Runs attempts that end for these causes; resolves with what was waited and announced. */
async function run(causes, { retry = standardRetry, abortAfter } = {}) {
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
    onEnded: (error, delay) => ends.push([error.code, delay]),
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

describe('a request that is not a GET', () => {
  for (const [name, more, code, delay] of [
    ['is sent again where nothing has come', {}, 'network', 3000],
    ['is not where events have come', { received: 1 }, 'network', null],
    ['is not where its answer has ended', {}, 'ended', null],
    ['is where an id lets it resume', { received: 1, lastEventId: '1' }, 'network', 3000],
    ['is where an id lets it resume after the end', { lastEventId: '1' }, 'ended', 3000],
  ]) {
    test(name, () => assert.equal(standardRetry(1, cause(code, { method: 'POST', ...more })), delay))
  }
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
