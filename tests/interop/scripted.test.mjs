import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { traceStream } from 'postsource/devtools'
import { createClient, readResults, wundergraphRequest } from 'postsource/graphql'
import { outcome, within } from './outcome.mjs'
import { createScript, dialects, pathOf } from './scripted.mjs'
import { serve } from './servers/serve.mjs'

const script = createScript()
let server
before(async () => {
  server = await serve(script.handle)
})
after(() => server.close())

const subscription = { query: 'subscription N { n }', operationName: 'N' }

function clientFor(dialect, search = '') {
  return createClient({
    url: `${server.origin}${pathOf(dialect)}${search}`,
    maxRetries: 0,
    ...(dialect.wundergraph && {
      url: server.origin + pathOf(dialect),
      buildRequest: (operation, context) => {
        const request = wundergraphRequest({ jsonPatch: true })(operation, context)
        return { ...request, url: `${request.url}&${search.slice(1)}` }
      },
    }),
  })
}

describe('what servers write, through the client', () => {
  for (const dialect of dialects) {
    for (const search of ['', '?bytes']) {
      test(`${dialect.name}${search ? ', byte by byte' : ''}`, async () => {
        const { results, end, error } = await within(
          5000,
          dialect.name,
          outcome(clientFor(dialect, search), subscription),
        )
        assert.deepEqual({ results, end }, { results: dialect.results, end: dialect.end }, error?.message)
        if (dialect.message) assert.match(error.message, dialect.message)
      })
    }
  }
})

describe('what servers write, judged by the inspector', () => {
  for (const dialect of dialects) {
    test(dialect.name, async () => {
      const trace = traceStream(server.origin + pathOf(dialect), { ...subscription, reconnect: false })
      await within(5000, dialect.name, trace.ended)
      const rules = new Set(trace.messages.flatMap(({ findings }) => findings.map(({ rule }) => rule)))
      assert.deepEqual([...rules], dialect.findings ?? [])
    })
  }
})

describe('a result is handed out while the server waits', () => {
  // after so many pieces, so many results
  const cases = [
    ['graphql-sse: comments', 2, 1],
    ['Spring', 2, 2],
    ['Strawberry, SSE', 1, 1],
    ['WunderGraph operations: JSON Patch', 3, 2],
    ['incremental delivery over SSE', 1, 1],
    ['Cosmo, multipart: boundaries come late', 1, 1],
    ['Cosmo, multipart: boundaries come late', 3, 2],
    ['Cosmo, multipart: boundaries printed early', 1, 1],
    ['Cosmo, @defer', 1, 1],
    ['Apollo Router: a heartbeat first', 2, 1],
    ['async-graphql', 2, 1],
    ['Strawberry: no first boundary', 2, 1],
    ['yoga: the default boundary', 1, 1],
    ['grafserv', 2, 2],
  ]
  for (const [start, pieces, count] of cases) {
    const dialect = dialects.find(({ name }) => name.startsWith(start))
    test(`${dialect.name}: ${count} after ${pieces} pieces`, async () => {
      const id = `${pathOf(dialect)}-${pieces}`
      for (let i = 1; i < pieces; i++) script.open(id)
      const results = []
      const client = clientFor(dialect, `?gate=${encodeURIComponent(id)}`)
      const arrived = new Promise((resolve, reject) => {
        client.subscribe(subscription, {
          next(result) {
            results.push(result)
            if (results.length === count) resolve()
          },
          error: reject,
          complete: () => reject(new Error('complete')),
        })
      })
      await within(2000, `result ${count}`, arrived)
      client.dispose()
      assert.deepEqual(results, dialect.results.slice(0, count))
    })
  }
})

describe('servers with wishes of their own', () => {
  const parts = '--graphql\r\nContent-Type: application/json\r\n\r\n{"data":{"n":1}}\r\n--graphql--'
  const events = 'event: next\ndata: {"data":{"n":1}}\n\nevent: complete\n\n'

  /** Runs a subscription on a server that answers as `answer(accept, url)` says: [status, type, body]. */
  async function run(answer, options, path = '/') {
    const strict = await serve(({ url, headers }, response) => {
      const [status, type, body] = answer(headers.accept, new URL(url, 'http://h'))
      response.writeHead(status, { 'content-type': type }).end(body)
    })
    try {
      const client = createClient({ url: strict.origin + path, maxRetries: 0, ...options })
      return { ...(await outcome(client, subscription)), asked: strict.requests.length }
    } finally {
      await strict.close()
    }
  }
  const one = { results: [{ data: { n: 1 } }], end: 'complete' }

  test('async-graphql: boundary and subscriptionSpec must stand in Accept', async () => {
    const answer = accept =>
      /boundary="?graphql/.test(accept) && /subscriptionSpec="?1\.0/.test(accept)
        ? [200, 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"', parts]
        : [400, 'text/plain', 'no']
    const accept = 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0'
    assert.deepEqual(await run(answer, { accept }), { ...one, asked: 1 })
    assert.equal((await run(answer, {})).end, 'http-status')
  })

  test('Hive Router: a boundary in Accept is refused; none is ever sent', async () => {
    const answer = accept =>
      /boundary/.test(accept)
        ? [406, 'text/plain', 'no']
        : /multipart/.test(accept)
          ? [200, 'multipart/mixed; boundary=graphql', parts]
          : [406, 'text/plain', 'no']
    assert.deepEqual(await run(answer, {}), { ...one, asked: 2 })
  })

  test('graphql-sse and Harper: a list in Accept is refused; the first question has none', async () => {
    const answer = accept =>
      accept === 'text/event-stream'
        ? [200, 'text/event-stream', events]
        : [404, 'text/plain', 'Stream not found']
    assert.deepEqual(await run(answer, {}), { ...one, asked: 1 })
  })

  test('Cosmo: wg_sse in the address stays there', async () => {
    const answer = (_accept, url) =>
      url.searchParams.get('wg_sse') === 'true'
        ? [200, 'text/event-stream', events]
        : [200, 'application/json', '{}']
    assert.deepEqual(await run(answer, {}, '/graphql?wg_sse=true'), { ...one, asked: 1 })
    assert.deepEqual(await run(answer, { method: 'GET' }, '/graphql?wg_sse=true'), { ...one, asked: 1 })
  })
})

describe('the lower floor', () => {
  for (const dialect of dialects.filter(
    ({ status = 200, end }) => status === 200 && end !== 'content-type',
  )) {
    test(`readResults: ${dialect.name}`, async () => {
      const results = []
      let end = 'complete'
      try {
        for await (const result of readResults(await fetch(server.origin + pathOf(dialect))))
          results.push(result)
      } catch (error) {
        end = error.code
      }
      assert.deepEqual({ results, end }, { results: dialect.results, end: dialect.end })
    })
  }
})
