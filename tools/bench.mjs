/**
 * `npm run bench`: parsing in Node and in Chromium, and from fetch to the handler in Chromium, ours beside the peers.
 * `-- --quick` takes about a minute; `--node`, `--chromium` and `--filter TEXT` leave parts out. Prints a table and
 * writes build/bench/results.json. It compares speeds and never fails on one; it fails where the contenders do not
 * deliver the same events.
 */

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from './build.mjs'
import { chromium, main, root, setup } from './setup.mjs'

/** What to reach over eventsource-parser in Chromium, parsing alone. */
const targets = [
  { workload: /^token events, 175|^GraphQL next, 370/, chunking: /KiB/, ratio: 1.5 },
  { workload: /^token events, 175|^GraphQL next, 370/, chunking: /1400/, ratio: 2 },
  { workload: /^big/, chunking: /KiB|1400/, ratio: 2.5 },
  { workload: /./, chunking: /one event/, ratio: 1 },
  { workload: /CJK/, chunking: /./, ratio: 1 },
]

const targetOf = ({ workload, chunking, json }) =>
  json
    ? undefined
    : targets.find(target => target.workload.test(workload) && target.chunking.test(chunking))?.ratio

const number = value => (value >= 100 ? value.toFixed(0) : value.toFixed(1)).padStart(7)

function printHead(title) {
  console.log(
    `\n${title}\n${'workload'.padEnd(30)}${'chunks'.padEnd(11)}   floor    peer    f-e-s    ours   ratio  (lowest–highest)`,
  )
}

function printRow(row, withTargets) {
  const { workload, chunking, json, mbPerSecond: mb, ratio, lowest, highest } = row
  const speeds = ['TextDecoder', 'eventsource-parser', 'fetch-event-source', 'postsource'].map(name =>
    number(mb[name]),
  )
  const target = withTargets ? targetOf(row) : undefined
  const verdict = target === undefined ? '' : `  target ${target} ${ratio >= target ? 'reached' : 'missed'}`
  console.log(
    `${(workload + (json ? ', JSON' : '')).padEnd(30)}${chunking.padEnd(11)}${speeds.join(' ')} ${ratio.toFixed(2).padStart(7)}` +
      `  (${lowest.toFixed(2)}–${highest.toFixed(2)})${verdict}`,
  )
}

function printEndToEnd({ workload, mbPerSecond }) {
  console.log(`\nfrom fetch to the handler in Chromium, MB/s: ${workload}`)
  for (const [name, mb] of Object.entries(mbPerSecond)) console.log(`  ${name.padEnd(30)}${number(mb)}`)
}

/** What to reach over the fastest peer in Chromium, from chunks to parsed results. */
const graphqlTargets = [
  { workload: /SSE, 370 B/, chunking: /KiB|1400/, ratio: 3 },
  { workload: /multipart.*300 B/, chunking: /KiB/, ratio: 1.9 },
  { workload: /multipart.*64 KiB/, chunking: /1400/, ratio: 2.5 },
]

function printGraphql(row, withTargets) {
  const { workload, chunking, mbPerSecond, ratio, lowest, highest, lost } = row
  const speeds = Object.entries(mbPerSecond).map(
    ([name, mb]) => `${name} ${number(mb).trim()}${lost[name] ? ` (loses ${lost[name]} results)` : ''}`,
  )
  const target = graphqlTargets.find(
    entry => entry.workload.test(workload) && entry.chunking.test(chunking),
  )?.ratio
  const verdict = target && withTargets ? `  target ${target} ${ratio >= target ? 'reached' : 'missed'}` : ''
  console.log(
    `${workload.padEnd(32)}${chunking.padEnd(12)}${ratio.toFixed(2).padStart(6)} (${lowest.toFixed(2)}–${highest.toFixed(2)})  ${speeds.join(', ')}${verdict}`,
  )
}

function printLateness(late) {
  console.log('\nresults handed out while the server waits with the boundary behind the first')
  for (const [name, count] of Object.entries(late)) console.log(`  ${name.padEnd(30)}${count}`)
}

const printers = {
  parse: row => printRow(row, true),
  graphql: row => printGraphql(row, true),
  lateness: printLateness,
  'end-to-end': printEndToEnd,
}

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

