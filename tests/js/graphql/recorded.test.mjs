/** What real servers have sent, through the readers and WebAssembly at every slicing. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEvents } from 'postsource'
import { readResults } from 'postsource/graphql'
import { unfreedReaders } from '../../../dist/wasm/reader.js'
import { expandInput, loadVectors } from '../../vectors/load.mjs'
import { slicings } from '../../vectors/slicings.mjs'

function respond(chunks, { status = 200, contentType }) {
  const left = chunks.values()
  const body = new ReadableStream({
    pull(controller) {
      const { value, done } = left.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
  return new Response(body, {
    status,
    headers: contentType === undefined ? {} : { 'content-type': contentType },
  })
}

/** What the reader gives, and the code of the error it ends with. */
async function read(reader, response) {
  const given = []
  try {
    for await (const value of reader(response)) given.push(value)
    return { given, error: undefined }
  } catch ({ code }) {
    return { given, error: code }
  }
}

for (const vector of loadVectors('recorded')) {
  test(`${vector.file}: ${vector.name}`, { todo: vector.todo }, async () => {
    const reader = vector.events ? readEvents : readResults
    const expected = { given: vector.events ?? vector.results, error: vector.error }
    for (const chunks of slicings(expandInput(vector.input), 80)) {
      assert.deepEqual(await read(reader, respond(chunks, vector)), expected)
    }
    assert.equal(unfreedReaders(), 0)
  })
}
