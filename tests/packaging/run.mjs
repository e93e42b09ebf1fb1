/**
 * `npm run test:packaging`: the packed tarball in every environment, and a table of what works where.
 * `-- webpack next` runs those whose name contains one of the words, `-- --quick` those that `npm test` runs.
 */

import { availableParallelism } from 'node:os'
import { build } from '../../tools/build.mjs'
import { main, setup } from '../../tools/setup.mjs'
import { closeBrowser, run } from './environment.mjs'
import { environments } from './environments.mjs'
import { pack, prepare, versionsOf } from './install.mjs'
import { misplaced } from './tarball.mjs'

function choose(args) {
  const words = args.filter(arg => !arg.startsWith('--')).map(word => word.toLowerCase())
  const isWanted = ([name, { quick = false }]) =>
    (quick || !args.includes('--quick')) &&
    (words.length === 0 || words.some(word => name.toLowerCase().includes(word)))
  return Object.entries(environments).filter(isWanted)
}

/** Runs an environment whole; what it throws is its result. */
async function tryOut([name, environment], tarball) {
  const begin = performance.now()
  const result = { name, steps: new Map(), failures: [], versions: '' }
  try {
    const folder = await prepare(name, environment, tarball)
    result.versions = await versionsOf(folder, environment)
    Object.assign(result, await run(folder, environment, tarball))
  } catch (error) {
    result.failures.push(error.message)
  }
  result.seconds = (performance.now() - begin) / 1000
  console.log(
    `${result.failures.length === 0 ? 'ok    ' : 'FAILED'} ${name} (${result.seconds.toFixed(0)} s)`,
  )
  for (const failure of result.failures) console.log(failure.replace(/^/gm, '       '))
  return result
}

/** Two at a time, as half of the time is waiting. Resolves with the results in the order of the table. */
async function tryAll(chosen, tarball) {
  const results = []
  const queue = chosen.entries()
  const work = async () => {
    for (const [i, entry] of queue) results[i] = await tryOut(entry, tarball)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return results
}

function printMatrix(results) {
  const columns = ['post', 'graphql', 'multipart', 'abort', 'hook', 'more']
  const row = (name, cells, rest) =>
    console.log(`${name.padEnd(34)}${cells.map(cell => cell.padEnd(10)).join(' ')} ${rest}`)
  console.log('')
  row('', ['', ...columns], '')
  for (const { name, steps, failures, versions } of results) {
    const mark = step => (steps.has(step) ? (steps.get(step) ? 'yes' : 'NO') : '')
    const more = [...steps].filter(([step]) => !columns.includes(step))
    const own = more.map(([step, isOk]) => (isOk ? step : `${step}: NO`)).join(' ')
    row(name, [failures.length === 0 ? 'ok' : 'FAILED', ...columns.slice(0, -1).map(mark), own], versions)
  }
}

await main(async args => {
  setup(['build', 'browser'])
  build()
  const chosen = choose(args)
  const { tarball, files } = await pack()
  const wrong = misplaced(files)
  console.log(`${wrong.length === 0 ? 'ok    ' : 'FAILED'} the files of the tarball`)
  for (const line of wrong) console.log(`       ${line}`)
  const results = await tryAll(chosen, tarball)
  await closeBrowser()
  printMatrix(results)
  const failed = results.filter(({ failures }) => failures.length > 0).length + Math.sign(wrong.length)
  console.log(`\n${results.length + 1 - failed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
})
