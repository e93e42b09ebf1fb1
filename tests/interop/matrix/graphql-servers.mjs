/** The GraphQL servers, and what each does differently, as data. */

import { fileURLToPath } from 'node:url'

const nodeProgram = fileURLToPath(new URL('../programs/node-graphql.mjs', import.meta.url))
const npm = (...packages) => [
  ['npm', 'init', '-y'],
  ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', ...packages],
]
const venv = (...packages) => [
  ['python3', '-m', 'venv', '.venv'],
  ['.venv/bin/pip', 'install', '--quiet', ...packages],
]
const nodeServer = (name, version, rows, more) => ({
  name,
  language: 'JavaScript',
  version,
  setUp: [],
  command: [process.execPath, nodeProgram, ...more.program],
  rows,
  ...more,
})

const noDefer = { '@defer': 'no @defer' }

/**
 * `files` and `folder` name the program, `setUp` its commands, `command` starts it. Each of the `rows` is one protocol: its
 * `path`, the client's `options`, and what is different:
 *
 * - `hasNo`: cells that do not apply, with what the server does not have.
 * - `halfWay`: how a subscription ends whose source fails: `complete` after a result with errors by default, or by
 *   an error with this code.
 * - `noticedWithinMs`: when the server notices an unsubscription.
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
      { protocol: 'multipart', path: '/multipart', hasNo: noDefer, heartbeatMs: 5000 },
    ],
  },
  nodeServer('GraphQL Yoga', '5.24.1', [{ protocol: 'SSE, @defer multipart', path: '/graphql', heartbeatMs: 12_000 }], {
    program: ['yoga'],
  }),
  nodeServer('graphql-sse on http', '2.6.1', [{ protocol: 'SSE', path: '/graphql', heartbeatMs: 12_000 }], {
    program: ['http'],
  }),
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
      { protocol: 'SSE', path: '/graphql', options: { protocol: 'sse' }, heartbeatMs: 1000 },
      { protocol: 'multipart', path: '/graphql', options: { protocol: 'multipart' }, heartbeatMs: 1000 },
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
        heartbeatMs: 5000,
      },
    ],
  },
]
