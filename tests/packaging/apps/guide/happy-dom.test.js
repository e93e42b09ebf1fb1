// @vitest-environment happy-dom
/** happy-dom's own fetch and Response: classes of its own, and streams of Node. */

import { createServer } from 'node:http'
import { Window } from 'happy-dom'
import { EventSource, readEvents } from 'postsource'
import { createClient } from 'postsource/graphql'
import { mockServer } from 'postsource/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

let server
let window

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/graphql') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"n":1}}')
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`id: 1\ndata: after ${request.headers['last-event-id']}\n\n`, () => response.destroy())
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  window = new Window({ url: `http://127.0.0.1:${server.address().port}/` })
})
afterAll(async () => {
  server.close()
  await window.happyDOM.close()
})

test('an EventSource reads, loses the connection and resumes', async () => {
  const source = new EventSource(new URL('/live', window.location.href), {
    fetch: window.fetch.bind(window),
    retry: () => 0,
  })
  const heard = []
  await new Promise(resolve => {
    source.onmessage = ({ data }) => heard.push(data) === 2 && resolve()
  })
  source.close()
  expect(heard).toEqual(['after undefined', 'after 1'])
})

test('a query', async () => {
  const client = createClient({
    url: `${window.location.origin}/graphql`,
    fetch: window.fetch.bind(window),
  })
  expect((await client.iterate({ query: '{ n }' }).next()).value).toEqual({ data: { n: 1 } })
})

test('a Response of happy-dom is a reply of the mock server', async () => {
  const mock = mockServer()
  const headers = { 'content-type': 'text/event-stream' }
  mock.on('/live', new window.Response('data: a\n\n', { headers }))
  const read = readEvents(await mock.fetch('http://h/live'))
  expect((await read.next()).value.data).toBe('a')
})
