/**
 * `npm run bench` measures ours beside the peers in Node and in three browsers: parsing, GraphQL, from fetch to the handler,
 * latency, memory, the first stream of a page, and the native parser. Prints tables and writes build/bench/results.json.
 * It compares speeds and never fails on one; it fails where the contenders do not deliver the same events.
 *
 * `-- --quick` takes a few minutes. `--engines node,chromium`, `--parts parse,graphql` and `--filter TEXT` leave things out.
 * `--document` writes the figures and the plots into docs/performance.md.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { engines as browsers } from '../bench/engines.mjs'
import { printers, printHead, printNative, printStartUp } from '../bench/report.mjs'
import { build } from './build.mjs'
import { main, root, setup } from './setup.mjs'

/** The measurements in each engine. `start-up` and `native` are made once. */
const parts = ['parse', 'graphql', 'lateness', 'end-to-end', 'latency', 'memory', 'start-up', 'native']
const engines = ['node', ...browsers]
const peers = [
  'eventsource-parser',
  '@microsoft/fetch-event-source',
  'graphql-sse',
  'meros',
  '@apollo/client',
]

async function inNode(settings, onRow) {
  const { measureAll } = await import('../bench/measure.mjs')
  const { measureGraphql, measureLateness } = await import('../bench/graphql.mjs')
  if (settings.parts.includes('parse')) await measureAll(settings, row => onRow('parse', row))
  if (settings.parts.includes('graphql')) await measureGraphql(settings, row => onRow('graphql', row))
  if (settings.parts.includes('lateness')) onRow('lateness', await measureLateness())
  return `Node ${process.version}`
}

async function inBrowser(engine, settings, onRow) {
  const { measureInBrowser } = await import('../bench/page-server.mjs')
  return measureInBrowser(engine, settings, onRow)
}

/** Measures in one engine. Resolves with its name and its rows by part. */
async function measure(engine, settings) {
  console.log(`\n${engine}`)
  if (settings.parts.includes('parse')) printHead()
  const rows = {}
  const onRow = (kind, row) => {
    rows[kind] ??= []
    rows[kind].push(row)
    printers[kind](row, engine === 'chromium')
  }
  const name = await (engine === 'node' ? inNode(settings, onRow) : inBrowser(engine, settings, onRow))
  return { name, ...rows }
}

/** The items of a list option, all of them by default. Throws for one that does not exist. */
function chosen(option, value, all) {
  const items = value?.split(',') ?? all
  const unknown = items.find(item => !all.includes(item))
  if (unknown !== undefined) throw new Error(`--${option} ${unknown}: it is one of ${all.join(', ')}`)
  return items
}

const versionOf = name =>
  JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version

/** Called after each engine too, so that a failure loses only what comes after it. */
function save(results) {
  mkdirSync(join(root, 'build/bench'), { recursive: true })
  writeFileSync(join(root, 'build/bench/results.json'), `${JSON.stringify(results, null, 2)}\n`)
}

await main(async args => {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean' },
      document: { type: 'boolean' },
      engines: { type: 'string' },
      parts: { type: 'string' },
      filter: { type: 'string' },
    },
  })
  const inEngines = chosen('engines', values.engines, engines)
  const ofParts = chosen('parts', values.parts ?? (values.filter ? 'parse,graphql' : undefined), parts)
  setup(['browser', 'engines', 'bench', ...(values.document ? ['plots'] : [])])
  build()
  const results = {
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    date: new Date().toISOString().slice(0, 10),
    cpu: `${cpus().length} cores of ${cpus()[0].model}`,
    peers: Object.fromEntries(peers.map(name => [name, versionOf(name)])),
    engines: {},
  }
  console.log(`${results.cpu}; peer: eventsource-parser, f-e-s: fetch-event-source, floor: TextDecoder alone`)
  for (const engine of inEngines) {
    // one engine is measured for long, the others for comparison
    const quick = values.quick === true || !['node', 'chromium'].includes(engine)
    results.engines[engine] = await measure(engine, { quick, filter: values.filter ?? '', parts: ofParts })
    save(results)
  }
  if (ofParts.includes('start-up')) {
    const { measureStartUp } = await import('../bench/start-up.mjs')
    results.startUp = await measureStartUp({ rounds: 15 })
    printStartUp(results.startUp)
  }
  if (ofParts.includes('native')) {
    const { measureNative } = await import('../bench/native.mjs')
    results.native = []
    measureNative(row => {
      results.native.push(row)
      printNative(row)
    })
  }
  save(results)
  console.log('\nwritten to build/bench/results.json')
  if (values.document) {
    const { writeDocument } = await import('../bench/document.mjs')
    await writeDocument(results)
    console.log('written to docs/performance.md and docs/pictures/')
  }
})
