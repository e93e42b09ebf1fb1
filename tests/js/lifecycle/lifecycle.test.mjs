/** After the end of a client, nothing: every callback, every moment, every way to end. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClient } from 'postsource/graphql'
import { unfreedReaders } from '../../../dist/wasm/reader.js'
import { graphqlSubjects } from './graphql-subjects.mjs'
import { settle, testLifecycle, testRandomWalks } from './machine.mjs'
import { subjects } from './subjects.mjs'

for (const subject of [...subjects, ...graphqlSubjects]) {
  describe(subject.name, () => {
    testLifecycle(test, subject)
    testRandomWalks(test, subject)
  })
}

test('leaving the loop over an iterator with a full buffer frees its parser', async () => {
  const result = 'event: next\ndata: {"data":{"n":1}}\n\n'
  const fetch = async () =>
    new Response(result.repeat(300), { headers: { 'content-type': 'text/event-stream' } })
  const client = createClient({ url: 'http://h/', fetch, maxBufferedResults: 2 })
  const results = client.iterate({ query: 'subscription { n }' })
  await settle()
  for await (const _ of results) break
  await settle()
  assert.equal(unfreedReaders(), 0)
  assert.deepEqual(await results.next(), { done: true, value: undefined })
})
