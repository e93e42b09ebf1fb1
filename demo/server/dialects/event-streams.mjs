/** Event streams that are no GraphQL. */

import { eventStream, times } from './wire.mjs'

export const eventStreams = {
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
      ...times(5, i => [`data: [{"op":"replace","path":"/data/price","value":${20 + i}}]↵↵`, 400, '↵', 500]),
      'event: done↵↵',
    ],
  },
}
