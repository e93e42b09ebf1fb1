/** The demo's GraphQL server and table, with pages on the same origin. */

import { graphql } from '../../demo/server/routes/graphql.mjs'
import { table } from '../../demo/server/routes/table.mjs'
import { createDemoSchema } from '../../demo/server/schema.mjs'
import { Streams } from '../../demo/server/streams.mjs'
import { serve } from '../interop/servers/serve.mjs'

/**
 * Everything but `/graphql` and `/table` is answered by `serveFile(pathname, response)`.
 *
 * - `open`: how many requests of `/graphql` are being answered; `started` how many streams were asked for ever.
 * - `post(room, text)`: posts to the chat.
 * - `refuseWith(status)`: answers `/graphql` with this status from now on; undefined takes that back.
 */
export async function startDemoServer(serveFile) {
  const answering = new Set()
  let refusal
  const answerGraphql = graphql(createDemoSchema())
  const answerTable = table(new Streams())
  const server = await serve(async (request, response) => {
    const url = new URL(request.url, 'http://localhost')
    if (url.pathname === '/table') return answerTable({ request, response, url })
    if (url.pathname !== '/graphql') return serveFile(url.pathname, response)
    if (refusal) return response.writeHead(refusal).end()
    answering.add(response)
    response.on('close', () => answering.delete(response))
    return answerGraphql({ request, response })
  })

  return {
    __proto__: server,
    get open() {
      return answering.size
    },
    get started() {
      return server.requests.filter(({ headers }) => /event-stream|multipart/.test(headers.accept)).length
    },
    refuseWith(status) {
      refusal = status
    },
    async post(room, text) {
      const query = 'mutation ($room: String!, $text: String!) { post(room: $room, text: $text) { id } }'
      const body = JSON.stringify({ query, variables: { room, text } })
      const headers = { 'content-type': 'application/json', accept: 'application/json' }
      const { errors } = await (await fetch(server.url, { method: 'POST', headers, body })).json()
      if (errors) throw new Error(errors[0].message)
    },
  }
}
