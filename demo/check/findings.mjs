/** The findings that the inspector must report for the demo's streams. */

/**
 * The rules of the warnings and errors for the dialects of other servers, by the beginnings of the servers' names. A
 * server that is not listed has none.
 */
export const earned = {
  'WunderGraph operations': ['sse-no-data'],
  'Cosmo Router: an upstream failure': ['graphql-sse-no-complete'],
  'Cosmo Router before autumn 2026': ['sse-incomplete', 'graphql-sse-no-complete'],
  Spring: ['result-empty', 'result-member'],
  'A server that leaves event: next out': ['graphql-sse-event'],
  TerminusDB: ['graphql-sse-event'],
  'Cosmo Router: each boundary comes with the next part': ['delimiter-late'],
  'Cosmo Router: an operation that could not be parsed': ['payload-missing'],
  'Cosmo Router’s documentation': ['delimiter-late', 'json-trailing'],
  'async-graphql': ['payload-missing', 'delimiter-late'],
  'Strawberry: no boundary first': ['content-type-list', 'preamble', 'delimiter-late'],
  grafserv: ['delimiter-late'],
  'graphql-yoga: @defer of 2022': ['delimiter-late'],
  'graphql-yoga: @stream of 2022': ['delimiter-late'],
  'Older servers': ['delimiter-late'],
  'Cosmo Router: payloads of 2023': ['delimiter-late'],
}

/** The rules that each stream with several mistakes violates, in the order of the findings. */
export const mistakes = {
  'An event stream': [
    'charset',
    'cache-control',
    'bom',
    'sse-retry',
    'sse-field',
    'sse-field',
    'sse-id-missing',
    'sse-field',
    'sse-field',
    'sse-no-data',
    'sse-id-null',
    'sse-id-repeated',
    'utf-8',
    'sse-event-name',
    'buffering',
    'sse-retry-range',
    'sse-incomplete',
    'no-content',
  ],
  'GraphQL over SSE': [
    'graphql-sse-event',
    'graphql-sse-event',
    'result-member',
    'json-duplicate-key',
    'errors-empty',
    'error-member',
    'error-locations',
    'error-path',
    'extensions-type',
    'json-number',
    'json-surrogate',
    'buffering',
    'data-null',
    'json-trailing',
  ],
  'A multipart subscription': [
    'content-type-list',
    'preamble',
    'part-content-type',
    'part-content-length',
    'line-end',
    'payload-missing',
    'envelope-member',
    'errors-empty',
    'delimiter-late',
    'json-trailing',
  ],
}
