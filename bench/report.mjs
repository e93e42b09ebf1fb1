/** Prints the results of the benchmark beside the targets. */

/** The target ratios over eventsource-parser in Chromium, for parsing alone. */
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

export function printHead(title) {
  console.log(
    `\n${title}\n${'workload'.padEnd(30)}${'chunks'.padEnd(11)}   floor    peer    f-e-s    ours   ratio  (lowest–highest)`,
  )
}

export function printRow(row, withTargets) {
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

/** The target ratios over the browser's own EventSource, for each way to listen. */
const eventSourceTargets = { onmessage: 2.5, 'three listeners': 2, 'a named event': 2 }

function printEndToEnd({ workload, mbPerSecond }) {
  console.log(`\nfrom fetch to the handler in Chromium, MB/s: ${workload}`)
  for (const [name, mb] of Object.entries(mbPerSecond)) {
    const way = name.match(/^postsource EventSource, (.*)/)?.[1]
    const ratio = way && mb / mbPerSecond[`native EventSource, ${way}`]
    const verdict = way ? `  ${ratio.toFixed(2)} of the native one, target ${eventSourceTargets[way]}` : ''
    console.log(`  ${name.padEnd(40)}${number(mb)}${verdict}`)
  }
}

/** The target ratios over the fastest peer in Chromium, from chunks to parsed results. */
const graphqlTargets = [
  { workload: /SSE, 370 B/, chunking: /KiB|1400/, ratio: 3 },
  { workload: /multipart.*300 B/, chunking: /KiB/, ratio: 1.9 },
  { workload: /multipart.*64 KiB/, chunking: /1400/, ratio: 2.5 },
]

export function printGraphql(row, withTargets) {
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

export function printLateness(late) {
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

/** Prints a row of each kind that Chromium has measured. */
export const printers = {
  parse: row => printRow(row, true),
  graphql: row => printGraphql(row, true),
  lateness: printLateness,
  'end-to-end': printEndToEnd,
}
