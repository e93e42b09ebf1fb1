/** The GraphQL servers, and what each does differently, as data. */

import { installed, npm, program, venv } from './set-up.mjs'

const frameworks = ['express', 'fastify', 'koa']
const nodeServer = (name, version, kind, rows) => ({
  name,
  language: 'JavaScript',
  version,
  ...(frameworks.includes(kind)
    ? { folder: 'node', setUp: npm('express@5.3.0', 'fastify@5.12.8', 'koa@3.3.0') }
    : { folder: 'bare', setUp: [] }),
  command: [process.execPath, program('node-graphql.mjs'), kind],
  rows,
})

const spring = (name, starter, files) => ({
  name,
  language: 'Java',
  version: 'Boot 4.1.2',
  folder: `spring-${starter}`,
  files,
  setUp: [
    ['mv', 'schema.graphql', 'src/main/resources/schema.graphqls'],
    ['mvn', '-q', '-B', 'package', `-Dstarter=${starter}`],
  ],
  command: ['java', '-Xmx300m', '-Dspring.graphql.schema.locations=classpath:', '-jar', 'target/interop.jar'],
  rows: [
    {
      protocol: 'SSE',
      path: '/graphql',
      hasNo: noDefer,
      heartbeatMs: 2000,
      noticedWithinMs: 4000,
      findings: starter === 'webflux' ? ['graphql-sse-complete-data'] : [],
      notes: [
        'An unsubscription is noticed at the next keep-alive. The property `spring.graphql.http.sse.keep-alive` has no default: set it.',
        'Event streams are for subscriptions only; queries and mutations get JSON.',
      ],
    },
  ],
})

const endsAll = 'A source that fails breaks the connection of all operations.'
const singleConnection = (path, hasNo) => ({
  protocol: 'SSE, single connection',
  path,
  options: { singleConnection: true },
  hasNo: { inspector: 'no trace of its own', ...hasNo },
  heartbeatMs: 12_000,
})

const inChromium =
  'With TLS. Run in Chromium only, since Node’s fetch speaks HTTP/1: without errors, half-way, heartbeats, restart and inspector.'
const noDefer = { '@defer': 'no @defer' }
const losesResults = 'no copy of each result: those of the same millisecond are all sent as the last of them'
const ofSubscriptions =
  'first, order, text, 1 MiB, half-way, unsubscribe, in silence, heartbeats, fifty at once, restart, none left open'
const noSubscriptions = Object.fromEntries(
  ofSubscriptions.split(', ').map(cell => [cell, 'no subscriptions over HTTP']),
)

const nginx = ({ mode = 'http', ...server }) => ({
  language: 'C',
  version: '1.22.1',
  folder: 'nginx',
  setUp: [
    ['apt-get', 'download', '-q', 'nginx'],
    ['sh', '-c', 'dpkg -x nginx_*.deb .'],
  ],
  command: [process.execPath, program('nginx.mjs'), mode],
  ...server,
})

/**
 * `files` and `folder` name the program, `setUp` its commands, `command` starts it. `needs` is the environment variable that
 * names a server which no package manager has; without it the rows are not run. `isSecure`: it has a certificate, and the
 * cells of page-cells.mjs. Each of the `rows` is one protocol: its `path`, the client's `options`, and what is different:
 *
 * - `hasNo`: cells that do not apply, with what the server does not have.
 * - `credentials`: `omit` where a page of another origin may not send any.
 * - `halfWay`: how a subscription ends whose source fails: `complete` after a result with errors by default, or by
 *   an error with this code.
 * - `noticedWithinMs`: when the server notices an unsubscription.
 * - `everyMs`: the shortest time between two results that it does not lose.
 * - `heartbeatMs`: how often it sends one.
 * - `inspected`: what the inspector is shown, if not a subscription, a query and `@defer`.
 * - `findings`: the rules of the inspector that it violates.
 */
