/** The GraphQL servers, and what each does differently, as data. */

import { npm, program, venv } from './set-up.mjs'

const nodeServer = (name, version, kind, rows) => ({
  name,
  language: 'JavaScript',
  version,
  folder: 'node',
  setUp: npm('express@5.3.0', 'fastify@5.12.8', 'koa@3'),
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

const noDefer = { '@defer': 'no @defer' }
const noSubscriptions = Object.fromEntries(
  [
    ...[
      'first',
      'order',
      'text',
      '1 MiB',
      'half-way',
      'unsubscribe',
      'in silence',
      'heartbeats',
      'fifty at once',
    ],
    ...['restart', 'none left open'],
  ].map(cell => [cell, 'no subscriptions over HTTP']),
)

/**
 * `files` and `folder` name the program, `setUp` its commands, `command` starts it. Each of the `rows` is one protocol: its
 * `path`, the client's `options`, and what is different:
 *
 * - `hasNo`: cells that do not apply, with what the server does not have.
 * - `halfWay`: how a subscription ends whose source fails: `complete` after a result with errors by default, or by
 *   an error with this code.
 * - `noticedWithinMs`: when the server notices an unsubscription.
 * - `everyMs`: the shortest time between two results that it does not lose.
 * - `heartbeatMs`: how often it sends one.
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
        hasNo: noDefer,
        heartbeatMs: 5000,
        findings: ['content-type-list', 'part-empty', 'preamble'],
      },
    ],
  },
  nodeServer('GraphQL Yoga', '5.24.1', 'yoga', [{ protocol: 'SSE', path: '/graphql', heartbeatMs: 12_000 }]),
  ...['http', 'express', 'fastify', 'koa'].map(framework =>
    nodeServer(`graphql-sse on ${framework}`, '2.6.1', framework, [
      {
        protocol: 'SSE',
        path: '/graphql',
        halfWay: 'network',
        ...(framework === 'koa' && { hasNo: { 'half-way': 'no end of a stream whose source has failed' } }),
        heartbeatMs: 12_000,
        findings: ['status-of-result'],
      },
    ]),
  ),
  nodeServer('PostGraphile', '5.1.5', 'postgraphile', [
    {
      protocol: 'bare multipart',
      path: '/graphql',
      halfWay: 'ended',
      hasNo: {
        ...noDefer,
        unsubscribe: 'no notice of clients that have left',
        'in silence': 'no notice of clients that have left',
        'none left open': 'no notice of clients that have left',
        heartbeats: 'no heartbeats',
      },
      findings: ['status-of-result'],
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
    rows: [{ protocol: `multipart, ${protocol}`, path: '/', hasNo: noSubscriptions }],
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
      '@theguild/federation-composition',
    ),
    command: [process.execPath, 'subgraph.mjs'],
    rows: [{ protocol: 'SSE', path: '/graphql', hasNo: noDefer, heartbeatMs: 12_000 }],
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
        findings: ['graphql-sse-complete-data'],
      },
      {
        protocol: 'multipart',
        path: '/graphql',
        options: { protocol: 'multipart' },
        hasNo: {
          'half-way': 'no way to say that a source has failed',
          heartbeats: 'no heartbeats over multipart',
        },
        everyMs: 20,
        findings: ['part-after-close'],
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
      },
    ],
  },
]
