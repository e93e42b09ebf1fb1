/** Queries with @defer and @stream. */

import { deferred, eventStream, next, times } from './wire.mjs'

export const incrementalDelivery = {
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
}

/** A body as yoga's plugin writes it: the first part, and the later ones. */
function incremental(first, later) {
  const lengthed = json =>
    `⏎---⏎Content-Type: application/json; charset=utf-8⏎Content-Length: ${json.length}⏎⏎${json}`
  return [lengthed(first), ...later.flatMap(json => [700, lengthed(json)]), '⏎-----⏎']
}
