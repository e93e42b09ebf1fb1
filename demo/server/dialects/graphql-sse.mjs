/** GraphQL over Server-Sent Events. */

import { eventStream, next, subscription, tick, times } from './wire.mjs'

export const graphqlSse = {
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
      next('{"errors":[{"message":"Variable \\"$every\\" of required type \\"Int!\\" was not provided."}]}'),
      'event: complete↵data:↵↵',
    ],
  },
}