export const graphqlServers = [
  {
    name: 'Strawberry on FastAPI',
    language: 'Python',
    version: '0.341.2',
    folder: 'strawberry',
    files: ['strawberry'],
    setUp: venv('strawberry-graphql[fastapi]==0.341.2', 'uvicorn==0.54.0'),
    command: ['.venv/bin/python', 'app.py'],
    rows: [
      { protocol: 'SSE', path: '/graphql', hasNo: noDefer, heartbeatMs: 12_000 },
      {
        protocol: 'multipart',
        path: '/multipart',
        notes: [
          'Without `graphql-sse` among `subscription_protocols` it executes a subscription that asks for an event stream like a query; the client then asks for multipart.',
          'The `Content-Type` repeats the request’s `Accept`.',
        ],
        hasNo: noDefer,
        heartbeatMs: 5000,
        findings: ['content-type-list', 'part-empty', 'preamble'],
      },
    ],
  },
  nodeServer('GraphQL Yoga', installed('graphql-yoga'), 'yoga', [
    { protocol: 'SSE', path: '/graphql', heartbeatMs: 12_000 },
    singleConnection('/graphql/stream', {
      'half-way':
        'no process after a source that fails: its plugin does not catch the error, which ends Node',
    }),
  ]),
  ...['http', ...frameworks].map(framework =>
    nodeServer(`graphql-sse on ${framework}`, installed('graphql-sse'), framework, [
      {
        protocol: 'SSE',
        path: '/graphql',
        halfWay: 'network',
        notes: [
          'A list in `Accept` is answered with 404; queries are asked for a second time, as an event stream.',
          ...(framework === 'http'
            ? ['If a source fails the promise of the handler rejects: catch it, or the process ends.']
            : []),
        ],
        ...(framework === 'koa' && { hasNo: { 'half-way': 'no end of a stream whose source has failed' } }),
        heartbeatMs: 12_000,
        findings: ['status-of-result'],
      },
      ...(framework === 'http'
        ? [{ ...singleConnection('/graphql'), halfWay: 'network', notes: [endsAll] }]
        : []),
    ]),
  ),
  {
    ...nodeServer('graphql-sse on http2', installed('graphql-sse'), 'http2', [
      { protocol: 'SSE, HTTP/2', path: '/graphql', notes: [inChromium] },
    ]),
    isSecure: true,
  },
  nodeServer('PostGraphile', installed('postgraphile'), 'postgraphile', [
    {
      protocol: 'bare multipart',
      path: '/graphql',
      halfWay: 'ended',
      notes: [
        'grafserv waits for the `close` of the request, which Node emits when the request’s body has been read. The operation runs on until its source ends.',
      ],
      hasNo: {
        ...noDefer,
        unsubscribe: 'no notice of clients that have left',
        'in silence': 'no notice of clients that have left',
        'none left open': 'no notice of clients that have left',
        heartbeats: 'no heartbeats',
      },
      findings: ['payload-missing', 'status-of-result'],
    },
    {
      protocol: 'SSE',
      path: '/graphql/stream',
      halfWay: 'network',
      hasNo: noDefer,
      heartbeatMs: 12_000,
      findings: ['status-of-result'],
    },
  ]),
  {
    name: 'Apollo Server with graphql 16',
    language: 'JavaScript',
    version: '5.5.1',
    folder: 'apollo-16',
    files: ['apollo'],
    setUp: npm('@apollo/server@5.5.1', 'graphql@16.15.0'),
    command: [process.execPath, 'server.mjs'],
    rows: [
      {
        protocol: 'JSON',
        path: '/',
        credentials: 'omit',
        hasNo: { ...noDefer, ...noSubscriptions },
      },
    ],
  },
  ...[
    ['incrementalSpec=v0.2', {}],
    ['deferSpec=20220824', { LEGACY: '1' }],
  ].map(([protocol, environment]) => ({
    name: `Apollo Server with graphql 17${environment.LEGACY ? ', older @defer' : ''}`,
    language: 'JavaScript',
    version: '5.5.1',
    folder: 'apollo',
    files: ['apollo'],
    setUp: npm(
      '@apollo/server@5.5.1',
      'graphql@17.0.0-alpha.9',
      '@yaacovcr/transform@0.0.8',
      '--legacy-peer-deps',
    ),
    command: [process.execPath, 'server.mjs'],
    environment,
    rows: [
      {
        protocol: `multipart, ${protocol}`,
        path: '/',
        credentials: 'omit',
        hasNo: noSubscriptions,
        notes: [
          '`startStandaloneServer` allows every origin by `*`, which browsers refuse with `credentials: "include"`: use a framework’s CORS.',
        ],
      },
    ],
  })),
  {
    name: 'Hive Gateway',
    language: 'JavaScript',
    version: '2.15.1',
    folder: 'hive',
    files: ['hive', 'schema.graphql'],
    setUp: npm(
      '@graphql-hive/gateway@2.15.1',
      'graphql-yoga@5.24.1',
      'graphql@16.15.0',
      '@apollo/subgraph@2.14.4',
      '@theguild/federation-composition@0.27.0',
    ),
    command: [process.execPath, 'subgraph.mjs'],
    rows: [
      {
        protocol: 'SSE',
        path: '/graphql',
        hasNo: noDefer,
        heartbeatMs: 12_000,
        notes: ['It asks its subgraph by GET: variables of 64 KiB fail with 431.'],
      },
    ],
  },
  spring('Spring for GraphQL, WebFlux', 'webflux', ['spring', 'schema.graphql']),
  spring('Spring for GraphQL, MVC', 'web', ['spring', 'spring-mvc', 'schema.graphql']),
  {
    name: 'gqlgen',
    language: 'Go',
    version: '0.17.98',
    folder: 'gqlgen',
    files: ['gqlgen', 'schema.graphql'],
    setUp: [
      ['go', 'mod', 'tidy'],
      ['go', 'tool', 'gqlgen', 'generate'],
      ['go', 'build', '-o', 'server', '.'],
    ],
    command: ['./server'],
    rows: [
      {
        protocol: 'SSE',
        path: '/graphql',
        hasNo: { 'half-way': 'no way to say that a source has failed' },
        heartbeatMs: 1000,
        notes: [
          'Add the transport `SSE` before `POST`, which accepts its requests too.',
          'A deferred field is null until it comes.',
        ],
        findings: ['graphql-sse-complete-data'],
      },
      {
        protocol: 'multipart',
        path: '/graphql',
        options: { protocol: 'multipart' },
        hasNo: {
          'half-way': 'no way to say that a source has failed',
          heartbeats: 'no heartbeats over multipart',
          order: losesResults,
          'fifty at once': losesResults,
        },
        everyMs: 20,
        notes: ['It closes the body after every message, and writes on.'],
        findings: ['part-after-close', 'payload-missing'],
      },
    ],
  },
  {
    name: 'async-graphql on axum',
    language: 'Rust',
    version: '7.2.1',
    folder: 'async-graphql',
    files: ['async-graphql'],
    setUp: [['cargo', 'build', '-j1', '--quiet']],
    command: ['target/debug/interop'],
    rows: [
      {
        protocol: 'multipart',
        path: '/graphql',
        hasNo: noDefer,
        heartbeatMs: 30_000,
        notes: [
          'It streams only if `Accept` has `boundary` and `subscriptionSpec`: the client finds that with its third request, and remembers it.',
          'A query’s field that fails takes the whole `data` with it.',
        ],
        findings: ['payload-missing'],
      },
    ],
  },
  {
    name: 'WunderGraph Cosmo Router',
    language: 'Go',
    version: '0.341.0',
    needs: 'COSMO_ROUTER',
    folder: 'cosmo',
    files: ['cosmo', 'schema.graphql'],
    setUp: [
      ...npm('wgc@0.112.7'),
      ['node_modules/.bin/wgc', 'router', 'compose', '-i', 'graph.yaml', '-o', 'config.json'],
    ],
    command: [process.execPath, program('cosmo.mjs')],
    rows: ['SSE', 'multipart'].map(protocol => ({
      protocol,
      path: '/graphql',
      ...(protocol === 'multipart' && { options: { protocol } }),
      credentials: 'omit',
      hasNo: { '@defer': 'no second subgraph here, whose fields it could defer' },
      heartbeatMs: 5000,
      notes: [
        'The head of a response comes with the first result or heartbeat, up to 5 s after the request.',
        'By default it allows every origin by `*`, which browsers refuse with `credentials: "include"`.',
      ],
    })),
  },
  nginx({
    name: 'nginx in front of GraphQL Yoga',
    rows: [
      { protocol: 'SSE, not buffered', path: '/graphql', heartbeatMs: 12_000 },
      {
        protocol: 'SSE, by its defaults',
        path: '/held/graphql',
        hasNo: {
          first: 'nothing to give before its buffer is full or the stream ends',
          'in silence': 'nothing to give before its buffer is full or the stream ends',
          heartbeats: 'nothing to give before its buffer is full or the stream ends',
        },
        notes: [
          'Set `proxy_buffering off`, or let the server send `X-Accel-Buffering: no`: see [Behind proxies](guides/proxies.md).',
        ],
        inspected: [
          'subscription { counter(to: 8, everyMs: 400) }',
          'subscription { counter(to: 200, everyMs: 40) }',
        ],
        findings: ['buffering'],
      },
    ],
  }),
  nginx({
    name: 'nginx with HTTP/2',
    mode: 'http2',
    isSecure: true,
    rows: [{ protocol: 'SSE, HTTP/2, not buffered', path: '/graphql', notes: [inChromium] }],
  }),
]
