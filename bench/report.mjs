/** Prints the results of the benchmark beside the targets. */

/**
 * The target ratios in Chromium: over eventsource-parser for parsing, over the browser's own EventSource, and over the
 * fastest peer for GraphQL.
 */
const targets = {
  parse: [
    { of: /^(?!big|heart).* 1400 B$/, ratio: 1.8 },
    { of: /./, ratio: 1 },
  ],
  graphql: [
    { of: /SSE, 370 B (64|16) KiB/, ratio: 3.5 },
    { of: /SSE, 370 B 1400 B/, ratio: 2.5 },
    { of: /one message/, ratio: 1.2 },
    { of: /multipart.* 300 B (64|16) KiB/, ratio: 2 },
    { of: /multipart.* 300 B 1400 B/, ratio: 1.6 },
    { of: /multipart.* 64 KiB 64 KiB/, ratio: 1.1 },
    { of: /multipart.* 64 KiB 1400 B/, ratio: 2.5 },
  ],
  'end-to-end': [
    { of: /EventSource, onmessage/, ratio: 2.5 },
    { of: /EventSource, (three listeners|a named event)/, ratio: 2 },
  ],
}

/** What is said of a ratio beside its target; empty where there is none. */
function verdict(kind, row, ratio) {
  const target = targets[kind].find(({ of }) => of.test(row))?.ratio
  return target === undefined ? '' : `  target ${target} ${ratio >= target ? 'reached' : 'missed'}`
}

const number = value => (value >= 100 ? value.toFixed(0) : value.toFixed(1)).padStart(7)

export function printHead() {
  console.log(
    `${'parsing, MB/s'.padEnd(34)}${'chunks'.padEnd(11)}   floor    peer    f-e-s    ours   ratio  (lowest–highest)`,
  )
}

function printParse(row, hasTargets) {
  const { workload, chunking, json, mbPerSecond: mb, ratio, lowest, highest } = row
  const speeds = ['TextDecoder', 'eventsource-parser', 'fetch-event-source', 'postsource'].map(name =>
    number(mb[name]),
  )
  const said = hasTargets && !json ? verdict('parse', `${workload} ${chunking}`, ratio) : ''
  console.log(
    `${(workload + (json ? ', JSON' : '')).padEnd(34)}${chunking.padEnd(11)}${speeds.join(' ')} ${ratio.toFixed(2).padStart(7)}` +
      `  (${lowest.toFixed(2)}–${highest.toFixed(2)})${said}`,
  )
}

function printEndToEnd({ workload, protocol, mbPerSecond }, hasTargets) {
  console.log(`\nfrom fetch to the handler over ${protocol}, MB/s: ${workload}`)
  for (const [name, mb] of Object.entries(mbPerSecond)) {
    const ratio = mb / mbPerSecond[name.replace('postsource', 'native')]
    const said = name.startsWith('postsource EventSource')
      ? `  ${ratio.toFixed(2)} of the native one${hasTargets ? verdict('end-to-end', name, ratio) : ''}`
      : ''
    console.log(`  ${name.padEnd(40)}${number(mb)}${said}`)
  }
}

function printGraphql(row, hasTargets) {
  const { workload, chunking, mbPerSecond, ratio, lowest, highest, lost } = row
  const speeds = Object.entries(mbPerSecond).map(
    ([name, mb]) => `${name} ${number(mb).trim()}${lost[name] ? ` (loses ${lost[name]} results)` : ''}`,
  )
  const said = hasTargets ? verdict('graphql', `${workload} ${chunking}`, ratio) : ''
  console.log(
    `${workload.padEnd(32)}${chunking.padEnd(12)}${ratio.toFixed(2).padStart(6)} (${lowest.toFixed(2)}–${highest.toFixed(2)})  ${speeds.join(', ')}${said}`,
  )
}

function printLatency({ rate, latencies }) {
  console.log(`\nfrom the write to the handler, ${rate}: milliseconds`)
  for (const [name, { p50, p99, longest }] of Object.entries(latencies)) {
    const figures = `p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)}, longest task ${longest.toFixed(1)}`
    console.log(`  ${name.padEnd(30)}${figures}`)
  }
}

function printMemory({ perStream, messages, grown }) {
  console.log(
    `\nheap of an open stream: ${(perStream / 1024).toFixed(1)} KiB; after ${messages} messages it grew by ${(grown / 1024).toFixed(0)} KiB`,
  )
}

export function printNative({ workload, chunking, instructions, ratio }) {
  const counted = instructions
    ? `${instructions.map(value => value.toFixed(2)).join(' and ')} instructions a byte, `
    : ''
  console.log(
    `native, ${workload}, ${chunking}: parser and memchr ${counted}time memchr over parser ${ratio.toFixed(2)}`,
  )
}

function printLateness(late) {
  console.log('\nresults delivered before the server sends the boundary after the first part')
  for (const [name, count] of Object.entries(late)) console.log(`  ${name.padEnd(30)}${count}`)
}

/** What a page's first stream may cost, in milliseconds: contender, figure and target. */
const startUpTargets = [
  ['loading-of-postsource', 'longest block', 2],
  ['parser-of-postsource', 'parser and first event', 3],
]
/** By how much its `open` may come after that of fetch with eventsource-parser. */
const laterOpen = 3

const median = values => values.toSorted((a, b) => a - b)[values.length >> 1]

/** `samples` by contender, each with the milliseconds of every figure. */
export function printStartUp(samples) {
  console.log('\nthe first stream of a page in Chromium, ms: median (best)')
  const of = (name, figure) => samples[name].map(sample => sample[figure])
  for (const [name, [sample]] of Object.entries(samples)) {
    const figures = Object.keys(sample).map(figure => {
      const values = of(name, figure)
      return `${figure} ${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)})`
    })
    console.log(`  ${name.padEnd(30)}${figures.join(', ')}`)
  }
  const later = median(of('postsource', 'open')) - median(of('eventsource-parser', 'open'))
  console.log(`  open ${later.toFixed(1)} ms after fetch with eventsource-parser, target ${laterOpen}`)
  for (const [name, figure, target] of startUpTargets)
    console.log(`  ${name}: ${figure} ${median(of(name, figure)).toFixed(1)} ms, target ${target}`)
}

/** Prints a row of each part. The second argument tells whether the targets are meant for its engine. */
export const printers = {
  parse: printParse,
  graphql: printGraphql,
  lateness: printLateness,
  'end-to-end': printEndToEnd,
  latency: printLatency,
  memory: printMemory,
}
