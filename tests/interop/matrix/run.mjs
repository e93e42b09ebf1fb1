/**
 * `npm run interop` sets up and starts the servers that people run, drives each through its cells, prints the matrix and writes
 * docs/interop.md. `npm run interop -- strawberry gqlgen` runs those whose name begins so, and writes nothing. It fails on a
 * red cell.
 */

import { graphqlCells } from './graphql-cells.mjs'
import { graphqlServers } from './graphql-servers.mjs'
import { setUp, startProgram } from './program.mjs'

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

async function runRow(server, row, program, cells) {
  const url = program.origin + row.path
  const context = { queryUrl: url, ...row, url, program }
  const results = {}
  for (const [name, cell] of Object.entries(cells)) {
    const lacks = row.hasNo?.[name]
    const begin = performance.now()
    results[name] = lacks ? { state: 'none', reason: `has ${lacks}` } : await runCell(cell, context)
    const { state, reason = '' } = results[name]
    if (state === 'red' || process.env.VERBOSE)
      console.log(`  ${state} ${name} (${(performance.now() - begin).toFixed(0)} ms) ${reason}`)
  }
  const signs = { green: '✓', none: '–', red: '✗' }
  const line = Object.values(results).map(({ state }) => signs[state]).join(' ')
  console.log(`${server.name}, ${row.protocol}`.padEnd(44), line)
  return results
}

const names = process.argv.slice(2)
const isNamed = ({ name }) => names.length === 0 || names.some(n => name.toLowerCase().startsWith(n.toLowerCase()))
for (const server of graphqlServers.filter(isNamed)) {
  const { folder } = setUp(server)
  const program = await startProgram(server, folder)
  for (const row of server.rows) await runRow(server, row, program, graphqlCells)
  await program.kill()
}
