/**
 * What servers write, byte for byte, and what a client must make of it. `⏎` stands for CR LF, `↵` for LF.
 *
 * Each entry: `name`; `type`, the response's Content-Type; `pieces`, what is written one after the other; `results`,
 * what a subscription hands out; `end`, how it ends: `complete`, or the code of its StreamError. Optional: `status`,
 * `options` of the client, `operation`, `message`, which the error's message must match, `findings`, the inspector's
 * rules that are broken.
 */

const sse = 'text/event-stream'
const json = '⏎Content-Type: application/json⏎⏎'
const n = value => ({ data: { n: value } })
const failed = { errors: [{ message: 'no' }] }
const graphql = 'multipart/mixed; subscriptionSpec=1.0; boundary=graphql'

export const dialects = [
  // GraphQL over SSE
  {
    name: 'graphql-sse: comments, next, complete',
    type: `${sse}; charset=utf-8`,
    pieces: [':↵↵', 'event: next↵data: {"data":{"n":1}}↵↵', ':↵↵', 'event: complete↵data:↵↵'],
    results: [n(1)],
    end: 'complete',
  },
  {
    name: 'Cosmo, SSE: heartbeats',
    type: sse,
    pieces: [':heartbeat↵↵', 'event: next↵data: {"data":{"n":1}}↵↵', 'event: complete↵data: ↵↵'],
    results: [n(1)],
    end: 'complete',
  },
  {
    name: 'Cosmo, SSE: an upstream failure ends the stream without complete',
    type: sse,
    pieces: ['event: next↵data: {"data":{"n":1}}↵↵', 'event: next↵data: {"errors":[{"message":"no"}]}↵↵'],
    results: [n(1), failed],
    end: 'ended',
    findings: ['graphql-sse-no-complete'],
  },
  {
    name: 'Cosmo, SSE: an error in the request without a blank line',
    type: sse,
    pieces: ['event: next↵data: {"errors":[{"message":"no"}]}'],
    results: [failed],
    end: 'complete',
    findings: ['sse-incomplete', 'graphql-sse-no-complete'],
  },
  {
    name: 'Cosmo, SSE: a stream that breaks off without errors is not complete',
    type: sse,
    pieces: ['event: next↵data: {"data":{"n":1}}↵↵', 'event: next↵data: {"data":{"n":'],
    results: [n(1)],
    end: 'ended',
    findings: ['sse-incomplete', 'json-incomplete', 'graphql-sse-no-complete'],
  },
  {
    name: 'Cosmo, SSE: a last result without its blank line is delivered, and the stream is not complete',
    type: sse,
    pieces: ['event: next↵data: {"data":{"n":1}}'],
    results: [n(1)],
    end: 'ended',
    findings: ['sse-incomplete', 'graphql-sse-no-complete'],
  },
  {
    name: 'Cosmo, wg_subscribe_once: one JSON result',
    type: 'application/json; charset=utf-8',
    pieces: ['{"data":', '{"n":1}}'],
    results: [n(1)],
    end: 'complete',
  },
  {
    name: 'gqlgen: complete without a data line',
    type: sse,
    pieces: [':↵↵', 'event: next↵data: {"data":{"n":1}}↵↵', 'event: complete↵↵'],
    results: [n(1)],
    end: 'complete',
    findings: ['graphql-sse-complete-data'],
  },
  {
    name: 'HotChocolate: no complete after an exception',
    type: sse,
    pieces: ['event: next↵data: {"data":{"n":1}}↵↵', 'event: next↵data: {"errors":[{"message":"no"}]}↵↵'],
    results: [n(1), failed],
    end: 'ended',
    findings: ['graphql-sse-no-complete'],
  },
  {
    name: 'Spring: no space behind the colons, a bare error, an object with complete',
    type: sse,
    pieces: [
      'event:next↵data:{"data":{"n":1}}↵↵',
      'event:next↵data:{"message":"no"}↵↵',
      'event:complete↵data:{}↵↵',
    ],
    results: [n(1), failed],
    end: 'complete',
    findings: ['result-empty', 'result-member', 'graphql-sse-complete-data'],
  },
  {
    name: 'Strawberry, SSE: CRLF',
    type: sse,
    pieces: ['event: next⏎data: {"data":{"n":1}}⏎⏎', ':keepalive⏎⏎', 'event: complete⏎data: ⏎⏎'],
    results: [n(1)],
    end: 'complete',
  },
  {
    name: 'Strawberry, SSE: the envelope of multipart',
    type: sse,
    pieces: ['event: next⏎data: {"payload":{"data":{"n":1}}}⏎⏎', 'event: complete⏎data: ⏎⏎'],
    results: [n(1)],
    end: 'complete',
    findings: ['graphql-sse-envelope'],
  },
  {
    name: 'a server that leaves event: next out',
    type: sse,
    pieces: [
      'data: {"data":{"n":1}}↵↵',
      'event: message↵data: {"data":{"n":2}}↵↵',
      'event: complete↵data: ↵↵',
    ],
    results: [n(1), n(2)],
    end: 'complete',
    findings: ['graphql-sse-event'],
  },
  {
    name: 'TerminusDB: event connected first',
    type: sse,
    pieces: [
      'event: connected↵data: {"ok":true}↵↵',
      'event: next↵data: {"data":{"n":1}}↵↵',
      'event: complete↵data:↵↵',
    ],
    results: [n(1)],
    end: 'complete',
    findings: ['graphql-sse-event'],
  },
  {
    name: 'incremental delivery over SSE, of 2023',
    type: sse,
    pieces: [
      'event: next↵data: {"data":{"a":{}},"pending":[{"id":"0","path":["a"]}],"hasNext":true}↵↵',
      'event: next↵data: {"incremental":[{"id":"0","data":{"b":1}}],"completed":[{"id":"0"}],"hasNext":false}↵↵',
      'event: complete↵data:↵↵',
    ],
    results: [
      { data: { a: {} }, hasNext: true },
      { data: { a: { b: 1 } }, hasNext: false },
    ],
    end: 'complete',
  },
  {
    name: 'SSE: data that is not JSON',
    type: sse,
    pieces: ['event: next↵data: {"data":{"n":1}}}↵↵'],
    results: [],
    end: 'malformed',
    findings: ['json-trailing'],
    message: /message 1 is not JSON .*\{"data":\{"n":1\}\}\}/,
  },
  {
    name: 'SSE: JSON that is no result',
    type: sse,
    pieces: ['event: next↵data: {"status":"ok"}↵↵'],
    results: [],
    end: 'malformed',
    findings: ['result-empty', 'result-member'],
    message: /neither data nor errors.*"status":"ok"/,
  },

  // WunderGraph operations
  {
    name: 'WunderGraph operations: JSON Patch, and done without data',
    type: sse,
    pieces: [
      'data: {"data":{"n":1}}↵↵',
      '↵',
      'data: [{"op":"replace","path":"/data/n","value":2}]↵↵',
      'event: done↵↵',
    ],
    results: [n(1), n(2)],
    end: 'complete',
    findings: ['graphql-sse-event', 'result-type', 'graphql-sse-complete-data'],
    wundergraph: true,
  },
  {
    name: 'WunderGraph operations: data: done',
    type: sse,
    pieces: ['data: {"data":{"n":1}}↵↵', 'data: done↵↵'],
    results: [n(1)],
    end: 'complete',
    findings: ['graphql-sse-event', 'graphql-sse-complete-data'],
    wundergraph: true,
  },
  {
    name: 'WunderGraph operations: a live query ends by close',
    type: sse,
    pieces: ['data: {"data":{"n":1}}↵↵', 'event: close↵↵'],
    results: [n(1)],
    end: 'complete',
    findings: ['graphql-sse-event', 'graphql-sse-complete-data'],
    wundergraph: true,
  },

  // multipart subscriptions
  {
    name: 'Cosmo, multipart: boundaries come late, with one CRLF more',
    type: graphql,
    pieces: [
      `⏎--graphql${json}{"payload":{"data":{"n":1}}}⏎`,
      `⏎--graphql${json}{}⏎`,
      `⏎--graphql${json}{"payload":{"data":{"n":2}}}⏎`,
      '--graphql--⏎',
    ],
    results: [n(1), n(2)],
    end: 'complete',
  },
  {
    name: 'Cosmo, multipart: boundaries printed early, a bare -- at the end',
    type: graphql,
    pieces: [
      `⏎--graphql${json}{"payload":{"data":{"n":1}}}⏎⏎--graphql`,
      `${json}{"payload":{"data":{"n":2}}}⏎⏎--graphql`,
      '--⏎',
    ],
    results: [n(1), n(2)],
    end: 'complete',
  },
  {
    name: 'Cosmo, multipart: no message at all',
    type: graphql,
    pieces: ['--graphql--⏎'],
    results: [],
    end: 'complete',
  },
  {
    name: 'Cosmo, multipart: no message at all, with boundaries printed early',
    type: graphql,
    pieces: ['--⏎'],
    results: [],
    end: 'complete',
  },
  {
    name: 'Cosmo, multipart: an upstream failure without a closing boundary',
    type: graphql,
    pieces: [`⏎--graphql${json}{"payload":{"errors":[{"message":"no"}]}}`],
    results: [failed],
    end: 'complete',
    findings: ['close-delimiter'],
  },
  {
    name: 'Cosmo, multipart: a stream that breaks off is not complete',
    type: graphql,
    pieces: [`⏎--graphql${json}{"payload":{"data":{"n":1}}}⏎`],
    results: [n(1)],
    end: 'ended',
    findings: ['close-delimiter'],
  },
  {
    name: 'Cosmo, multipart: an operation that could not be parsed, without an envelope',
    type: graphql,
    pieces: [`⏎--graphql${json}{"errors":[{"message":"no"}]}⏎--graphql--`],
    results: [failed],
    end: 'complete',
    findings: ['payload-missing'],
  },
  {
    name: 'Cosmo, multipart: one brace too many, as in its documentation',
    type: graphql,
    pieces: [`⏎--graphql${json}{"payload": {"data": {"n": 1}}}}⏎--graphql--`],
    results: [n(1)],
    end: 'malformed',
    findings: ['json-trailing'],
    message: /part 1, byte 31: unexpected '\}': only white space may follow the JSON value of a part/,
  },
  {
    name: 'Cosmo, @defer: the newer payloads under deferSpec=20220824 and a quoted boundary',
    type: 'multipart/mixed; deferSpec=20220824; boundary="graphql"',
    pieces: [
      `--graphql${json}{"data":{"e":{"id":1}},"pending":[{"id":"1","path":["e"]}],"hasNext":true}⏎⏎`,
      `--graphql${json}{"incremental":[{"data":{"f":2},"id":"1"}],"completed":[{"id":"1"}],"hasNext":false}⏎⏎`,
      '--graphql--',
    ],
    results: [
      { data: { e: { id: 1 } }, hasNext: true },
      { data: { e: { id: 1, f: 2 } }, hasNext: false },
    ],
    end: 'complete',
    findings: ['defer-spec'],
  },
  {
    name: 'Apollo Router: a heartbeat first, boundaries early',
    type: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
    pieces: [
      '⏎--graphql⏎content-type: application/json⏎⏎{}⏎--graphql',
      '⏎content-type: application/json⏎⏎{"payload":{"data":{"n":1}}}⏎--graphql',
      '--⏎',
    ],
    results: [n(1)],
    end: 'complete',
  },
  {
    name: 'Apollo Router: a transport error',
    type: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
    pieces: [
      '⏎--graphql⏎content-type: application/json⏎⏎{}⏎--graphql',
      '⏎content-type: application/json⏎⏎{"payload":null,"errors":[{"message":"cannot read message from websocket"}]}⏎--graphql--⏎',
    ],
    results: [],
    end: 'transport',
    findings: ['transport-error'],
    message: /cannot read message from websocket/,
  },
  {
    name: 'async-graphql: bare results',
    type: 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"',
    pieces: [
      `--graphql${json}{}⏎`,
      `--graphql${json}{"data":{"n":1}}⏎`,
      `--graphql${json}{"data":{"n":2}}⏎`,
      '--graphql--⏎',
    ],
    results: [n(1), n(2)],
    end: 'complete',
    findings: ['payload-missing'],
  },
  {
    name: 'Strawberry: no first boundary, Content-Length, a glued comma, an empty last part',
    type: 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json',
    pieces: [
      'Content-Type: application/json⏎⏎{}⏎',
      `⏎--graphql⏎Content-Type: application/json⏎Content-Length: 28⏎⏎{"payload":{"data":{"n":1}}}⏎`,
      '⏎--graphql⏎⏎--graphql--⏎',
    ],
    results: [n(1)],
    end: 'complete',
    findings: ['content-type-list', 'preamble'],
  },
  {
    name: 'Strawberry: an error ends without a closing boundary',
    type: 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json',
    pieces: [
      `⏎--graphql⏎Content-Type: application/json⏎Content-Length: 41⏎⏎{"payload":{"errors":[{"message":"no"}]}}⏎`,
    ],
    results: [failed],
    end: 'complete',
    findings: ['content-type-list', 'close-delimiter'],
  },
  {
    name: 'yoga: the default boundary, Content-Length',
    type: 'multipart/mixed; boundary="-"',
    pieces: [
      '⏎---⏎Content-Type: application/json; charset=utf-8⏎Content-Length: 43⏎⏎{"data":{"user":{"id":"1"}},"hasNext":true}',
      '⏎---⏎Content-Type: application/json; charset=utf-8⏎Content-Length: 66⏎⏎{"incremental":[{"data":{"n":2},"path":["user"]}],"hasNext":false}',
      '⏎-----⏎',
    ],
    results: [
      { data: { user: { id: '1' } }, hasNext: true },
      { data: { user: { id: '1', n: 2 } }, hasNext: false },
    ],
    end: 'complete',
  },
  {
    name: 'grafserv: no boundary in the Content-Type',
    type: 'multipart/mixed',
    pieces: [`⏎---${json}{"data":{"n":1}}`, `⏎---${json}{"data":{"n":2}}`, '⏎-----⏎'],
    results: [n(1), n(2)],
    end: 'complete',
    findings: ['boundary-parameter'],
  },
  {
    name: 'multipart: LF only, preamble, parts without headers, an epilogue',
    type: 'multipart/mixed; boundary=b',
    pieces: ['a preamble↵--b↵↵{"data":{"n":1}}↵--b↵↵{"payload":{"data":{"n":2}}}↵--b--↵the epilogue'],
    results: [n(1), n(2)],
    end: 'complete',
    findings: ['preamble', 'line-end', 'part-content-type', 'epilogue'],
  },
  {
    name: 'multipart: hasNext false needs no closing boundary',
    type: 'multipart/mixed; boundary=-',
    pieces: [`---${json}{"data":{"n":1},"hasNext":true}⏎---${json}{"hasNext":false}`],
    results: [{ data: { n: 1 }, hasNext: true }],
    end: 'complete',
    findings: ['close-delimiter'],
  },
  {
    name: 'multipart: the boundary never comes',
    type: 'multipart/mixed; boundary=other',
    pieces: [`--graphql${json}{"data":{"n":1}}⏎--graphql--`],
    results: [],
    end: 'malformed',
    findings: ['no-delimiter'],
    message: /boundary in its Content-Type never occurs/,
  },

  // before the stream
  {
    name: 'a 400 with an event stream',
    type: sse,
    status: 400,
    pieces: ['event: next↵data: {"errors":[{"message":"no"}]}↵↵event: complete↵data:↵↵'],
    results: [failed],
    end: 'complete',
    findings: ['status-of-result'],
  },
  {
    name: 'yoga: a 500 with an event stream',
    type: sse,
    status: 500,
    pieces: ['event: next↵data: {"errors":[{"message":"no"}]}↵↵event: complete↵data:↵↵'],
    results: [failed],
    end: 'complete',
    findings: ['status-of-result'],
  },
  {
    name: 'a 500 with JSON',
    type: 'application/json',
    status: 500,
    pieces: ['{"errors":[{"message":"no"}]}'],
    results: [],
    end: 'http-status',
    findings: ['status-of-result'],
    message: /500.*no/,
  },
  {
    name: 'a 400 with JSON',
    type: 'application/graphql-response+json',
    status: 400,
    pieces: ['{"errors":[{"message":"no"}]}'],
    results: [failed],
    end: 'complete',
    findings: ['status-of-result'],
  },
  {
    name: 'a 401 with GraphQL errors is an error',
    type: 'application/json',
    status: 401,
    pieces: ['{"errors":[{"message":"who are you?"}]}'],
    results: [],
    end: 'http-status',
    findings: ['status-of-result'],
    message: /401.*who are you\?/,
  },
  {
    name: 'a 500 with HTML',
    type: 'text/html',
    status: 500,
    pieces: ['<h1>oops</h1>'],
    results: [],
    end: 'http-status',
    findings: ['status-of-result', 'content-type'],
    message: /500/,
  },
  {
    name: 'a page instead of results',
    type: 'text/html',
    pieces: ['<h1>hello</h1>'],
    results: [],
    end: 'content-type',
    findings: ['content-type'],
    message: /text\/html/,
  },
]

