/** The servers of event streams over POST, and what each does differently, as data. */

import { npm, program, venv } from './set-up.mjs'

const python = (name, version, row) => ({
  name,
  language: 'Python',
  version,
  folder: 'streams-python',
  files: ['streams-python'],
  setUp: venv('fastapi==0.165.0', 'sse-starlette==3.7.0', 'uvicorn==0.54.0'),
  command: ['.venv/bin/python', 'app.py'],
  rows: [{ protocol: 'POST', ...row }],
})

const node = (name, version, kind, row) => ({
  name,
  language: 'JavaScript',
  version,
  folder: 'streams-node',
  setUp: npm(
    ...['hono@4.13.19', '@hono/node-server@2.1.9', 'fastify@5.12.8', '@fastify/sse@0.6.0'],
    ...['express@5.3.0', 'compression@1.8.2', 'better-sse@0.16.1'],
  ),
  command: [process.execPath, program('node-streams.mjs'), kind],
  rows: [{ protocol: 'POST', path: '/stream', ...row }],
})

/** graphql-servers.mjs explains the members. `last` is the data of the last event, `[DONE]` by default. */
export const streamServers = [
  python('FastAPI', '0.165.0', {
    path: '/fastapi',
    heartbeatMs: 15_000,
    notes: ['If the generator throws, the last event before it may be lost.'],
  }),
  python('sse-starlette', '3.7.0', { path: '/sse-starlette', heartbeatMs: 1000 }),
  node('Hono', '4.13.19', 'hono', {
    hasNo: { heartbeats: 'no heartbeats by itself' },
    notes: [
      'An error in the callback of `streamSSE` ends the stream as if it were complete: send an event at the end.',
    ],
  }),
  node('Fastify with @fastify/sse', '0.6.0', 'fastify', {
    heartbeatMs: 1000,
    last: '"[DONE]"',
    notes: ['Data are sent as JSON, texts too: the last event is `until: \'"[DONE]"\'`.'],
  }),
  node('Express with better-sse', '0.16.1', 'express', {
    heartbeatMs: 1000,
    last: '"[DONE]"',
    notes: [
      'Data are sent as JSON, texts too: the last event is `until: \'"[DONE]"\'`.',
      'Over POST its event `disconnected` comes when the body of the request has been read. Use the `close` of the response.',
    ],
  }),
  node('Express with compression', '1.8.2', 'compression', {
    hasNo: { heartbeats: 'no heartbeats by itself' },
    findings: ['content-encoding'],
    notes: ['Call `response.flush()` after each event; otherwise gzip holds events back.'],
  }),
  {
    name: 'Spring MVC, SseEmitter',
    language: 'Java',
    version: 'Boot 4.1.2',
    folder: 'spring-web',
    files: ['spring', 'spring-mvc', 'schema.graphql'],
    setUp: [
      ['mv', 'schema.graphql', 'src/main/resources/schema.graphqls'],
      ['mvn', '-q', '-B', 'package', '-Dstarter=web'],
    ],
    command: [
      'java',
      '-Xmx300m',
      '-Dspring.graphql.schema.locations=classpath:',
      '-jar',
      'target/interop.jar',
    ],
    rows: [
      {
        protocol: 'POST',
        path: '/stream',
        hasNo: {
          heartbeats: 'no heartbeats by itself',
          'in silence': 'no notice of a client that left until it sends',
        },
      },
    ],
  },
]

/** Event streams of the changes of a table, by GET. `authorization` is the header of a user. */
export const tableServers = [
  {
    name: 'Harper',
    language: 'JavaScript',
    version: '4.7.29',
    folder: 'harper',
    files: ['harper'],
    setUp: npm('harperdb@4.7.29'),
    command: [process.execPath, program('harper.mjs')],
    rows: [
      {
        protocol: 'GET, a table',
        path: '/message/',
        findings: ['cache-control'],
        authorization: `Basic ${btoa('admin:password')}`,
        notes: [
          'A table has no operations that fail half-way, are counted or are deferred. Harper gives no count of the open streams, and sends no heartbeats.',
          'Its events have no `id`. The stream of a record begins with its present state, and again after a lost connection.',
          'The head of a response comes with the first event: a stream of a record that does not exist yet needs a `connectTimeout` of more than the wait for it.',
        ],
      },
    ],
  },
]

/** MCP's streamable HTTP: a POST begins a stream, and a GET resumes it. */
export const mcpServers = [
  {
    name: 'MCP TypeScript SDK',
    language: 'JavaScript',
    version: '1.32.2',
    folder: 'mcp',
    setUp: npm('@modelcontextprotocol/sdk@1.32.2', 'zod@4.6.7'),
    command: [process.execPath, program('mcp.mjs')],
    rows: [
      {
        protocol: 'POST, resumed by GET',
        path: '/mcp',
        notes: [
          'Here “restart” is a stream that the server closes and a GET resumes, and “none left open” a session that DELETE ends.',
          'A client that leaves does not cancel its call: the standard wants a message for that.',
        ],
      },
    ],
  },
]
