/**
 * `npm run soak` reads hundreds of streams of all protocols, in Node and in Chromium, through a proxy that resets,
 * truncates, stalls, delays, reslices and refuses. Each must receive every number once and in order, and leak nothing.
 * `-- --minutes N` or `-- --seconds N` sets the time, about two minutes by default.
 */

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from './build.mjs'
import { chromium, main, root, setup } from './setup.mjs'

const streamsAtOnce = 100
/** How long a round of undisturbed streams takes, in seconds. */
const roundSeconds = 4

function progress(where, { received, finished, streams, total }, chaos) {
  if (!process.stderr.isTTY) return
  const line = `${where}: ${received} of ${total} numbers, ${finished} of ${streams} streams done, ${chaos.open()} sockets`
  process.stderr.write(`\r${line.padEnd(100)}`)
}

function settle() {
  return new Promise(resolve => setTimeout(resolve, 300))
}

/**
 * Runs rounds until the time is up. `round` resolves with its problems; `measure` returns figures that must not grow.
 */
async function soak(where, seconds, { round, measure }) {
  const until = performance.now() + seconds * 1000
  const problems = []
  const samples = []
  let rounds = 0
  do {
    problems.push(...(await round(rounds++)))
    await settle()
    samples.push(await measure())
  } while (performance.now() < until && problems.length === 0)
  const [first, last] = [samples[Math.min(1, samples.length - 1)], samples.at(-1)]
  // the first rounds fill caches; later rounds must not add memory or open streams
  if (last.wasm > first.wasm)
    problems.push(`WebAssembly memory grew from ${first.wasm} to ${last.wasm} bytes`)
  if (last.heap > first.heap + 4e6) problems.push(`the heap grew from ${first.heap} to ${last.heap} bytes`)
  if (last.readers > 0) problems.push(`${last.readers} parsers were not freed`)
  return { where, rounds, problems, first, last }
}

async function inNode(seconds, chaos, size) {
  const { runStreams } = await import('../tests/soak/clients.mjs')
  const { unfreedReaders, wasmBytes } = await import('../tests/wasm-memory.mjs')
  return soak('Node', seconds, {
    round: () => runStreams(chaos.origin, size, status => progress('Node', status, chaos)),
    async measure() {
      globalThis.gc?.()
      return {
        heap: globalThis.gc ? process.memoryUsage().heapUsed : 0,
        wasm: wasmBytes(),
        readers: unfreedReaders(),
      }
    },
  })
}

async function inChromium(seconds, chaos, size) {
  const { chromium: launcher } = await import('@playwright/test')
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname
    if (path === '/') return response.setHeader('content-type', 'text/html').end('<!doctype html>')
    const file = await readFile(join(root, path)).catch(() => undefined)
    if (file === undefined) return response.writeHead(404).end()
    response.setHeader('content-type', 'text/javascript').end(file)
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const browser = await launcher.launch({
    executablePath: chromium(),
    args: ['--no-sandbox', '--disable-background-networking', '--js-flags=--expose-gc'],
  })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
    await page.evaluate(async () => {
      globalThis.soak = await import('/tests/soak/clients.mjs')
      globalThis.wasm = await import('/tests/wasm-memory.mjs')
    })
    return await soak('Chromium', seconds, {
      round: () =>
        page.evaluate(([origin, size]) => globalThis.soak.runStreams(origin, size), [chaos.origin, size]),
      measure: () =>
        page.evaluate(async () => {
          globalThis.gc()
          return {
            heap: performance.memory.usedJSHeapSize,
            wasm: globalThis.wasm.wasmBytes(),
            readers: globalThis.wasm.unfreedReaders(),
          }
        }),
    })
  } finally {
    await browser.close()
    server.close()
  }
}

await main(async args => {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string' },
      seconds: { type: 'string' },
      seed: { type: 'string', default: '1' },
    },
  })
  const seconds = Number(values.seconds ?? Number(values.minutes ?? 2) * 60)
  if (!(seconds > 0)) throw new Error('--minutes and --seconds must be numbers above 0')
  setup(['build', 'browser'])
  build()
  const { startChaos } = await import('../tests/soak/chaos.mjs')
  const results = []
  for (const [run, streams] of [
    [inNode, streamsAtOnce * 2],
    // a browser opens at most six connections over HTTP/1
    [inChromium, 30],
  ]) {
    const chaos = await startChaos({ seed: Number(values.seed) })
    const length = run === inNode ? 200 : 40
    const ms = (roundSeconds * 1000) / 400
    results.push(await run(seconds / 2, chaos, { streams, length, ms }))
    const dealt = Object.entries(chaos.counts).map(([name, count]) => `${name} ${count}`)
    await chaos.close()
    if (process.stderr.isTTY) process.stderr.write(`\r${''.padEnd(100)}\r`)
    const { where, rounds, problems, first, last } = results.at(-1)
    console.log(`${where}: ${rounds} rounds of ${streams} streams, ${length} numbers each`)
    console.log(`  what happened to the requests: ${dealt.join(', ')}`)
    console.log(
      `  WebAssembly memory ${first.wasm} → ${last.wasm} bytes, heap ${(first.heap / 1e6).toFixed(1)} → ${(last.heap / 1e6).toFixed(1)} MB`,
    )
    for (const problem of problems.slice(0, 20)) console.log(`  ${problem}`)
  }
  const failed = results.filter(({ problems }) => problems.length > 0).length
  console.log(`\n${results.length - failed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
  // a timer or socket that remains would keep the process alive
  setTimeout(() => {
    console.error(`still there: ${process.getActiveResourcesInfo().join(', ')}`)
    process.exit(1)
  }, 15_000).unref()
})
