/** The vectors of GraphQL over SSE and of multipart streams through WebAssembly, at every slicing. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GraphqlSseReader, graphql } from '../../../dist/wasm/graphql-sse-reader.js'
import { load } from '../../../dist/wasm/module.js'
import { MultipartReader, multipart } from '../../../dist/wasm/multipart-reader.js'
import { expandInput, expandLog, loadVectors } from '../../vectors/load.mjs'
import { logVisitor } from '../../vectors/log-visitor.mjs'
import { slicings } from '../../vectors/slicings.mjs'

const graphqlModule = await load(graphql)
const multipartModule = await load(multipart)

/** deepEqual is slow on millions of entries; its message is what we want on failure. */
function assertSame(actual, expected) {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) assert.deepEqual(actual, expected)
}

describe('GraphQL over SSE', () => {
  function read(chunks, { maxMessageBytes } = {}) {
    const reader = new GraphqlSseReader(graphqlModule, maxMessageBytes)
    const logs = { log: [], last: [] }
    let log = logs.log
    const visitor = logVisitor(entry => log.push(entry))
    let error
    for (const chunk of chunks) {
      error ??= reader.read(chunk, visitor)
    }
    log = logs.last
    if (!error) reader.finish(visitor)
    reader.free()
    return { ...logs, error: error?.code }
  }

  for (const { file, name, input, options, expected, last = [], error } of loadVectors('graphql-sse')) {
    test(`${file}: ${name}`, () => {
      const outcome = { log: expandLog(expected), last: expandLog(last), error }
      for (const chunks of slicings(expandInput(input))) assertSame(read(chunks, options), outcome)
    })
  }
})

describe('multipart', () => {
  function read(chunks, { boundary, contentType, ...options }) {
    const type = contentType ?? `multipart/mixed; boundary="${boundary}"`
    const reader = new MultipartReader(multipartModule, type, { ...options, reportHeaders: true })
    const log = []
    const visitor = {
      onJson: (json, headers) => log.push({ headers, json }),
      onBytes: (body, headers) => log.push({ headers, body: Buffer.from(body).toString() }),
      onEnd: () => log.push({ end: 'closed' }),
    }
    let error
    for (const chunk of chunks) {
      error = reader.read(chunk, visitor)
      if (error) break
    }
    const end = reader.finish()
    reader.free()
    return { log, end, error: error?.code, message: error?.message }
  }

  for (const { file, name, input, options, expected, end, error, failure } of loadVectors('multipart')) {
    test(`${file}: ${name}`, () => {
      const log = expandLog(expected)
      if (end === 'closed') log.push({ end })
      const bytes = expandInput(input)
      const whole = read([bytes], options)
      assert.deepEqual({ ...whole, message: undefined }, { log, end, error, message: undefined })
      if (error === 'malformed') {
        assert.match(whole.message, new RegExp(`^part ${failure.part}, byte ${failure.offset}: unexpected `))
        assert.match(whole.message, new RegExp(`\\(byte ${failure.streamOffset} of the stream\\)$`))
      } else if (error) {
        const option = failure.rule === 'header-size' ? 'maxHeaderBytes' : 'maxMessageBytes'
        assert.match(whole.message, new RegExp(`^part ${failure.part}: .*; ${option} sets it$`))
      }
      for (const chunks of slicings(bytes)) assertSame(read(chunks, options), whole)
    })
  }

  test('binary parts are passed on unchanged, and headers only if they are requested', () => {
    const body = Uint8Array.from({ length: 256 }, (_, i) => i)
    const bytes = Buffer.concat([
      Buffer.from('--b\r\n\r\n'),
      body,
      Buffer.from('\r\n--b\r\nContent-Type: application/json\r\n\r\n{"é":"日"}\r\n--b\r\n\r\n'),
      body,
      Buffer.from('\r\n--b--'),
    ])
    for (const chunks of [...slicings(bytes)].filter((_, i) => i % 5 === 0)) {
      const reader = new MultipartReader(multipartModule, 'multipart/mixed; boundary=b')
      const log = []
      const note = (value, headers) => log.push([typeof value === 'string' ? value : [...value], headers])
      for (const chunk of chunks) reader.read(chunk, { onJson: note, onBytes: note, onEnd() {} })
      assertSame(log, [
        [[...body], undefined],
        ['{"é":"日"}', undefined],
        [[...body], undefined],
      ])
      reader.free()
    }
  })
})
