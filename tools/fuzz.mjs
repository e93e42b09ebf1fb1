/**
 * `npm run fuzz` builds the libFuzzer targets under ASan and UBSan and runs each of them, with the vectors as seeds.
 * `-- --minutes N` or `-- --seconds N` sets the total time, 10 minutes by default. With `-- --seed N` the inputs are
 * the same in every run, so that `npm test` is reproducible.
 */

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { expandInput, expandLog, loadVectors } from '../tests/vectors/load.mjs'
import { main, root, setup } from './setup.mjs'

/** The largest seed, in bytes. Larger ones only slow the fuzzer down. */
const largestSeed = 4096

/** The seeds of each target: inputs of vectors, each after the bytes that select its options. */
const seeds = {
  fuzz_sse_parser: () =>
    inputs('sse', ({ maxMessageBytes, reportIgnored }) => [byte(maxMessageBytes), byte(reportIgnored), 0, 0]),
  fuzz_graphql_sse_parser: () =>
    inputs('graphql-sse', ({ maxMessageBytes }) => [byte(maxMessageBytes), 0, 0, 0]),
  fuzz_multipart_parser: () => inputs('multipart', multipartOptions),
  fuzz_json_scanner: () =>
    loadVectors('multipart')
      .flatMap(({ expected }) => expandLog(expected))
      .flatMap(({ json }) => (json === undefined ? [] : [Buffer.from(json)])),
  fuzz_content_type: () => inputs('content-type', () => []),
  fuzz_inspector: () =>
    loadVectors('inspector').map(({ context, input, chunks = [[0, input]] }) =>
      Buffer.concat([
        Buffer.from([inspectorContext(context), 0, 0, 0]),
        ...chunks.map(([, bytes]) => expandInput(bytes)),
      ]),
    ),
  fuzz_work: () => [
    ...inputs('sse', () => []).flatMap(input => repeating(input, [0, 1, 5])),
    ...inputs('graphql-sse', () => []).flatMap(input => repeating(input, [2, 6])),
    ...inputs('multipart', () => []).flatMap(input => repeating(input, [3, 4])),
    ...loadVectors('inspector').flatMap(({ context, input, chunks = [[0, input]] }) =>
      repeating(Buffer.concat(chunks.map(([, bytes]) => expandInput(bytes))), [workReader(context)]),
    ),
  ],
}

/** The number of the context in fuzz_inspector.cpp that is nearest to a vector's. */
function inspectorContext({ contentType = '' }) {
  if (contentType.includes('json')) return 6
  if (!contentType.startsWith('multipart')) return 3
  return contentType.includes('deferSpec') ? 1 : 0
}

/** The number of the reader in stream_work.h that a vector of the inspector is for. */
function workReader({ contentType = '' }) {
  if (contentType.includes('json')) return 8
  return contentType.startsWith('multipart') ? 7 : 6
}

