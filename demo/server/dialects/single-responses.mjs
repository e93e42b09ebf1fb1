/** Responses with a single result. */

import { subscription } from './wire.mjs'

export const singleResponses = {
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
}
