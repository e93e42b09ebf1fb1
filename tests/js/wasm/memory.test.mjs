/** The memory of the modules: who has it, what is given back, and what happens when there is none left. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { GraphqlSseReader } from '../../../dist/wasm/graphql-sse-reader.js'
import { WasmModule } from '../../../dist/wasm/memory.js'
import { MultipartReader } from '../../../dist/wasm/multipart-reader.js'
import { SseReader } from '../../../dist/wasm/sse-reader.js'
import { randomFrom } from '../reference/incremental-payloads.mjs'

const compiled = new WebAssembly.Module(
  readFileSync(new URL('../../../dist/postsource.wasm', import.meta.url)),
)
const MiB = 2 ** 20
const encoder = new TextEncoder()

const newModule = () => new WasmModule(new WebAssembly.Instance(compiled).exports, compiled)

/** Reads an event of that size in chunks of 64 KiB. Returns the length of its data, or the error. */
function readLarge(reader, bytes) {
  let length = 0
  const visitor = { onEvent: (_type, data) => (length = data.length), onId() {}, onRetry() {} }
  const chunk = encoder.encode('a'.repeat(65536))
  let error = reader.read(encoder.encode('data: '), visitor)
  for (let sent = 0; sent < bytes && !error; sent += chunk.length) error = reader.read(chunk, visitor)
  error ??= reader.read(encoder.encode('\n\n'), visitor)
  return error ?? length
}

/** Takes all memory that the runtime gives, as if other streams had it. */
function exhaust(module) {
  const { memory } = module.exports
  for (let pages = 32768; pages > 0; pages >>= 1) {
    try {
      while (true) memory.grow(pages)
    } catch {
      // fewer, then
    }
  }
}

test('the modules import nothing', () => {
  for (const name of ['sse', 'graphql', 'multipart', 'postsource', 'fallback']) {
    const module = new WebAssembly.Module(
      readFileSync(new URL(`../../../build/wasm/${name}.wasm`, import.meta.url)),
    )
    assert.deepEqual(WebAssembly.Module.imports(module), [], name)
  }
})

test('the memory that a burst took is used again while a stream is open, and given back after the last one', () => {
  const module = newModule()
  const atFirst = module.bytes.length
  const idle = new SseReader(module)
  const burst = () => {
    const reader = new SseReader(module)
    assert.equal(readLarge(reader, 12 * MiB), 12 * MiB)
    reader.free()
    return module.bytes.length
  }
  const once = burst()
  assert.ok(once > 12 * MiB)
  for (let i = 0; i < 5; i++) assert.equal(burst(), once, 'the second burst takes the memory of the first')
  assert.equal(readLarge(idle, MiB), MiB, 'the idle stream is still there')
  idle.free()
  assert.equal(module.bytes.length, atFirst)
  assert.equal(burst(), atFirst, 'and again')
})

test('a stream for which there is no memory ends with limit-exceeded; the others go on with what it had', () => {
  const module = newModule()
  const other = new SseReader(module)
  assert.equal(readLarge(other, 65536), 65536)
  exhaust(module)
  const greedy = new SseReader(module)
  assert.equal(readLarge(greedy, 12 * MiB).code, 'limit-exceeded')
  greedy.free()
  assert.equal(readLarge(other, 65536), 65536)
  other.free()
})

test('where not even a reader can be allocated it is limit-exceeded too, and the module is as new when all have ended', () => {
  const module = newModule()
  exhaust(module)
  const readers = []
  const open = () => {
    while (true) readers.push(new SseReader(module), new MultipartReader(module, 'multipart/mixed'))
  }
  assert.throws(open, { code: 'limit-exceeded', message: /memory/ })
  for (const reader of readers) reader.free()
  const reader = new SseReader(module)
  assert.equal(readLarge(reader, MiB), MiB)
  reader.free()
})

