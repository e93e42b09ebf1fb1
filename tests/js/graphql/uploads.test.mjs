/** Files in variables, sent to the uploads of graphql-yoga. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createSchema } from 'graphql-yoga'
import { createClient } from 'postsource/graphql'
import { startYoga } from '../../interop/servers/yoga.mjs'

let server
before(async () => {
  server = await startYoga({
    schema: createSchema({
      typeDefs: /* GraphQL */ `
        scalar File
        input Attachment { note: String, file: File! }
        type Query { ok: Boolean }
        type Mutation { read(file: File!): String!, readAll(list: [Attachment!]!): [String!]! }
      `,
      resolvers: {
        Mutation: {
          read: async (_, { file }) => `${file.name}: ${await file.text()}`,
          readAll: (_, { list }) =>
            Promise.all(list.map(async ({ note, file }) => `${note}: ${await file.text()}`)),
        },
      },
    }),
    plugins: [],
  })
})
after(() => server.close())

async function run(operation, options) {
  const client = createClient({ url: server.url, ...options })
  for await (const { data, errors } of client.iterate(operation)) return errors ?? data
}

const file = new File(['Grüße'], 'hello.txt', { type: 'text/plain' })

test('a file is sent beside the operation', async () => {
  const query = 'mutation ($file: File!) { read(file: $file) }'
  assert.deepEqual({ ...(await run({ query, variables: { file } })) }, { read: 'hello.txt: Grüße' })
})

test('files within lists and objects, one of them twice', async () => {
  const query = 'mutation ($list: [Attachment!]!) { readAll(list: $list) }'
  const blob = new Blob(['two'])
  const list = [
    { note: 'a', file },
    { note: 'b', file: blob },
    { note: 'c', file },
  ]
  const data = await run({ query, variables: { list } })
  assert.deepEqual(data.readAll, ['a: Grüße', 'b: two', 'c: Grüße'])
})

test('a GET query with a file is refused before anything is sent', async () => {
  const before = server.requests.length
  await assert.rejects(
    run({ query: 'query ($file: File) { ok }', variables: { file } }, { method: 'GET' }),
    ({ code, message }) => code === 'invalid-request' && /POST/.test(message),
  )
  assert.equal(server.requests.length, before)
})
