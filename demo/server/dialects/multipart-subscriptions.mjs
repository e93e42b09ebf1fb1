/** Subscriptions as multipart bodies. */

import { commaType, multipart, part, payload, routerType, subscription, tick, times } from './wire.mjs'

export const multipartSubscriptions = {
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
}
