/** Runs the cells of one row. */

import { startProgram } from './program.mjs'

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

/** Whether this machine has the server. */
export const isPresent = ({ needs }) => !needs || Boolean(process.env[needs])

/** The results of a row whose server this machine does not have. */
function leaveOut({ name, needs }, { protocol }, cells) {
  const reason = `replayed from recorded bytes; \`${needs}=/path/to/program npm run interop\` runs the server`
  console.log(`${name}, ${protocol}`.padEnd(48), reason)
  return new Map(Object.keys(cells).map(cell => [cell, { state: 'none', reason }]))
}

/**
 * Runs a row's cells in turn; if this machine does not have the server, each is `none`. Meanwhile the slow one, a stretch of heartbeats, runs on a program of its own. `cells` may be a
 * part of those of a kind of server. Resolves with the results by the cells' names.
 */
export async function runRow(server, row, folder, cells, browser) {
  if (!isPresent(server)) return leaveOut(server, row, cells)
  const { heartbeats, ...others } = cells
  const needed = heartbeats ? [1, 2] : [1]
  const programs = await Promise.all(needed.map(() => startProgram(server, folder)))
  const [context, quiet] = programs.map(program => ({
    ...row,
    program,
    browser,
    url: program.origin + row.path,
    ...(server.hasCounts && { counts: async () => (await fetch(`${program.origin}/counts`)).json() }),
  }))
  const slow = heartbeats && runOrSkip('heartbeats', heartbeats, quiet)
  const results = new Map()
  for (const [name, cell] of Object.entries(others)) results.set(...(await runOrSkip(name, cell, context)))
  if (slow) results.set(...(await slow))
  for (const program of programs) await program.kill()
  const signs = { green: '✓', none: '–', red: '✗' }
  const line = Object.keys(cells).map(name => signs[results.get(name).state])
  console.log(`${server.name}, ${row.protocol}`.padEnd(48), line.join(' '))
  return new Map(Object.keys(cells).map(name => [name, results.get(name)]))
}
