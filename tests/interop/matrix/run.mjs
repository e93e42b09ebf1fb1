/**
 * `npm run interop` sets up and starts the servers that people run, drives each through its cells, prints the matrix and writes
 * docs/interop.md. `npm run interop -- strawberry gqlgen` runs those with these in their names, and writes nothing. It fails on a
 * red cell.
 */

import { writeFileSync } from 'node:fs'
import { startBrowser } from './browser.mjs'
import { document } from './document.mjs'
import { graphqlCells } from './graphql-cells.mjs'
import { graphqlServers } from './graphql-servers.mjs'
import { mcpCells } from './mcp-cells.mjs'
import { pageCells } from './page-cells.mjs'
import { setUp } from './program.mjs'
import { isPresent, runRow } from './row.mjs'
import { streamCells } from './stream-cells.mjs'
import { mcpServers, streamServers, tableServers } from './stream-servers.mjs'
import { tableCells } from './table-cells.mjs'

const names = process.argv.slice(2)
const isNamed = ({ name }) =>
  names.length === 0 || names.some(part => name.toLowerCase().includes(part.toLowerCase()))
const all = [
  ...graphqlServers.map(server => ({ ...server, cells: server.isSecure ? pageCells : graphqlCells })),
  ...streamServers.map(server => ({ ...server, cells: streamCells, hasCounts: true })),
  ...tableServers.map(server => ({ ...server, cells: tableCells })),
  ...mcpServers.map(server => ({ ...server, cells: mcpCells, hasCounts: true })),
].filter(isNamed)
if (all.length === 0)
  throw new Error(`no server has ${names.join(' or ')} in its name; docs/interop.md lists them`)
for (const server of all.filter(isPresent)) server.place = setUp(server)

const browser = await startBrowser()

/** Three servers at a time: the heartbeats of most take half a minute, in which nothing else happens. */
const finished = new Map()
const waiting = [...all]
async function work() {
  for (let server = waiting.shift(); server; server = waiting.shift()) {
    for (const row of server.rows) {
      finished.set(row, {
        server,
        row,
        results: await runRow(server, row, server.place?.folder, server.cells, browser),
      })
    }
  }
}
await Promise.all([work(), work(), work()])

const rows = all.flatMap(server => server.rows.map(row => finished.get(row)))
const red = rows.flatMap(({ results }) => [...results.values()]).filter(({ state }) => state === 'red').length
if (names.length === 0) {
  const [date] = new Date().toISOString().split('T')
  writeFileSync(
    new URL('../../../docs/interop.md', import.meta.url),
    document(rows, { date, node: process.versions.node, chromium: browser.version }),
  )
}
await browser.close()
console.log(`${rows.length} rows, ${red} red cells`)
// a red cell may have left a client that tries again for ever
process.exit(red === 0 ? 0 : 1)
