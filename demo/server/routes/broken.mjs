/**
 * The broken server: GET /broken lists its streams, GET /broken/ID is one of them. Some streams have several mistakes.
 * For each rule of the inspector there is one stream that violates it, the rule's own test vector.
 */

import { gzipSync } from 'node:zlib'
import { expandInput, loadVectors } from '../../../tests/vectors/load.mjs'
import { HttpError, sendJson } from '../http.mjs'
import { play } from './script.mjs'

const stepMs = 120
const part = (json, headers = '⏎Content-Type: application/json') => `⏎--graphql${headers}⏎⏎${json}`
const next = json => `event: next↵data: ${json}↵↵`
const spaced = pieces => pieces.flatMap(piece => (typeof piece === 'number' ? [piece] : [piece, 300]))

/** Streams with several mistakes. A mistake that makes clients stop comes last. */
const streams = {
  'event-stream': {
    name: 'An event stream',
    headers: { 'content-type': 'text/event-stream; charset=iso-8859-1', 'cache-control': 'max-age=60' },
    // a client that reconnects gets 204
    once: true,
    pieces: spaced([
      '\ufeffretry: 1s↵↵',
      'data: {"n":1}↵↵',
      'Data: {"n":2}↵↵',
      'data : {"n":3}↵↵',
      'data: {↵"n":4}↵↵',
      'temperature: 21↵data: {"n":5}↵↵',
      'event: ping↵↵',
      'id: a\0b↵data: {"n":6}↵↵',
      'id: a↵data: {"n":7}↵↵',
      'id: b↵data: {"n":8}↵↵',
      'id: a↵data: {"n":9}↵↵',
      Buffer.from('data: caf\xe9\n\n', 'latin1'),
      'event: error↵data: {"n":10}↵↵',
      2200,
      Array.from({ length: 8 }, (_, i) => `id: k${i}↵data: {"n":${11 + i}}↵↵`).join(''),
      'retry: 99999999999↵↵',
      'retry: 1000↵↵',
      'data: the last event has no blank line behind it↵',
    ]),
  },
  'graphql-sse': {
    name: 'GraphQL over SSE',
    graphql: true,
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
    pieces: spaced([
      ':↵↵',
      'event: connected↵data: {"ok":true}↵↵',
      next('{"data":{"tick":1}}'),
      'data: {"data":{"tick":2}}↵↵',
      next('{"data":{"tick":3},"status":200}'),
      next('{"data":{"tick":4,"tick":5}}'),
      next('{"data":{"tick":6},"errors":[]}'),
      next(
        '{"data":{"tick":null},"errors":[{"message":"no tick","code":"E7","locations":[{"line":0,"column":1}]}]}',
      ),
      next('{"data":{"tick":7},"errors":[{"message":"no tick","path":["tick",-1]}]}'),
      next('{"data":{"tick":8},"extensions":[]}'),
      next('{"data":{"tick":1e999}}'),
      next('{"data":{"text":"\\ud83d"}}'),
      ':↵↵',
      2200,
      Array.from({ length: 6 }, (_, i) => next(`{"data":{"tick":${i + 9}}}`)).join(''),
      next('{"data":null}'),
      next('{"data":{"tick":15}}}'),
    ]),
  },
  multipart: {
    name: 'A multipart subscription',
    graphql: true,
    headers: {
      'content-type': 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json',
      'cache-control': 'no-store',
    },
    pieces: spaced([
      'One moment, please.⏎',
      `${part('{"payload":{"data":{"tick":1}}}')}⏎--graphql`,
      '⏎⏎{"payload":{"data":{"tick":2}}}⏎--graphql',
      '⏎Content-Type: application/json⏎Content-Length: 7⏎⏎{"payload":{"data":{"tick":3}}}⏎--graphql',
      '⏎⏎--graphql',
      '↵Content-Type: application/json↵↵{"payload":{"data":{"tick":4}}}↵--graphql',
      '⏎Content-Type: application/json⏎⏎{"data":{"tick":5}}⏎--graphql',
      '⏎Content-Type: application/json⏎⏎{"payload":{"data":{"tick":6}},"id":"6"}⏎--graphql',
      '⏎Content-Type: application/json⏎⏎{"payload":{"data":{"tick":7},"errors":[]}}⏎',
      700,
      part('{}'),
      600,
      `${part('{"payload":{"data":{"tick":8}}}}')}⏎--graphql--⏎`,
    ]),
  },
}

/** Rules whose vectors need special limits or too much time. */
const own = {
  'keep-alive': [
    [0, 'data: 1\n\n'],
    [30_500, 'data: 2\n\n'],
  ],
  buffering: [
    [0, 'data: 1\n\n'],
    [2200, ':\n'.repeat(6)],
    [2300, 'data: 2\n\n'],
  ],
  'message-size': [[0, ['data: ', { repeat: 'a', times: 17 << 20 }]]],
}

/** The first vector of each rule, from the response down to its content. */
const mistakes = new Map()
const files = [
  'response',
  'time',
  'event-stream',
  'graphql-sse',
  'multipart',
  'json',
  'results',
  'incremental',
]
const vectors = loadVectors('inspector')
for (const file of files) {
  for (const vector of vectors) {
    if (vector.file !== `${file}.json` || !vector.rule || mistakes.has(vector.rule)) continue
    mistakes.set(vector.rule, vector)
  }
}

const typeOf = ({ contentType = '' }) => contentType
const isGraphql = context => context.protocol === 'graphql' || /json|multipart/.test(typeOf(context))

export function listMistakes({ response }) {
  const entry = ([id, { name, graphql }]) => ({ id, name, url: `/broken/${id}`, graphql })
  sendJson(response, 200, {
    streams: Object.entries(streams).map(entry),
    rules: [...mistakes].map(([rule, { name, context }]) =>
      entry([rule, { name, graphql: isGraphql(context) }]),
    ),
  })
}

export async function broken({ request, response, rest }) {
  if (Object.hasOwn(streams, rest)) {
    const { headers, pieces, once } = streams[rest]
    if (once && request.headers['last-event-id']) return response.writeHead(204).end()
    response.writeHead(200, headers)
    return await play(response, pieces)
  }
  const vector = mistakes.get(rest)
  if (vector === undefined)
    throw new HttpError(404, `no broken stream is called ${rest}; GET /broken lists them`)
  const { context } = vector
  const pieces = own[rest] ? timed(own[rest]) : piecesOf(vector)
  const headers = {
    ...(typeOf(context) && { 'content-type': typeOf(context) }),
    ...(context.headers ?? { 'cache-control': 'no-store' }),
  }
  response.writeHead(context.status ?? 200, headers)
  await play(response, 'Content-Encoding' in headers ? [gzipSync(Buffer.concat(pieces))] : pieces)
}

function timed(chunks) {
  let now = 0
  return chunks.flatMap(([ms, input]) => {
    const pause = ms - now
    now = ms
    return pause > 0 ? [pause, expandInput(input)] : [expandInput(input)]
  })
}

/** Cuts a vector's bytes into messages. A part goes with the delimiter that ends it. */
function piecesOf({ context, chunks, input }) {
  if (chunks) return timed(chunks)
  const text = expandInput(input).toString('latin1')
  const isMultipart = /multipart/.test(typeOf(context))
  const pieces = text
    .split(isMultipart ? /(?<=\r\n--[-\w]*\r\n)/ : /(?<=\n\n)/)
    .map(piece => Buffer.from(piece, 'latin1'))
  return 'headers' in context ? pieces : pieces.flatMap(piece => [piece, stepMs])
}
