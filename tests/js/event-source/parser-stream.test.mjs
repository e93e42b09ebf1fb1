/** EventSourceParserStream: the peer's behaviour, tested with both. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EventSourceParserStream as Peer } from 'eventsource-parser/stream'
import { EventSourceParserStream as Ours } from 'postsource/parser'

/** Pipes chunks through a parser stream; resolves with the events, and the message of what the stream fails with. */
async function pipe(Stream, chunks, options) {
  const events = []
  try {
    for await (const event of ReadableStream.from(chunks).pipeThrough(new Stream(options))) events.push(event)
    return { events }
  } catch (error) {
    return { events, type: error.type, name: error.name }
  }
}

const event = (data, event, id) => ({ id, event, data })

const promises = {
  'is a TransformStream': Stream => assert.ok(new Stream() instanceof TransformStream),
  'text in any slicing becomes events': async Stream => {
    const { events } = await pipe(Stream, ['id: 1\nev', 'ent: e\ndata: a', '\n', '\ndata: b\n\n'])
    assert.deepEqual(events, [event('a', 'e', '1'), event('b')])
  },
  'comments, ids and reconnection times are told': async Stream => {
    const told = []
    const note = name => value => told.push([name, value])
    await pipe(Stream, [': hello\nretry: 50\nid: 7\n\n'], {
      onComment: note('comment'),
      onRetry: note('retry'),
      onId: note('id'),
    })
    assert.deepEqual(told, [
      ['comment', 'hello'],
      ['retry', 50],
      ['id', '7'],
    ])
  },
  'errors are ignored by default': async Stream => {
    const { events } = await pipe(Stream, ['nonsense: x\nretry: soon\ndata: a\n\n'])
    assert.deepEqual(events, [event('a')])
  },
  'onError is told of errors, and the stream goes on': async Stream => {
    const types = []
    const { events } = await pipe(Stream, ['nonsense: x\ndata: a\n\n'], {
      onError: ({ type }) => types.push(type),
    })
    assert.deepEqual([types, events], [['unknown-field'], [event('a')]])
  },
  'terminate fails the stream with the error': async Stream => {
    const outcome = await pipe(Stream, ['nonsense: x\ndata: a\n\n'], { onError: 'terminate' })
    assert.deepEqual([outcome.type, outcome.name], ['unknown-field', 'ParseError'])
  },
  'maxBufferSize fails the stream, whatever onError is': async Stream => {
    const types = []
    const outcome = await pipe(Stream, [`data: ${'x'.repeat(100)}`, 'y\n\n'], {
      maxBufferSize: 50,
      onError: ({ type }) => types.push(type),
    })
    assert.deepEqual([types, outcome.type], [['max-buffer-size-exceeded'], 'max-buffer-size-exceeded'])
  },
}

describe('EventSourceParserStream', () => {
  for (const [name, Stream] of Object.entries({ peer: Peer, ours: Ours }))
    for (const [promise, check] of Object.entries(promises)) test(`${name}: ${promise}`, () => check(Stream))

  test('ours takes bytes as well, cut within a character', async () => {
    const bytes = new TextEncoder().encode('data: 🌊\n\n')
    assert.deepEqual((await pipe(Ours, [bytes.subarray(0, 8), bytes.subarray(8)])).events, [event('🌊')])
  })
})
