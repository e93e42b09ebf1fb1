/**
 * `npm run interop` sets up and starts the servers that people run, drives each through its cells, prints the matrix and writes
 * docs/interop.md. `npm run interop -- strawberry gqlgen` runs those whose name begins so, and writes nothing. It fails on a
 * red cell.
 */

import { writeFileSync } from 'node:fs'
import { document } from './document.mjs'
import { graphqlCells } from './graphql-cells.mjs'
import { graphqlServers } from './graphql-servers.mjs'
import { setUp, startProgram } from './program.mjs'
import { streamCells } from './stream-cells.mjs'
import { streamServers } from './stream-servers.mjs'

/** Runs one cell: `green`, or the reason of a `red` one. A red cell has a second chance, for a busy machine. */
async function runCell(cell, row) {
  let error
  for (const _chance of [1, 2]) {
    try {
      await cell(row)
      return { state: 'green' }
    } catch (thrown) {
      error = thrown
    }
  }
  return { state: 'red', reason: String(error?.message ?? error) }
}

/** Whether a row has the cell: `none` with the reason where it has not. */
async function runOrSkip(name, cell, row) {
  const lacks = row.hasNo?.[name]
  const begin = performance.now()
  const result = lacks ? { state: 'none', reason: `has ${lacks}` } : await runCell(cell, row)
  const ms = (performance.now() - begin).toFixed(0)
  if (result.state === 'red' || process.env.VERBOSE)
    console.log(`  ${result.state} ${row.protocol}, ${name} (${ms} ms) ${result.reason ?? ''}`)
  return [name, result]
}

/** Runs a row's cells in turn. Meanwhile the slow one, a stretch of heartbeats, runs on a program of its own. */
async function runRow(server, row, folder, cells) {
  const { heartbeats, ...others } = cells
  const programs = await Promise.all([startProgram(server, folder), startProgram(server, folder)])
  const [context, quiet] = programs.map(program => ({
    ...row,
    program,
    url: program.origin + row.path,
    ...(cells === streamCells && { counts: async () => (await fetch(`${program.origin}/counts`)).json() }),
  }))
  const slow = runOrSkip('heartbeats', heartbeats, quiet)
  const results = new Map()
  for (const [name, cell] of Object.entries(others)) results.set(...(await runOrSkip(name, cell, context)))
  results.set(...(await slow))
  for (const program of programs) await program.kill()
  const signs = { green: '✓', none: '–', red: '✗' }
  const line = Object.keys(cells).map(name => signs[results.get(name).state])
  console.log(`${server.name}, ${row.protocol}`.padEnd(48), line.join(' '))
  return results
}

const names = process.argv.slice(2)
const isNamed = ({ name }) =>
  names.length === 0 || names.some(n => name.toLowerCase().startsWith(n.toLowerCase()))
const all = [
  ...graphqlServers.map(server => ({ ...server, cells: graphqlCells })),
  ...streamServers.map(server => ({ ...server, cells: streamCells })),
].filter(isNamed)
for (const server of all) server.place = setUp(server)

/** Three servers at a time: the heartbeats of most take half a minute, in which nothing else happens. */
const finished = new Map()
const waiting = [...all]
async function work() {
  for (let server = waiting.shift(); server; server = waiting.shift()) {
    for (const row of server.rows) {
      finished.set(row, {
        server,
        row,
        results: await runRow(server, row, server.place.folder, server.cells),
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
    document(rows, { date, node: process.versions.node }),
  )
}
console.log(`${rows.length} rows, ${red} red cells`)
// a red cell may have left a client that tries again for ever
process.exit(red === 0 ? 0 : 1)
