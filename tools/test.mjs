/**
 * `npm test` runs everything, from the set-up to the demo's check. `npm test -- native js` runs the parts named. A
 * failed part does not stop the others. The last line has the totals.
 */

import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { build } from './build.mjs'
import { chromium, main, root, setup } from './setup.mjs'

const jobs = String(availableParallelism())
const node = process.execPath

/** Runs Node's tests below the folders. Their files are listed here: Node 20 takes folders, Node 22 patterns only. */
function nodeTests(...folders) {
  const files = folders.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true })
      .filter(name => name.endsWith('.test.mjs'))
      .map(name => join(folder, name)),
  )
  // a test that hangs fails
  return [node, '--test', '--test-reporter=spec', '--test-timeout=600000', ...files]
}

/** Each part's commands, which run in turn. Its tests are counted from the runner's output. */
const parts = {
  check: { commands: [[node, 'tools/check.mjs']], count: plain },
  api: { commands: [[node, 'tools/api.mjs', '--check']], count: plain },
  native: { commands: cmake('native'), count: ctest },
  asan: { commands: cmake('asan'), count: ctest },
  fuzz: { commands: [[node, 'tools/fuzz.mjs', '--seconds', '40', '--seed', '1']], count: plain },
  js: {
    commands: [nodeTests('tests/js', 'bindings/inspector')],
    count: nodeTest,
  },
  browser: {
    commands: [['playwright', 'test', '--config', 'tests/browser/playwright.config.mjs']],
    count: playwright,
  },
  engines: {
    commands: [[node, 'tools/engines.mjs', '--quick', 'firefox', 'webkit']],
    count: plain,
  },
  interop: {
    commands: [
      nodeTests('tests/interop'),
      ['playwright', 'test', '--config', 'tests/interop/playwright.config.mjs'],
    ],
    count: output => add(nodeTest(output), playwright(output)),
  },
  react: {
    commands: [['playwright', 'test', '--config', 'tests/react/playwright.config.mjs']],
    count: playwright,
  },
  packaging: { commands: [[node, 'tests/packaging/run.mjs', '--quick']], count: plain },
  soak: { commands: [[node, '--expose-gc', 'tools/soak.mjs', '--seconds', '20']], count: plain },
  size: { commands: [[node, 'tools/size.mjs']], count: plain },
  demo: { commands: [[node, 'demo/check.mjs']], count: plain },
  site: {
    commands: [
      [node, 'tools/site.mjs'],
      ['playwright', 'test', '--config', 'tests/site/playwright.config.mjs'],
    ],
    count: output => add(plain(output), playwright(output)),
  },
}

function cmake(preset) {
  return [
    ['cmake', '--preset', preset],
    ['cmake', '--build', '--preset', preset],
    ['ctest', '--preset', preset, '-j', jobs],
  ]
}

function plain(output) {
  const [, passed, failed] = last(output, /^(\d+) passed, (\d+) failed$/gm)
  return { passed, failed }
}

function ctest(output) {
  const [, , failed, total] = last(output, /^(\d+)% tests passed, (\d+) tests failed out of (\d+)/gm)
  return { passed: total - failed, failed }
}

function nodeTest(output) {
  return {
    passed: last(output, /^ℹ pass (\d+)/gm)[1],
    failed: last(output, /^ℹ (?:fail|cancelled) (\d+)/gm, true)[1],
  }
}

function playwright(output) {
  const number = word => last(output, new RegExp(`^\\s+(\\d+) ${word}`, 'gm'))[1]
  return { passed: number('passed'), failed: number('failed') + number('did not run') + number('flaky') }
}

const add = (a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed })

/** Returns the numbers of the last match, or zeros. With `sum`, adds up those of all matches. */
function last(output, pattern, sum = false) {
  const matches = [...output.matchAll(pattern)].map(match => match.map(Number))
  if (sum) return matches.reduce((all, match) => all.map((n, i) => n + match[i]), [0, 0])
  return matches.at(-1) ?? [0, 0, 0, 0]
}

function run([command, ...args]) {
  return new Promise(resolve => {
    const env = { ...process.env, POSTSOURCE_CHROMIUM: chromium(), FORCE_COLOR: '0', NO_COLOR: '1' }
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const take = (stream, to) => {
      stream.setEncoding('utf8').on('data', text => {
        output += text
        to.write(text)
      })
    }
    take(child.stdout, process.stdout)
    take(child.stderr, process.stderr)
    child.on('error', error => resolve({ ok: false, output: String(error) }))
    child.on('close', code => resolve({ ok: code === 0, output }))
  })
}

async function runPart({ commands, count }) {
  const begin = performance.now()
  let ok = true
  let output = ''
  for (const command of commands) {
    const result = await run(command)
    output += result.output
    ok = result.ok
    if (!ok) break
  }
  const { passed, failed } = count(output)
  // a runner that exits with an error but reports no failed test, or that ran no test, counts as one failure
  const silent = failed === 0 && (!ok || passed === 0) ? 1 : 0
  return { passed, failed: failed + silent, seconds: (performance.now() - begin) / 1000 }
}

await main(async args => {
  const unknown = args.filter(name => !(name in parts))
  if (unknown.length > 0)
    throw new Error(`no part named ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
  setup(['build', 'native', 'browser', 'engines', 'servers', 'site'])
  build()
  const rows = []
  for (const name of args.length > 0 ? args : Object.keys(parts)) {
    console.log(`\n=== ${name}`)
    rows.push({ name, ...(await runPart(parts[name])) })
  }
  console.log('')
  for (const { name, passed, failed, seconds } of rows) {
    console.log(
      `${name.padEnd(10)}${String(passed).padStart(7)} passed${String(failed).padStart(5)} failed${seconds.toFixed(0).padStart(6)} s`,
    )
  }
  const sum = key => rows.reduce((total, row) => total + row[key], 0)
  process.exitCode = sum('failed') === 0 ? 0 : 1
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`)
})