/** Stops the module by a trap: what its parsers report of a chunk outgrows the memory. Returns the error. */
function trap(module) {
  exhaust(module)
  let isTrapped = false
  const { feed } = module
  module.feed = (...given) => {
    try {
      return feed(...given)
    } catch (cause) {
      isTrapped = cause instanceof WebAssembly.RuntimeError
      throw cause
    }
  }
  const reader = new SseReader(module)
  const visitor = { onEvent() {}, onId() {}, onRetry() {} }
  const error = reader.read(encoder.encode('data:\n\n'.repeat(9000)), visitor)
  reader.free()
  assert.ok(isTrapped, 'the module has trapped')
  return error
}

test('a trap ends the streams of the module with limit-exceeded; those that come after it are read', () => {
  const module = newModule()
  const log = []
  const note = (...given) => log.push(given)
  const visitor = { onEvent: note, onId: note, onRetry: note, onJson: note, onBytes: note, onEnd: note }
  const lost = {
    sse: new SseReader(module),
    graphql: new GraphqlSseReader(module),
    multipart: new MultipartReader(module, 'multipart/mixed; boundary=b'),
  }
  for (const reader of Object.values(lost)) reader.read(encoder.encode('data: 1'), visitor)

  assert.equal(trap(module).code, 'limit-exceeded')

  // the memory of the new instance is theirs alone: the lost readers, whatever they are asked, do not touch it
  const fresh = [new SseReader(module), new GraphqlSseReader(module)]
  for (const reader of fresh) reader.read(encoder.encode('data: a'), visitor)
  for (const reader of Object.values(lost)) {
    assert.equal(reader.read(encoder.encode('\n\n'), visitor).code, 'limit-exceeded')
  }
  assert.equal(lost.sse.inLine, false)
  assert.equal(lost.graphql.finish(visitor).code, 'limit-exceeded')
  assert.equal(lost.multipart.finish(), 'failed')
  assert.deepEqual(log, [])
  lost.sse.reset()
  assert.equal(lost.sse.read(encoder.encode('data: again\n\n'), visitor), undefined)
  for (const reader of fresh) reader.read(encoder.encode('\n\n'), visitor)
  assert.deepEqual(
    log.map(([, data]) => data),
    ['again', 'a', 'a'],
  )
  for (const reader of [...Object.values(lost), ...fresh]) reader.free()
})

test('whatever streams come and go, what they read is right and the memory does not grow without end', () => {
  const module = newModule()
  const random = randomFrom(7)
  const below = n => Math.floor(random() * n)
  const streams = new Map()
  let most = 0
  let next = 0
  const keepAlive = new SseReader(module)
  for (let step = 0; step < 20_000; step++) {
    if (streams.size < 40 && below(4) === 0) {
      const stream = { reader: new SseReader(module), sent: 0, received: '' }
      streams.set(next++, stream)
    }
    const key = [...streams.keys()][below(streams.size)]
    if (key === undefined) continue
    const stream = streams.get(key)
    const visitor = { onEvent: (_type, data) => (stream.received = data), onId() {}, onRetry() {} }
    const letter = String.fromCharCode(97 + (key % 26))
    if (stream.sent === 0) stream.reader.read(encoder.encode('data: '), visitor)
    const size = 1 + below(below(10) === 0 ? 20_000 : 300)
    assert.equal(stream.reader.read(encoder.encode(letter.repeat(size)), visitor), undefined)
    stream.sent += size
    if (below(8) === 0) {
      stream.reader.read(encoder.encode('\n\n'), visitor)
      assert.equal(stream.received, letter.repeat(stream.sent))
      stream.reader.free()
      streams.delete(key)
    }
    if (step === 10_000) most = module.bytes.length
  }
  assert.ok(module.bytes.length <= 1.5 * most, `${most} bytes became ${module.bytes.length}`)
  for (const { reader } of streams.values()) reader.free()
  keepAlive.free()
})
