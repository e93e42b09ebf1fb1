/** What an MCP server over streamable HTTP must give: the cells of its row, with the names of the others. */

import assert from 'node:assert/strict'
import { resumeByGet, streamEvents } from 'postsource'
import { within } from '../outcome.mjs'
import { patienceMs, range, text } from './graphql-cells.mjs'

const protocolVersion = '2025-11-25'
/** [spec] the client lists both types in every POST. */
const headers = { accept: 'application/json, text/event-stream', 'mcp-protocol-version': protocolVersion }
const foreverMs = 3_600_000
const rpc = (method, params) => ({ jsonrpc: '2.0', id: 1, method, params })

/** Begins a session and returns the headers of its requests. */
async function initialize({ url }) {
  const clientInfo = { name: 'postsource', version: '1' }
  const json = rpc('initialize', { protocolVersion, capabilities: {}, clientInfo })
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(json),
  })
  await response.text()
  return { ...headers, 'mcp-session-id': response.headers.get('mcp-session-id') }
}

/** Calls the tool, and reads its notifications until the result or until there are `most`. */
async function call(row, args, { most = Number.POSITIVE_INFINITY, session } = {}) {
  const options = resumeByGet({
    headers: session ?? (await initialize(row)),
    json: rpc('tools/call', { name: 'numbers', arguments: args }),
  })
  const seen = []
  const until = ({ data }) => data !== '' && 'result' in JSON.parse(data)
  const reading = async () => {
    for await (const { data } of streamEvents(row.url, { ...options, until })) {
      // [spec] the first event has an id and no data
      if (data !== '') seen.push(JSON.parse(data).params.data)
      if (seen.length === most) break
    }
    return seen
  }
  return within(patienceMs, 'the call', reading())
}

const numbersOf = seen => seen.map(({ i }) => i)

/** Each cell rejects if it is red. */
export const mcpCells = {
  async first(row) {
    assert.deepEqual(numbersOf(await call(row, { to: 2, everyMs: foreverMs }, { most: 1 })), [1])
  },
  async order(row) {
    assert.deepEqual(numbersOf(await call(row, { to: 500 })), range(500))
  },
  async text(row) {
    assert.deepEqual(await call(row, { to: 1, text }), [{ i: 1, text }])
  },
  async '1 MiB'(row) {
    const [{ text }] = await call(row, { to: 1, length: 1 << 20 })
    assert.equal(text.length, 1 << 20)
  },
  async errors(row) {
    const session = { ...(await initialize(row)), 'mcp-session-id': 'none' }
    await assert.rejects(call(row, { to: 1 }, { session }), { code: 'http-status', status: 404 })
  },
  async once(row) {
    const { started } = await row.counts()
    await call(row, { to: 3, everyMs: 10, closeAfter: 1 })
    assert.equal((await row.counts()).started, started + 1)
  },
  async 'fifty at once'(row) {
    const all = await Promise.all(range(50).map(to => call(row, { to, everyMs: 1 })))
    for (const [i, seen] of all.entries()) assert.deepEqual(numbersOf(seen), range(i + 1))
  },
  /** The server closes the stream, and a GET resumes it. */
  async restart(row) {
    assert.deepEqual(numbersOf(await call(row, { to: 10, everyMs: 20, closeAfter: 3 })), range(10))
  },
  /** DELETE ends the session. */
  async 'none left open'(row) {
    const session = await initialize(row)
    await call(row, { to: 1 }, { session })
    assert.equal((await fetch(row.url, { method: 'DELETE', headers: session })).status, 200)
    await assert.rejects(call(row, { to: 1 }, { session }), { code: 'http-status', status: 404 })
  },
}