/** Serves the page and the streams, and starts a Chromium that nothing is attached to: a debugger slows streams. */
async function inChromium(settings) {
  const { build: bundle } = await import('esbuild')
  const { concat, makeChunks } = await import('../bench/workloads.mjs')
  const folder = join(root, 'build/bench')
  await bundle({
    entryPoints: [join(root, 'bench/browser.mjs')],
    outfile: join(folder, 'browser.js'),
    bundle: true,
    format: 'esm',
    logLevel: 'error',
  })
  const streams = ['token events, 175 B', 'GraphQL next, 370 B'].map((name, i) => ({
    name,
    url: `/stream/${i}`,
    body: Buffer.from(concat(makeChunks(name, '64 KiB', settings.quick ? 8 << 20 : 32 << 20))),
  }))
  const rows = { parse: [], graphql: [], lateness: [], 'end-to-end': [] }
  printHead('parsing in Chromium, MB/s')

  const profile = mkdtempSync(join(tmpdir(), 'postsource-bench-'))
  let browser
  try {
    rows.userAgent = await new Promise((resolve, reject) => {
      const handlers = {
        '/': response =>
          response
            .setHeader('content-type', 'text/html')
            .end('<script type="module" src="/browser.js"></script>'),
        '/browser.js': response =>
          response.setHeader('content-type', 'text/javascript').end(readFileSync(join(folder, 'browser.js'))),
        '/settings': response =>
          response.end(
            JSON.stringify({
              ...settings,
              streams: streams.map(({ name, url, body }) => ({ name, url, bytes: body.length })),
            }),
          ),
      }
      const server = createServer(async (request, response) => {
        // an isolated page has the finer clock
        response.setHeader('cross-origin-opener-policy', 'same-origin')
        response.setHeader('cross-origin-embedder-policy', 'require-corp')
        const { pathname } = new URL(request.url, 'http://localhost')
        const stream = streams.find(({ url }) => url === pathname)
        if (stream) return response.setHeader('content-type', 'text/event-stream').end(stream.body)
        if (handlers[pathname]) return handlers[pathname](response)
        if (pathname !== '/report') return response.writeHead(404).end()
        const parts = []
        for await (const part of request) parts.push(part)
        response.end()
        const { kind, row } = JSON.parse(Buffer.concat(parts))
        if (kind === 'done' || kind === 'failed') server.close()
        if (kind === 'done') return resolve(row)
        if (kind === 'failed') return reject(new Error(row))
        rows[kind].push(row)
        printers[kind](row)
      })
      server.listen(0, '127.0.0.1', () => {
        const flags = [
          '--headless',
          '--no-sandbox',
          '--disable-gpu',
          '--no-first-run',
          '--disable-background-networking',
          '--mute-audio',
        ]
        const url = `http://127.0.0.1:${server.address().port}/`
        browser = spawn(chromium(), [...flags, `--user-data-dir=${profile}`, url], { stdio: 'ignore' })
        browser.on('exit', code => reject(new Error(`Chromium ended with status ${code}`)))
      })
    })
  } finally {
    browser?.removeAllListeners('exit')
    await new Promise(resolve => (browser ? browser.once('exit', resolve).kill() || resolve() : resolve()))
    try {
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
    } catch {
      // its children may still write; the results are worth more than a clean temporary folder
    }
  }
  return rows
}

await main(async args => {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean' },
      node: { type: 'boolean' },
      chromium: { type: 'boolean' },
      filter: { type: 'string' },
    },
  })
  setup(['browser'])
  build()
  const settings = { quick: Boolean(values.quick), filter: values.filter ?? '' }
  const both = !values.node && !values.chromium
  const results = {
    command: `npm run bench -- ${args.join(' ')}`,
    cpu: cpus()[0].model,
    node: process.version,
  }
  mkdirSync(join(root, 'build/bench'), { recursive: true })
  console.log(
    `${results.cpu}, Node ${results.node}; peer: eventsource-parser, f-e-s: fetch-event-source, floor: TextDecoder alone`,
  )
  if (both || values.node) results.nodeRows = await inNode(settings)
  if (both || values.chromium) results.chromium = await inChromium(settings)
  writeFileSync(join(root, 'build/bench/results.json'), `${JSON.stringify(results, null, 2)}\n`)
  console.log('\nwritten to build/bench/results.json')
})
