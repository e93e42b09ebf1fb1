/** The types of `postsource/testing`, as users meet them. Nothing here runs. */

import {
  comment,
  complete,
  drop,
  end,
  events,
  type MockRequest,
  type MockRoute,
  mockServer,
  raw,
  recorded,
  respond,
  results,
  silence,
  wait,
} from 'postsource/testing'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Equal<A, B>): void {}

const server = mockServer()
same<typeof server.fetch, typeof fetch>(true)

export async function routes() {
  const plain = server.on('/live')
  same<typeof plain, MockRoute>(true)
  await plain.send('a', { data: { n: 1 }, id: '1', retry: 5, event: 'update' }, comment(), wait(1), end())
  // @ts-expect-error an event has no such field
  await plain.send({ type: 'update', data: 1 })

  const scripted = server.on(
    'GET /live',
    events(['a', raw('data: hal'), drop()], { status: 200, delay: 5, headers: { 'x-a': 'b' } }),
    respond(503, { body: { why: 'busy' }, headers: { 'retry-after': '1' } }),
    drop(),
    silence(),
    recorded({ version: 1, url: '/live', connections: [] }),
    new Response('own'),
    async request => {
      same<typeof request, MockRequest>(true)
      return respond(200, { body: request.json() })
    },
  )
  await scripted.send('more')

  const generated = server.on(
    '/live',
    events(async function* () {
      yield 'a'
      yield end()
    }),
  )
  await generated.send({ data: 1 })

  const graphql = server.on('/graphql', results([{ data: { n: 1 } }, complete()], { protocol: 'sse' }))
  await graphql.send({ data: { n: 2 } })
  // @ts-expect-error a result is an object
  await graphql.send('text')
  // @ts-expect-error there is no such protocol
  results([], { protocol: 'websocket' })

  const { method, url, path, text, lastEventId, aborted, headers, closed } = await plain.nextRequest()
  same<typeof text, string>(true)
  same<typeof aborted, boolean>(true)
  return [method, url, path, lastEventId, headers.get('a'), await closed, await server.advance(5)]
}
