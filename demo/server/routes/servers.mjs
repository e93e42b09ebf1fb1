/**
 * Streams as other servers write them, byte for byte, with pauses: GET /servers lists them, /servers/ID is one.
 * `⏎` stands for CR LF, `↵` for LF; a number is a pause of so many milliseconds.
 */

import { HttpError, sendJson } from '../http.mjs'
import { play } from './script.mjs'

const times = (count, piece) => Array.from({ length: count }, (_, i) => piece(i + 1)).flat()
const part = json => `⏎--graphql⏎Content-Type: application/json⏎⏎${json}`
const next = json => `event: next↵data: ${json}↵↵`
const tick = n => `{"data":{"tick":${n}}}`
const payload = json => `{"payload":${json}}`

const subscription = 'subscription {\n  tick\n}'
const deferred = 'query {\n  user {\n    id\n    ... @defer { friends { name } }\n  }\n}'
const eventStream = 'text/event-stream'
const multipart = 'multipart/mixed; subscriptionSpec=1.0; boundary=graphql'
const routerType = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
const commaType = 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json'

/**
 * Each has a `name`, its `type` and what it `writes`. Optional: `query`, without which it is read as an EventSource
 * would, with `method` and `body`; `status`; `wants`, what its Accept must match, or it refuses with 406; `resumes`,
 * where it goes on behind the Last-Event-ID and breaks the connection off each time.
 */
