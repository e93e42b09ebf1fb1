/** Beside msw, and with what it answers: a stream made in the test's realm. */

import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { EventSource } from 'postsource'
import { createClient } from 'postsource/graphql'
import { mockServer, results } from 'postsource/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

const msw = setupServer(
  http.get('http://api.test/live', () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('id: 1\ndata: from msw\n\n'))
      },
    })
    return new HttpResponse(body, { headers: { 'content-type': 'text/event-stream' } })
  }),
)
beforeAll(() => msw.listen())
afterAll(() => msw.close())

const firstOf = source =>
  new Promise((resolve, reject) => {
    source.onmessage = resolve
    source.onerror = ({ error }) => reject(error)
  })

test('a stream of msw, and one of the mock server beside it', async () => {
  const server = mockServer()
  const mocked = server.on('/live')
  const one = new EventSource('http://api.test/live')
  const two = new EventSource('http://api.test/live', { fetch: server.fetch })
  void mocked.send('mocked')
  const messages = await Promise.all([one, two].map(firstOf))
  expect(messages.map(({ data }) => data)).toEqual(['from msw', 'mocked'])
  one.close()
  two.close()
})

test('the mock server in place of the global fetch', async () => {
  const server = mockServer()
  server.on('/graphql', results([{ data: { n: 1 } }]))
  vi.stubGlobal('fetch', server.fetch)
  const read = createClient({ url: 'http://api.test/graphql' }).iterate({ query: '{ n }' })
  expect((await read.next()).value).toEqual({ data: { n: 1 } })
  vi.unstubAllGlobals()
})