const bytesOf = text => Buffer.from(text.replaceAll('⏎', '\r\n').replaceAll('↵', '\n'))

/** The path that a dialect is served at. */
export const pathOf = ({ name }) => `/${name.replace(/\W+/g, '-')}`

/**
 * Handles requests for the dialects: `?bytes` writes one byte at a time, `?gate=ID` waits before each piece but the
 * first until open(ID) was called once more, or until the client has gone.
 */
export function createScript() {
  const gates = new Map()
  const gate = id => gates.get(id) ?? gates.set(id, { opened: 0, waiting: [] }).get(id)

  async function passed(id, count) {
    const state = gate(id)
    while (state.opened < count) await new Promise(resolve => state.waiting.push(resolve))
  }

  return {
    open(id) {
      const state = gate(id)
      state.opened++
      for (const resume of state.waiting.splice(0)) resume()
    },
    async handle(request, response) {
      const url = new URL(request.url, 'http://localhost')
      const dialect = dialects.find(entry => url.pathname.startsWith(pathOf(entry)))
      if (!dialect) return response.writeHead(404).end('nothing here')
      response.writeHead(dialect.status ?? 200, { 'content-type': dialect.type })
      response.flushHeaders?.()
      for (const [i, piece] of dialect.pieces.entries()) {
        const id = url.searchParams.get('gate')
        if (id && i > 0) await passed(id, i)
        const bytes = bytesOf(piece)
        if (!url.searchParams.has('bytes')) response.write(bytes)
        else {
          for (let at = 0; at < bytes.length; at++) {
            response.write(bytes.subarray(at, at + 1))
            if (at % 4 === 0) await new Promise(setImmediate)
          }
        }
      }
      response.end()
    },
  }
}
