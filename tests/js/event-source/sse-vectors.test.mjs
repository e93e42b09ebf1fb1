import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { readEventBatches } from 'postsource'
import { createParser } from 'postsource/parser'
import { EventDecoder } from '../../../dist/event-source/event-decoder.js'
import { load } from '../../../dist/wasm/module.js'
import { SseReader, sse } from '../../../dist/wasm/sse-reader.js'
import { expandInput, expandLog, loadVectors } from '../../vectors/load.mjs'
import { logVisitor } from '../../vectors/log-visitor.mjs'
import { slicings } from '../../vectors/slicings.mjs'
import { parseEventStream } from '../reference/event-stream.mjs'

const wasm = await load(sse)
const vectors = loadVectors().map(vector => ({
  ...vector,
  bytes: expandInput(vector.input),
  log: expandLog(vector.expected),
}))
let runs = 0

/** The log of the reader that all interfaces use. */
function readLog(chunks, options = {}) {
  const reader = new SseReader(wasm, options)
  const log = []
  let error
  const visitor = logVisitor(entry => log.push(entry))
  for (const chunk of chunks) {
    error = reader.read(chunk, visitor)
    if (error) break
  }
  reader.free()
  runs++
  return { log, error: error?.code }
}

/** The same log from createParser, with text or with bytes. */
function parserLog(chunks, { reportIgnored, maxMessageBytes } = {}) {
  const log = []
  let lastEventId = ''
  let idOnly = false
  let error
  const flush = () => {
    if (idOnly) log.push({ lastEventId })
    idOnly = false
  }
  const parser = createParser({
    maxBufferSize: maxMessageBytes,
    onId(id) {
      flush()
      lastEventId = id
      idOnly = true
    },
    onEvent({ id, event, data }) {
      if (id === undefined) flush()
      idOnly = false
      log.push({ type: event || 'message', data, lastEventId })
    },
    onRetry(retry) {
      flush()
      log.push({ retry })
    },
    onComment(comment) {
      flush()
      if (reportIgnored) log.push({ comment })
    },
    onError({ type, line }) {
      flush()
      if (type === 'max-buffer-size-exceeded') error = 'limit-exceeded'
      else if (reportIgnored) log.push({ ignored: line })
    },
  })
  for (const chunk of chunks) {
    parser.feed(chunk)
    if (error) break
  }
  flush()
  runs++
  return { log, error }
}

async function batchLog(chunks, { maxMessageBytes } = {}) {
  const log = []
  const stream = new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
  let error
  try {
    await readEventBatches(stream, batch => void log.push(...batch), { maxMessageBytes })
  } catch (cause) {
    // an incomplete event is reported apart from the log; requests.test.mjs tests when
    if (!cause.incomplete) error = cause.code
  }
  runs++
  return { log, error }
}

/** Whether the end of a stream loses an event. */
function isIncomplete(chunks) {
  const decoder = new EventDecoder(wasm)
  for (const chunk of chunks) decoder.decode(chunk)
  decoder.finish()
  decoder.free()
  return decoder.error?.incomplete ?? false
}

/** createParser reports times as numbers and removes one space from a comment. */
function asParserTells(entry) {
  if ('retry' in entry) return { retry: Number(entry.retry) }
  if ('comment' in entry) return { comment: entry.comment.replace(/^ /, '') }
  return entry
}

describe('the vectors agree with the reference implementation of the standard', () => {
  for (const { file, name, bytes, log, options, error } of vectors) {
    if (error === undefined) {
      test(`${file}: ${name}`, () => assert.deepEqual(parseEventStream(bytes, options), log))
    }
  }
})

describe('every vector at every slicing', () => {
  for (const { file, name, bytes, log, options, error, incomplete } of vectors) {
    test(`${file}: ${name}`, async () => {
      const expected = { log, error }
      for (const chunks of slicings(bytes)) {
        if (incomplete !== undefined) assert.equal(isIncomplete(chunks), incomplete)
        const actual = readLog(chunks, options)
        // comparing texts first: deepEqual on a million entries is slow, and its message is what we want on failure
        if (JSON.stringify(actual) !== JSON.stringify(expected)) assert.deepEqual(actual, expected)
      }

      const events = { log: log.filter(entry => 'data' in entry), error }
      const numbered = {
        log: log.map(asParserTells),
        error,
      }
      const middle = bytes.length >> 1
      for (const chunks of [[bytes], [bytes.subarray(0, middle), bytes.subarray(middle)]]) {
        assert.deepEqual(parserLog(chunks, options), numbered)
        assert.deepEqual(await batchLog(chunks, options), events)
      }
      const text = bytes.toString()
      if (Buffer.from(text).equals(bytes)) {
        const half = text.length >> 1
        for (const chunks of [[text], [text.slice(0, half), text.slice(half)]]) {
          assert.deepEqual(parserLog(chunks, options), numbered)
        }
      }
    })
  }
  after(() => console.log(`${vectors.length} vectors, ${runs} slicings`))
})

test('interleaved streams are independent', () => {
  const all = vectors.filter(({ bytes, error }) => bytes.length < 4096 && error === undefined)
  const streams = all.map(({ bytes, log, options }) => {
    const reader = new SseReader(wasm, options)
    const seen = []
    const push = (...entry) => seen.push(entry.filter(part => part !== undefined).join('|'))
    const visitor = { onEvent: push, onId: push, onRetry: push, onComment: push, onIgnoredLine: push }
    return { reader, visitor, seen, bytes, count: log.length }
  })
  for (let at = 0; at < 4096; at += 5) {
    for (const { reader, visitor, bytes } of streams) {
      if (at < bytes.length) reader.read(bytes.subarray(at, at + 5), visitor)
    }
  }
  for (const { reader, seen, count } of streams) {
    assert.equal(seen.length, count)
    reader.free()
  }
})

test('random streams agree with the reference at random slicings', () => {
  const pieces = [
    'data',
    'data:',
    'data: ',
    'id',
    'id: ',
    'event: ',
    'retry: ',
    '9',
    'a',
    'x: ',
    ':',
    ' ',
    '\0',
    '\n',
    '\r',
    '\r\n',
  ]
    .map(text => Buffer.from(text))
    .concat(['日', '😀', 'é', '\ufeff', '€uro'].map(text => Buffer.from(text)))
    .concat(['80', 'c3', 'e697', 'f09f98', 'ff', 'eda080'].map(hex => Buffer.from(hex, 'hex')))
  const random = seeded(1)
  for (let round = 0; round < 3000; round++) {
    const bytes = Buffer.concat(Array.from({ length: 1 + random(60) }, () => pieces[random(pieces.length)]))
    const chunks = []
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + random(20)
      chunks.push(bytes.subarray(at, at + size))
      at += size
    }
    const options = { reportIgnored: random(2) === 0 }
    const expected = parseEventStream(bytes, options)
    assert.deepEqual(readLog(chunks, options).log, expected, bytes.toString('hex'))
    assert.deepEqual(readLog([bytes], options).log, expected, bytes.toString('hex'))
  }
})

/** A small generator of whole numbers below a bound, the same on every run. */
function seeded(seed) {
  let state = seed
  return bound => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}
