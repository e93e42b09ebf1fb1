/** `postsource/parser` compared with eventsource-parser, which it can replace. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as peer from 'eventsource-parser'
import * as ours from 'postsource/parser'
import { expandInput, loadVectors } from '../../vectors/load.mjs'
import { randomFrom } from '../reference/incremental-payloads.mjs'

/** Every call that a parser makes for these chunks, in order. */
function calls({ createParser }, chunks, config = {}) {
  const log = []
  const parser = createParser({
    onEvent: event => log.push(['event', event.event, event.id, event.data]),
    onId: id => log.push(['id', id]),
    onRetry: retry => log.push(['retry', retry]),
    onComment: comment => log.push(['comment', comment]),
    onError: ({ message, type, field, value, line }) =>
      log.push(['error', message, type, field, value, line]),
    ...config,
  })
  for (const chunk of chunks) parser.feed(chunk)
  return log
}

describe('the same calls as eventsource-parser, for text in one and in two pieces', () => {
  for (const { name, input, error, options } of loadVectors()) {
    const bytes = expandInput(input)
    const text = bytes.toString()
    if (error || options?.maxMessageBytes || !Buffer.from(text).equals(bytes) || bytes.length > 100_000)
      continue
    test(name, () => {
      for (const cut of new Set([0, text.length >> 1, Math.max(0, text.length - 1)])) {
        const chunks = [text.slice(0, cut), text.slice(cut)].filter(chunk => chunk !== '')
        // eventsource-parser may drop a line that cannot become a field before it is whole, and then tells no error
        const told = ([kind]) => kind !== 'error' || cut === 0
        assert.deepEqual(calls(ours, chunks).filter(told), calls(peer, chunks).filter(told))
      }
    })
  }
})

/** A stream of a few dozen lines of every kind, some of them long. */
function randomStream(random) {
  const any = list => list[Math.floor(random() * list.length)]
  const text = () => any(['', 'a', ' b', 'x'.repeat(Math.floor(random() * 70))])
  const field = () =>
    `${any(['data', 'event', 'id', 'retry', 'datax', 'i', 'event ', ''])}${any([':', ': ', ''])}${text()}`
  const line = () =>
    any([field, field, () => `data: ${text()}`, () => `retry: ${Math.floor(random() * 1e6)}`, () => ''])()
  const lines = Array.from(
    { length: 1 + Math.floor(random() * 24) },
    () => line() + any(['\n', '\n', '\r\n', '\r']),
  )
  return any(['', '\ufeff']) + lines.join('') + any(['', 'data: end\n\n'])
}

/** The stream in pieces of random length. */
function sliced(stream, random) {
  const chunks = []
  for (let at = 0; at < stream.length; at += chunks.at(-1).length)
    chunks.push(stream.slice(at, at + 1 + Math.floor(random() * 40)))
  return chunks
}

/** The calls up to a failure; `isOver` tells of one. */
function callsWithin(library, chunks, maxBufferSize, onComment) {
  let isOver = false
  const log = calls(
    {
      createParser: config => {
        const { onError } = config
        const parser = library.createParser({
          ...config,
          onError(error) {
            if (error.type === 'max-buffer-size-exceeded') isOver = true
            else if (error.type !== 'unknown-field') onError(error) // see above
          },
        })
        return { feed: chunk => isOver || parser.feed(chunk) }
      },
    },
    chunks,
    { maxBufferSize, ...(onComment || { onComment: undefined }) },
  )
  return { log, isOver }
}

test('maxBufferSize: a stream that eventsource-parser reads in every slicing is read, and one of twice the size is not', () => {
  const random = randomFrom(1)
  let refused = 0
  for (let i = 0; i < 3000; i++) {
    const stream = randomStream(random)
    const maxBufferSize = 1 + Math.floor(random() * 90)
    const onComment = random() < 0.5
    const theirs = callsWithin(peer, [...stream], maxBufferSize, onComment)
    const mine = callsWithin(ours, sliced(stream, random), maxBufferSize, onComment)
    const of = JSON.stringify({ stream, maxBufferSize, onComment })
    assert.ok(theirs.isOver || !mine.isOver, `refuses ${of}`)
    assert.deepEqual(theirs.isOver ? mine.log.slice(0, theirs.log.length) : mine.log, theirs.log, of)
    // the peer limits the data and the incomplete line together, and counts comments for onComment alone
    const twice = onComment || callsWithin(peer, [...stream], 2 * maxBufferSize, onComment)
    assert.ok(mine.isOver || !twice.isOver, `takes ${of}`)
    if (mine.isOver) refused++
  }
  assert.ok(refused > 300 && refused < 2700, `${refused} refused`)
})

test('a character may be cut in two', () => {
  assert.deepEqual(calls(ours, ['data: \ud83d', '\ude00\n\n']), [['event', undefined, undefined, '😀']])
})

test('bytes do as well as text', () => {
  assert.deepEqual(calls(ours, [new TextEncoder().encode('event: é\ndata: 😀\n\n')]), [
    ['event', 'é', undefined, '😀'],
  ])
})

