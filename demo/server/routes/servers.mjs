/** Streams as other servers write them, byte for byte, with pauses: GET /servers lists them, /servers/ID is one. */

import { eventStreams } from '../dialects/event-streams.mjs'
import { graphqlSse } from '../dialects/graphql-sse.mjs'
import { incrementalDelivery } from '../dialects/incremental-delivery.mjs'
import { multipartSubscriptions } from '../dialects/multipart-subscriptions.mjs'
import { singleResponses } from '../dialects/single-responses.mjs'
import { HttpError, sendJson } from '../http.mjs'
import { play } from './script.mjs'

/**
 * The dialects by group. Each has a `name`, its `type` and what it `writes` (see `play`). Optional members: `query`,
 * else the dialect is a plain event stream, with `method` and `body`; `status`; `wants`, which the request's Accept
 * must match, else the server answers 406; `resumes`, if it continues after the Last-Event-ID and resets the connection
 * each time.
 */
const groups = {
  'Event streams': eventStreams,
  'GraphQL over SSE': graphqlSse,
  'Multipart subscriptions': multipartSubscriptions,
  'Incremental delivery': incrementalDelivery,
  'One response': singleResponses,
}

const servers = new Map(Object.values(groups).flatMap(group => Object.entries(group)))
const resumedUntil = 12

/** Answers with the groups and what the page needs to request each server. */
export function listServers({ response }) {
  const list = Object.entries(groups).map(([group, members]) => ({
    group,
    servers: Object.entries(members).map(([id, { name, query, method, body }]) => ({
      name,
      url: `/servers/${id}`,
      query,
      method,
      body,
    })),
  }))
  sendJson(response, 200, list)
}

export async function server({ request, response, rest }) {
  const found = servers.get(rest)
  if (found === undefined) throw new HttpError(404, `no server is called ${rest}; GET /servers lists them`)
  const { type, status = 200, wants, writes, resumes } = found
  if (wants && !wants.test(request.headers.accept ?? ''))
    throw new HttpError(406, `the Accept header must match ${wants.source}`)
  const last = Number(request.headers['last-event-id'] ?? 0) || 0
  if (resumes && last >= resumedUntil) return response.writeHead(204).end()
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
  await play(response, resumes ? writes(last) : writes, { breaks: resumes })
}
