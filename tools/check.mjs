/** `npm run check`: format, lint, types and layers. `-- --fix` corrects what the tools can correct. */

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { entryPointFields } from './entry-points.mjs'
import { main, root, setup } from './setup.mjs'

/**
 * The layers outside js/. (biome.jsonc has those of js/.) No line of `files` may match `never`, except in `allowed`.
 */
const layers = [
  {
    rule: 'src/ includes no Emscripten header',
    files: /^src\//,
    never: /#include <emscripten|__EMSCRIPTEN__/,
  },
  {
    rule: 'in bindings/, only the inspector includes Emscripten headers',
    files: /^bindings\/.*\.(h|cpp)$/,
    allowed: /inspector_module\.cpp$/,
    never: /#include <emscripten/,
  },
  {
    rule: 'the demo, the site and the examples import published entry points only',
    files: /^(demo|site|examples)\//,
    never: /from '(\.\.\/)+(js|src|bindings)\//,
  },
]

/** The files whose length is limited. */
const readable = /^(js|src|bindings|tools|demo|site)\/.*\.(ts|js|mjs|jsx|vue|h|cpp|css|html)$/
const longestFile = 350

const meaninglessName = /(^|[/_-])(utils?|helpers?|common|manager)([._-]|$)/

let passed = 0
let failed = 0

function report(name, problems) {
  problems.length === 0 ? passed++ : failed++
  console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name}`)
  for (const problem of problems) console.log(`       ${problem}`)
}

function program(name, command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  const output = `${stdout ?? ''}${stderr ?? ''}${error ?? ''}`.trim()
  report(name, status === 0 ? [] : output.split('\n'))
}

/** Checks that package.json names every entry point in each of its fields. */
function checkEntryPoints(fix) {
  const path = join(root, 'package.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8'))
  const fields = Object.entries(entryPointFields())
  const wrong = fields.filter(([name, value]) => JSON.stringify(manifest[name]) !== JSON.stringify(value))
  if (fix && wrong.length > 0) {
    writeFileSync(path, `${JSON.stringify({ ...manifest, ...Object.fromEntries(wrong) }, null, 2)}\n`)
    wrong.length = 0
  }
  report(
    'package.json names the entry points',
    wrong.map(([name]) => `"${name}" differs from tools/entry-points.mjs; npm run check -- --fix writes it`),
  )
}

/**
 * Checks that C++ functions have at most 60 lines (.clang-tidy). clang-tidy takes a minute for all files, so it reads only
 * those that have changed since they last passed. Its findings in a file depend on that file alone.
 */
function checkFunctionLengths(cpp) {
  const record = join(root, 'build/clang-tidy.json')
  const configuration = readFileSync(join(root, '.clang-tidy'))
  const hashes = cpp.map(path =>
    createHash('sha1')
      .update(configuration)
      .update(readFileSync(join(root, path)))
      .digest('hex'),
  )
  const passed = new Set(existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : [])
  const { stdout, error } = spawnSync(
    'xargs',
    ['-r', '-n', '4', '-P', `${availableParallelism()}`, 'clang-tidy', '--quiet'],
    { cwd: root, encoding: 'utf8', input: cpp.filter((_, i) => !passed.has(hashes[i])).join('\n') },
  )
  // Files that need Emscripten's headers do not compile here, but clang-tidy still measures their functions.
  const problems = error
    ? [error.message]
    : stdout.split('\n').filter(line => /function-size|note: \d+ lines/.test(line))
  report('C++: no function has more than 60 lines', problems)
  if (problems.length > 0) return
  mkdirSync(join(root, 'build'), { recursive: true })
  writeFileSync(record, JSON.stringify(hashes))
}

await main(args => {
  setup(['native'])
  const fix = args.includes('--fix')
  checkEntryPoints(fix)
  const list = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  const files = list.stdout.split('\n').filter(path => path !== '' && existsSync(join(root, path)))
  const lines = path => readFileSync(join(root, path), 'utf8').split('\n')

  const cpp = files.filter(path => /\.(h|cpp)$/.test(path))
  program('TypeScript and JavaScript: format and lint', 'biome', [
    'check',
    ...(fix ? ['--write'] : []),
    '--error-on-warnings',
    '.',
  ])
  program('C++: format', 'clang-format', fix ? ['-i', ...cpp] : ['--dry-run', '-Werror', ...cpp])
  checkFunctionLengths(cpp)
  program('types', 'tsc', ['-p', 'tsconfig.json', '--noEmit'])
  program('types of the command', 'tsc', ['-p', 'js/cli/tsconfig.json', '--noEmit'])
  if (existsSync(join(root, 'tests/types/tsconfig.json')))
    program('types, as users meet them', 'tsc', ['-p', 'tests/types/tsconfig.json'])
  if (existsSync(join(root, 'dist/index.d.ts')))
    program('options that are undefined', 'tsc', ['-p', 'tests/types/exact/tsconfig.json'])

  program('the snippets of the documents', process.execPath, ['tests/types/documents.mjs'])
  program('their types', 'tsc', ['-p', 'build/documents/tsconfig.json'])

  for (const { rule, files: bound, allowed, never } of layers) {
    const offenders = files.filter(path => bound.test(path) && !allowed?.test(path))
    report(
      rule,
      offenders.flatMap(path =>
        lines(path).flatMap((line, i) => (never.test(line) ? `${path}:${i + 1}: ${line.trim()}` : [])),
      ),
    )
  }
  report(
    `no file has more than ${longestFile} lines`,
    files.filter(path => readable.test(path) && lines(path).length - 1 > longestFile),
  )
  report(
    'file names say something',
    files.filter(path => meaninglessName.test(path)),
  )

  console.log(`\n${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
})