/** Inputs of fuzz_work: a stream for one of the readers in turn, in which one line, or the first values of one or two lists, are repeated. */
function repeating(bytes, readers) {
  if (bytes.length > 600) return []
  // one character a byte; the boundary is `b`
  const text = bytes.toString('latin1').replaceAll(/--(graphql|-)(?=\r?\n|--)/g, '--b')
  const lines = [...text.matchAll(/.*\n/g)].map(({ 0: piece, index }) => [{ piece, index }])
  const values = [...text.matchAll(/(?<=\[)(?=(\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}|"[^"]*"|\d+))/g)].map(
    ({ 1: piece, index }) => ({ piece: `${piece},`, index }),
  )
  const pairs = values.flatMap((first, i) =>
    values
      .slice(i + 1)
      .filter(({ index }) => index > first.index + first.piece.length)
      .map(second => [first, second]),
  )
  return [...lines, ...values.map(value => [value]), ...pairs].map((repeated, i) =>
    Buffer.concat([
      Buffer.from([readers[i % readers.length], i % 4]),
      Buffer.from(repeatedIn(text, repeated), 'latin1'),
    ]),
  )
}

/** The text with each of the pieces once more before itself, between the separators of fuzz_work. */
function repeatedIn(text, pieces) {
  let at = 0
  let stream = ''
  for (const { piece, index } of pieces) {
    stream += `${text.slice(at, index)}\xff${piece}\xff`
    at = index
  }
  return stream + text.slice(at)
}

function multipartOptions(options) {
  const { maxMessageBytes, maxHeaderBytes, jsonByDefault, boundary } = options
  const { contentType = `multipart/mixed; boundary="${boundary}"` } = options
  const line = Buffer.from(`${contentType}\n`)
  return [byte(maxMessageBytes), byte(maxHeaderBytes), byte(jsonByDefault), 0, ...line]
}

/** An option as a byte. 0 stands for a larger value and for an absent option. */
function byte(option = 0) {
  return Number(option) < 256 ? Number(option) : 0
}

function inputs(format, choose) {
  return loadVectors(format).map(({ input, options = {} }) =>
    Buffer.concat([Buffer.from(choose(options)), expandInput(input)]),
  )
}

function seed(target, corpus) {
  mkdirSync(corpus, { recursive: true })
  for (const bytes of seeds[target]()) {
    if (bytes.length > largestSeed) continue
    writeFileSync(join(corpus, createHash('sha1').update(bytes).digest('hex')), bytes)
  }
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', ...options })
  return { ...result, output: `${result.stdout ?? ''}${result.stderr ?? ''}` }
}

function must(command, args) {
  const { status, output } = run(command, args)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed\n${output}`)
}

await main(() => {
  const { values } = parseArgs({
    args: process.argv.slice(2),
    options: { minutes: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' } },
  })
  const seconds = Number(values.seconds ?? Number(values.minutes ?? 10) * 60)
  if (values.seed !== undefined && !/^\d+$/.test(values.seed))
    throw new Error('--seed must be a whole number')
  if (!(seconds > 0)) throw new Error('--minutes and --seconds must be numbers above 0')
  setup(['build', 'native'])
  if (!existsSync(join(root, 'build/fuzz/build.ninja'))) must('cmake', ['--preset', 'fuzz'])
  must('cmake', ['--build', '--preset', 'fuzz'])

  const folder = join(root, 'build/fuzz/tests/fuzz')
  const targets = readdirSync(folder).filter(name => /^fuzz_\w+$/.test(name))
  let failed = 0
  for (const target of targets) {
    const corpus = join(root, 'build/fuzz/corpus', target)
    const crashes = join(root, 'build/fuzz/crashes', target)
    seed(target, corpus)
    mkdirSync(crashes, { recursive: true })
    const share = Math.max(1, Math.floor(seconds / targets.length))
    console.log(`${target}: ${share} s`)
    const dictionary = join(root, 'tests/fuzz', `${target.slice('fuzz_'.length)}.dict`)
    const { status, output } = run(join(folder, target), [
      corpus,
      `-max_total_time=${share}`,
      `-seed=${values.seed ?? 0}`,
      '-max_len=8192',
      '-timeout=10',
      '-rss_limit_mb=2048',
      '-print_final_stats=1',
      `-artifact_prefix=${crashes}/`,
      ...(existsSync(dictionary) ? [`-dict=${dictionary}`] : []),
    ])
    const stat = name => output.match(new RegExp(`stat::${name}:\\s*(\\d+)`))?.[1]
    const coverage = output.match(/cov: (\d+)(?![\s\S]*cov: )/)?.[1]
    const runs = Number(stat('number_of_executed_units') ?? 0)
    console.log(`  ${runs} runs, ${stat('average_exec_per_sec') ?? 0}/s, ${coverage ?? 0} edges covered`)
    if (status === 0 && runs > 0) continue
    failed++
    console.log(output.split('\n').slice(-40).join('\n'))
    console.log(`  reproduce: ${join('build/fuzz/tests/fuzz', target)} FILE, with the file named above`)
  }
  console.log(`${targets.length - failed} passed, ${failed} failed`)
  process.exitCode = failed === 0 && targets.length > 0 ? 0 : 1
})
