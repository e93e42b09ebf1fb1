/**
 * `npm run test:engines` runs the browser suite in every engine and prints a table of the results. `-- webkit` runs one
 * engine, `-- --quick` a part of the suite.
 */

import { spawnSync } from 'node:child_process'
import { build } from './build.mjs'
import { main, root, setup } from './setup.mjs'

const engines = ['chromium', 'firefox', 'webkit']

/** One test of each kind: chunks, reconnection, the end, a POST, the lower floor, a worker, a policy, tabs. */
const quickPart =
  'postsource (chunks may|.*reconnects|close)|a POST |readEvents|abort|worker|policy|eight tabs|a tab takes over'

/** Runs the suite in an engine. Returns `{ file, title, status, reason }` for every test. */
function runSuite(engine, isQuick) {
  console.log(`the browser suite in ${engine}`)
  const { stdout } = spawnSync(
    'playwright',
    [
      'test',
      '--config',
      'tests/browser/playwright.config.mjs',
      '--reporter=json',
      ...(isQuick ? ['--grep', quickPart] : []),
    ],
    {
      cwd: root,
      env: { ...process.env, POSTSOURCE_ENGINE: engine },
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  return JSON.parse(stdout).suites.flatMap(suite => testsOf(suite, suite.file))
}

function testsOf({ specs, suites = [] }, file, titles = []) {
  const own = specs.map(spec => {
    const [{ status, annotations }] = spec.tests
    const reason = annotations.find(({ type }) => type === 'fail' || type === 'skip')
    return { file, title: [...titles, spec.title].join(' › '), status, reason: reason?.description }
  })
  return [...own, ...suites.flatMap(suite => testsOf(suite, file, [...titles, suite.title]))]
}

/** Counts passed tests and known differences for each file and implementation. */
function printTable(results) {
  const group = ({ file, title }) =>
    `${file.replace('.spec.mjs', '')}${/^native › /.test(title) ? ', native' : ''}`
  const groups = [...new Set([...results.values()].flat().map(group))]
  const column = text => text.padEnd(24)
  console.log(`\n${''.padEnd(40)}${[...results.keys()].map(column).join('')}`)
  for (const name of groups) {
    const cells = [...results.values()].map(tests => {
      const own = tests.filter(test => group(test) === name)
      const different = own.filter(({ reason }) => reason).length
      const passed = own.filter(({ status, reason }) => status === 'expected' && !reason).length
      if (own.length === 0) return ''
      return `${passed} of ${own.length}${different ? `, ${different} differ` : ''}`
    })
    console.log(`${name.padEnd(40)}${cells.map(column).join('')}`)
  }
}

await main(args => {
  setup(['build', 'browser', 'engines'])
  build()
  const isQuick = args.includes('--quick')
  const named = args.filter(arg => engines.includes(arg))
  const chosen = named.length > 0 ? named : engines
  const results = new Map(chosen.map(engine => [engine, runSuite(engine, isQuick)]))
  printTable(results)
  const all = [...results.values()].flat()
  for (const { title, reason } of all) if (reason) console.log(`\n${title}\n    ${reason}`)
  const failed = all.filter(({ status }) => !['expected', 'skipped'].includes(status))
  for (const { title, file } of failed) console.log(`\nFAILED ${file}: ${title}`)
  console.log(`\n${all.length - failed.length} passed, ${failed.length} failed`)
  process.exitCode = failed.length === 0 ? 0 : 1
})
