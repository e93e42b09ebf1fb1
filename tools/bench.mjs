/**
 * `npm run bench`: parsing in Node and in Chromium, and from fetch to the handler in Chromium, ours beside the peers.
 * `-- --quick` takes about a minute; `--node`, `--chromium`, `--start-up` and `--filter TEXT` leave parts out. Prints a table and
 * writes build/bench/results.json. It compares speeds and never fails on one; it fails where the contenders do not
 * deliver the same events.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { printers, printGraphql, printHead, printLateness, printRow, printStartUp } from '../bench/report.mjs'
import { build } from './build.mjs'
import { main, root, setup } from './setup.mjs'

async function inNode(settings) {
  printHead('parsing in Node, MB/s')
  const { measureAll } = await import('../bench/measure.mjs')
  const { measureGraphql, measureLateness } = await import('../bench/graphql.mjs')
  const parse = await measureAll(settings, row => printRow(row, false))
  console.log('\nGraphQL in Node: ratio over the fastest peer, and MB/s of each')
  const graphql = await measureGraphql(settings, row => printGraphql(row, false))
  const lateness = settings.filter ? undefined : await measureLateness()
  if (lateness) printLateness(lateness)
  return { parse, graphql, lateness }
}

async function inChromium(settings) {
  printHead('parsing in Chromium, MB/s')
  const { measureInChromium } = await import('../bench/chromium.mjs')
  const rows = { parse: [], graphql: [], lateness: [], 'end-to-end': [] }
  rows.userAgent = await measureInChromium(settings, (kind, row) => {
    rows[kind].push(row)
    printers[kind](row)
  })
  return rows
}

await main(async args => {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean' },
      node: { type: 'boolean' },
      chromium: { type: 'boolean' },
      'start-up': { type: 'boolean' },
      filter: { type: 'string' },
    },
  })
  setup(['browser'])
  build()
  const settings = { quick: Boolean(values.quick), filter: values.filter ?? '' }
  const all = !values.node && !values.chromium && !values['start-up']
  const results = {
    command: `npm run bench -- ${args.join(' ')}`,
    cpu: cpus()[0].model,
    node: process.version,
  }
  mkdirSync(join(root, 'build/bench'), { recursive: true })
  console.log(
    `${results.cpu}, Node ${results.node}; peer: eventsource-parser, f-e-s: fetch-event-source, floor: TextDecoder alone`,
  )
  if (all || values.node) results.nodeRows = await inNode(settings)
  if (all || values.chromium) results.chromium = await inChromium(settings)
  if (all || values['start-up']) {
    const { measureStartUp } = await import('../bench/start-up.mjs')
    results.startUp = await measureStartUp({ rounds: 15 })
    printStartUp(results.startUp)
  }
  writeFileSync(join(root, 'build/bench/results.json'), `${JSON.stringify(results, null, 2)}\n`)
  console.log('\nwritten to build/bench/results.json')
})