const groups = {
  'Event streams': {
    standard: {
      name: 'The standard: ids, a retry, comments; broken off, it resumes, and ends with 204',
      type: eventStream,
      resumes: true,
      writes: last => [
        'retry: 800↵↵',
        ...times(6, i => [`id: ${last + i}↵data: {"n":${last + i}}↵↵`, 250 + 150 * (i % 3)]),
        ': still here↵↵',
        400,
      ],
    },
    mercure: {
      name: 'Mercure: a colon and one line end as the heartbeat',
      type: eventStream,
      writes: times(5, i => [`id: urn:uuid:${i}↵data: {"status":"in stock"}↵↵`, 500, ':↵', 700]),
    },
    'language-model': {
      name: 'A language model: no ids, [DONE] at the end',
      type: eventStream,
      method: 'POST',
      body: '{"stream": true}',
      writes: [
        ...'Server push needs no socket .'
          .split(' ')
          .flatMap(word => [`data: {"choices":[{"delta":{"content":"${word} "}}]}↵↵`, 120]),
        'data: [DONE]↵↵',
      ],
    },
    yeti: {
      name: 'Yeti, a table: ids that are keys, pings',
      type: eventStream,
      writes: [
        'event: message↵data: {"type":"connected","status":"ok"}↵↵',
        600,
        'event: update↵id: msg-1↵data: {"id":"msg-1","title":"Hello"}↵↵',
        700,
        'event: update↵id: msg-2↵data: {"id":"msg-2","title":"World"}↵↵',
        500,
        'event: delete↵id: msg-1↵data: {"id":"msg-1"}↵↵',
        400,
        'event: publish↵data: {"n":1}↵↵',
        ...times(200, () => [3000, 'event: ping↵data: {}↵↵']),
      ],
    },
    harper: {
      name: 'Harper, a table: rows first, then changes; neither names nor ids',
      type: eventStream,
      wants: /^text\/event-stream$/,
      writes: times(40, i => [
        `data: {"id":"d${i}","localTime":${1732176000000 + i},"value":{"n":${i}},"type":"put"}↵↵`,
        i < 4 ? 1 : 900,
      ]),
    },
    wundergraph: {
      name: 'WunderGraph operations: JSON Patch, line ends as the keep-alive, done without data',
      type: eventStream,
      writes: [
        'data: {"data":{"price":20,"symbol":"ADA"}}↵↵',
        600,
        ...times(5, i => [
          `data: [{"op":"replace","path":"/data/price","value":${20 + i}}]↵↵`,
          400,
          '↵',
          500,
        ]),
        'event: done↵↵',
      ],
    },
  },
  'GraphQL over SSE': {
    'graphql-sse': {
      name: 'graphql-sse, graphql-yoga: distinct connections mode',
      query: subscription,
      type: `${eventStream}; charset=utf-8`,
      wants: /^text\/event-stream$/,
      writes: [':↵↵', 400, ...times(6, i => [next(tick(i)), 450]), ':↵↵', 500, 'event: complete↵data:↵↵'],
    },
    'single-connection': {
      name: 'graphql-sse: the stream of single connection mode, two operations',
      type: `${eventStream}; charset=utf-8`,
      writes: [
        ':↵↵',
        300,
        ...times(4, i => [
          next(`{"id":"a","payload":${tick(i)}}`),
          250,
          next(`{"id":"b","payload":${tick(i * 10)}}`),
          350,
        ]),
        'event: complete↵data: {"id":"a"}↵↵',
        400,
        next(`{"id":"b","payload":${tick(50)}}`),
        'event: complete↵data: {"id":"b"}↵↵',
      ],
    },
    'cosmo-sse': {
      name: 'Cosmo Router: heartbeats',
      query: subscription,
      type: eventStream,
      writes: [...times(4, i => [next(tick(i)), 500, ':heartbeat↵↵', 700]), 'event: complete↵data: ↵↵'],
    },
    'cosmo-failure': {
      name: 'Cosmo Router: an upstream failure ends the stream without complete',
      query: subscription,
      type: eventStream,
      writes: [next(tick(1)), 600, next(tick(2)), 600, next('{"errors":[{"message":"upstream has gone"}]}')],
    },
    'cosmo-refusal': {
      name: 'Cosmo Router before autumn 2026: an error without a blank line',
      query: 'subscription {\n  nothing\n}',
      type: eventStream,
      writes: ['event: next↵data: {"errors":[{"message":"Cannot query field \\"nothing\\""}]}'],
    },
    gqlgen: {
      name: 'gqlgen, HotChocolate: complete without a data line',
      query: subscription,
      type: eventStream,
      writes: [':↵↵', ...times(5, i => [next(tick(i)), 500]), 'event: complete↵↵'],
    },
    spring: {
      name: 'Spring: no space behind the colons, a bare error',
      query: subscription,
      type: eventStream,
      writes: [
        ...times(4, i => [`event:next↵data:${tick(i)}↵↵`, 500]),
        'event:next↵data:{"message":"no more"}↵↵',
        300,
        'event:complete↵data:{}↵↵',
      ],
    },
    'strawberry-sse': {
      name: 'Strawberry: CR LF',
      query: subscription,
      type: eventStream,
      writes: [
        ...times(5, i => [`event: next⏎data: ${tick(i)}⏎⏎`, 400, ':keepalive⏎⏎', 300]),
        'event: complete⏎data: ⏎⏎',
      ],
    },
    unnamed: {
      name: 'A server that leaves event: next out',
      query: subscription,
      type: eventStream,
      writes: [...times(4, i => [`data: ${tick(i)}↵↵`, 500]), 'event: complete↵data: ↵↵'],
    },
    terminusdb: {
      name: 'TerminusDB: an event called connected first',
      query: subscription,
      type: eventStream,
      writes: [
        'event: connected↵data: {"ok":true}↵↵',
        400,
        ...times(4, i => [next(tick(i)), 500]),
        'event: complete↵data:↵↵',
      ],
    },
    'yoga-variables': {
      name: 'graphql-yoga: bad variables, 400 with an event stream',
      query: 'subscription ($every: Int!) {\n  tick(every: $every)\n}',
      status: 400,
      type: eventStream,
      writes: [
        next(
          '{"errors":[{"message":"Variable \\"$every\\" of required type \\"Int!\\" was not provided."}]}',
        ),
        'event: complete↵data:↵↵',
      ],
    },
  },
  'Multipart subscriptions': {
    'cosmo-multipart': {
      name: 'Cosmo Router: each boundary comes with the next part',
      query: subscription,
      type: multipart,
      wants: /multipart\/mixed/,
      writes: [
        ...times(4, i => [`${part(payload(tick(i)))}⏎`, 600]),
        `${part('{}')}⏎`,
        700,
        `${part(payload(tick(5)))}⏎`,
        500,
        '--graphql--⏎',
      ],
    },
    'cosmo-boundary': {
      name: 'Cosmo Router with subscription_multipart_print_boundary',
      query: subscription,
      type: multipart,
      wants: /multipart\/mixed/,
      writes: [
        `${part(payload(tick(1)))}⏎⏎--graphql`,
        600,
        ...times(4, i => [`⏎Content-Type: application/json⏎⏎${payload(tick(i + 1))}⏎⏎--graphql`, 600]),
        '--⏎',
      ],
    },
    'cosmo-multipart-refusal': {
      name: 'Cosmo Router: an operation that could not be parsed, without an envelope',
      query: 'subscription {',
      type: multipart,
      wants: /multipart\/mixed/,
      writes: [`${part('{"errors":[{"message":"unexpected end of the operation"}]}')}⏎--graphql--`],
    },
    'cosmo-documentation': {
      name: 'Cosmo Router’s documentation: one brace too many',
      query: subscription,
      type: multipart,
      wants: /multipart\/mixed/,
      writes: [
        `${part(payload(tick(1)))}⏎`,
        600,
        `${part('{"payload": {"data": {"tick": 2}}}}')}⏎`,
        600,
        '--graphql--⏎',
      ],
    },
    'apollo-router': {
      name: 'Apollo Router: a heartbeat first, boundaries at once',
      query: subscription,
      type: routerType,
      wants: /multipart\/mixed;\s*subscriptionSpec=1\.0/,
      writes: [
        '⏎--graphql⏎content-type: application/json⏎⏎{}⏎--graphql',
        500,
        ...times(5, i => [`⏎content-type: application/json⏎⏎${payload(tick(i))}⏎--graphql`, 500]),
        '⏎content-type: application/json⏎⏎{}⏎--graphql',
        800,
        '--⏎',
      ],
    },
    'apollo-failure': {
      name: 'Apollo Router: an error of the transport',
      query: subscription,
      type: routerType,
      wants: /multipart\/mixed;\s*subscriptionSpec=1\.0/,
      writes: [
        '⏎--graphql⏎content-type: application/json⏎⏎{}⏎--graphql',
        500,
        `⏎content-type: application/json⏎⏎${payload(tick(1))}⏎--graphql`,
        600,
        '⏎content-type: application/json⏎⏎{"payload":null,"errors":[{"message":"cannot read message from websocket"}]}⏎--graphql--⏎',
      ],
    },
    'async-graphql': {
      name: 'async-graphql: bare results',
      query: subscription,
      type: 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"',
      wants: /multipart\/mixed/,
      writes: [
        ...times(4, i => [`--graphql⏎Content-Type: application/json⏎⏎${tick(i)}⏎`, 500]),
        '--graphql⏎Content-Type: application/json⏎⏎{}⏎',
        600,
        '--graphql--⏎',
      ],
    },
    'strawberry-multipart': {
      name: 'Strawberry: no boundary first, Content-Length, a comma glued to the type',
      query: subscription,
      type: commaType,
      wants: /multipart\/mixed/,
      writes: [
        'Content-Type: application/json⏎⏎{}⏎',
        500,
        ...times(3, i => [
          `⏎--graphql⏎Content-Type: application/json⏎Content-Length: ${payload(tick(i)).length}⏎⏎${payload(tick(i))}⏎`,
          500,
        ]),
        '⏎--graphql⏎⏎--graphql--⏎',
      ],
    },
    grafserv: {
      name: 'grafserv (PostGraphile 5): 406 where a stream is asked for, bare results',
      query: subscription,
      type: 'multipart/mixed; boundary="-"',
      wants: /^(application\/json|\*\/\*)$/,
      writes: [...times(4, i => [`⏎---⏎Content-Type: application/json⏎⏎${tick(i)}`, 500]), '⏎-----⏎'],
    },
  },
  'Incremental delivery': {
    'yoga-defer': {
      name: 'graphql-yoga: @defer of 2022, the boundary is a hyphen',
      query: deferred,
      type: 'multipart/mixed; boundary="-"',
      wants: /multipart\/mixed/,
      writes: incremental('{"data":{"user":{"id":"1"}},"hasNext":true}', [
        '{"incremental":[{"data":{"friends":[{"name":"Ada"}]},"path":["user"]}],"hasNext":false}',
      ]),
    },
    'yoga-stream': {
      name: 'graphql-yoga: @stream of 2022',
      query: 'query {\n  list @stream(initialCount: 1)\n}',
      type: 'multipart/mixed; boundary="-"',
      wants: /multipart\/mixed/,
      writes: incremental('{"data":{"list":[0]},"hasNext":true}', [
        ...times(5, i => `{"incremental":[{"items":[${i}],"path":["list",${i}]}],"hasNext":true}`),
        '{"hasNext":false}',
      ]),
    },
    legacy: {
      name: 'Older servers: path and data at the top of a payload',
      query: deferred,
      type: 'multipart/mixed; boundary="-"',
      wants: /multipart\/mixed/,
      writes: incremental('{"data":{"user":{"id":"1"}},"hasNext":true}', [
        '{"path":["user"],"data":{"friends":[{"name":"Ada"}]},"hasNext":false}',
      ]),
    },
    'cosmo-defer': {
      name: 'Cosmo Router: payloads of 2023 under deferSpec=20220824',
      query: deferred,
      type: 'multipart/mixed; deferSpec=20220824; boundary="graphql"',
      wants: /multipart\/mixed/,
      writes: [
        '--graphql⏎Content-Type: application/json⏎⏎{"data":{"user":{"id":"1"}},"pending":[{"id":"1","path":["user"]}],"hasNext":true}⏎⏎',
        900,
        '--graphql⏎Content-Type: application/json⏎⏎{"incremental":[{"data":{"friends":[{"name":"Ada"}]},"id":"1"}],"completed":[{"id":"1"}],"hasNext":false}⏎⏎',
        '--graphql--',
      ],
    },
    'sse-defer': {
      name: 'Payloads of 2023 in next events',
      query: deferred,
      type: eventStream,
      writes: [
        next('{"data":{"user":{"id":"1"}},"pending":[{"id":"0","path":["user"]}],"hasNext":true}'),
        900,
        next(
          '{"incremental":[{"id":"0","data":{"friends":[{"name":"Ada"}]}}],"completed":[{"id":"0"}],"hasNext":false}',
        ),
        'event: complete↵data:↵↵',
      ],
    },
  },
  'One response': {
    once: {
      name: 'Cosmo Router with wg_subscribe_once: one JSON result',
      query: subscription,
      type: 'application/json; charset=utf-8',
      writes: ['{"data":', 400, '{"tick":1}}'],
    },
    refused: {
      name: 'A refusal: 400 with errors as JSON',
      query: subscription,
      status: 400,
      type: 'application/graphql-response+json',
      writes: ['{"errors":[{"message":"Syntax Error: Expected Name, found <EOF>."}]}'],
    },
  },
}

/** A body as yoga's plugin writes it: what is sent at once, and what comes later. */
function incremental(first, later) {
  const lengthed = json =>
    `⏎---⏎Content-Type: application/json; charset=utf-8⏎Content-Length: ${json.length}⏎⏎${json}`
  return [lengthed(first), ...later.flatMap(json => [700, lengthed(json)]), '⏎-----⏎']
}

const servers = new Map(Object.values(groups).flatMap(group => Object.entries(group)))
const resumedUntil = 12

/** The groups, each with its servers: what the page needs to ask for them. */
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
  if (found === undefined) throw new HttpError(404, `no server ${rest}`)
  const { type, status = 200, wants, writes, resumes } = found
  if (wants && !wants.test(request.headers.accept ?? '')) throw new HttpError(406, `accept ${wants.source}`)
  const last = Number(request.headers['last-event-id'] ?? 0) || 0
  if (resumes && last >= resumedUntil) return response.writeHead(204).end()
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
  await play(response, resumes ? writes(last) : writes, { breaks: resumes })
}