for (const [name, library] of [
  ['eventsource-parser', peer],
  ['postsource/parser', ours],
]) {
  test(`${name}: reset drops what is incomplete`, () => {
    const log = []
    const parser = library.createParser({ onEvent: ({ data }) => log.push(data) })
    parser.feed('data: a\ndata: b')
    parser.reset()
    parser.feed('data: c\n\n')
    assert.deepEqual(log, ['c'])
  })

  test(`${name}: reset with consume shows the unfinished line to onError`, () => {
    const errors = []
    const parser = library.createParser({ onError: ({ type, line }) => errors.push([type, line]) })
    parser.feed('retry: soon')
    parser.reset({ consume: true })
    parser.feed('data: a\n')
    parser.reset({ consume: true })
    assert.deepEqual(errors, [['invalid-retry', 'retry: soon']])
  })

  test(`${name}: reset with consume shows what may be a field or a comment, and nothing else`, () => {
    const seen = {}
    for (const line of ['da', 'retry: x', 'datax: 1', '{"error":1}', 'Bad gateway', ': note']) {
      const log = []
      seen[line] = log
      const parser = library.createParser({
        onError: ({ type }) => log.push(type),
        onComment: text => log.push(text),
      })
      parser.feed(line)
      parser.reset({ consume: true })
    }
    assert.deepEqual(seen, {
      da: ['unknown-field'],
      'retry: x': ['invalid-retry'],
      'datax: 1': [],
      '{"error":1}': [],
      'Bad gateway': [],
      ': note': ['note'],
    })
  })

  test(`${name}: lines without effect do not count for maxBufferSize`, () => {
    const long = 'x'.repeat(64)
    const withoutEffect = {
      comment: [`:${long}`, long, '\n'],
      'unknown field': ['unknown', `: ${long}`, long, '\r\n'],
      'field that begins like data': ['datax', `: ${long}`, '\r', '\n'],
      JSON: [`{"error":"${long}`, '"}', '\r'],
    }
    for (const [what, chunks] of Object.entries(withoutEffect)) {
      const log = calls(library, ['data: one\n', ...chunks, 'data: two\n\n'], {
        maxBufferSize: 16,
        onComment: undefined,
      })
      assert.deepEqual(log, [['event', undefined, undefined, 'one\ntwo']], what)
    }
  })

  for (const [what, chunks] of Object.entries({
    'an incomplete line of data': ['data: short', ' and then too long'],
    'the lines of an event together': Array(10).fill('data: 12345\n'),
    'an incomplete id': ['id: 1', '2'.repeat(30)],
    'an incomplete name': ['event: 1', '2'.repeat(30)],
    'an incomplete reconnection time': ['retry: 1', '2'.repeat(30)],
  })) {
    test(`${name}: ${what} over maxBufferSize is an error`, () => {
      let type
      const parser = library.createParser({
        maxBufferSize: 24,
        onError(error) {
          type = error.type
        },
      })
      for (const chunk of chunks) if (!type) parser.feed(chunk)
      assert.equal(type, 'max-buffer-size-exceeded')
    })
  }

  test(`${name}: without maxBufferSize a message may be of any size`, () => {
    const data = 'x'.repeat(20_000_000)
    const events = calls(library, ['data: ', data, '\n\n'])
    assert.ok(events.length === 1 && events[0][3] === data)
  })

  test(`${name}: a message over maxBufferSize is an error, and feeding on throws until reset`, () => {
    const errors = []
    const events = []
    const parser = library.createParser({
      maxBufferSize: 50,
      onError: error => errors.push(error),
      onEvent: ({ data }) => events.push(data),
    })
    parser.feed('data: a\n\n')
    parser.feed(`data: ${'x'.repeat(100)}`)
    assert.deepEqual([errors.map(({ type }) => type), events], [['max-buffer-size-exceeded'], ['a']])
    assert.ok(errors[0] instanceof library.ParseError)
    assert.throws(() => parser.feed('data: b\n\n'), /max buffer size/)
    assert.match(errors[0].message, /max buffer size of 50/)
    parser.reset()
    parser.feed('data: c\n\n')
    assert.deepEqual(events, ['a', 'c'])
  })

  test(`${name}: a long field or a wrong retry has the message that programs match`, () => {
    const messages = []
    const parser = library.createParser({ onError: ({ message }) => messages.push(message) })
    parser.feed(`${'x'.repeat(21)}: 1\nretry: 50x\nretry:\n`)
    assert.deepEqual(messages, [
      `Unknown field "${'x'.repeat(20)}…"`,
      'Invalid `retry` value: "50x"',
      'Invalid `retry` value: ""',
    ])
  })

  test(`${name}: a callback in place of the config is refused`, () => {
    assert.throws(() => library.createParser(() => {}), TypeError)
  })
}

test('callbacks may feed other parsers', () => {
  const inner = []
  const outer = []
  const second = ours.createParser({ onEvent: ({ data }) => inner.push(data) })
  const first = ours.createParser({
    onEvent({ data }) {
      outer.push(data)
      second.feed(`data: inner ${data}\n\n`)
    },
  })
  first.feed('data: 1\n\ndata: 2\n\ndata: 3\n\n')
  assert.deepEqual(
    [outer, inner],
    [
      ['1', '2', '3'],
      ['inner 1', 'inner 2', 'inner 3'],
    ],
  )
})

test('an unreferenced parser frees its memory', { timeout: 20_000 }, async () => {
  const { wasmBytes } = await import('../../wasm-memory.mjs')
  const text = `data: ${'x'.repeat(500_000)}`
  for (let i = 0; i < 400; i++) {
    ours.createParser({}).feed(text)
    if (i % 20 === 0) await new Promise(resolve => setTimeout(resolve, 5))
  }
  // 400 of them would be 200 MB and more
  assert.ok(wasmBytes() < 150e6, `${wasmBytes()} bytes`)
})
