/** Writes the figures of a run into docs/performance.md, between its comments, and draws its plots. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../tools/setup.mjs'

const page = join(root, 'docs/performance.md')
const pictures = join(root, 'docs/pictures')

const fixed = (value, digits = 1) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(digits))
const median = values => values.toSorted((a, b) => a - b)[values.length >> 1]
const unique = values => [...new Set(values)]

function table(head, rows) {
  const line = cells => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n')
}

/** A table of the ratios of `rows`, with a line for each workload and a column for each size of chunk. */
function ratioTable(rows, lineOf = ({ workload }) => workload) {
  const columns = unique(rows.map(({ chunking }) => chunking))
  const ratio = (line, chunking) =>
    rows.find(row => lineOf(row) === line && row.chunking === chunking)?.ratio.toFixed(2) ?? ''
  return table(
    ['chunks of', ...columns],
    unique(rows.map(lineOf)).map(line => [line, ...columns.map(column => ratio(line, column))]),
  )
}

const withJson = ({ workload, json }) => (json ? `${workload}, with \`JSON.parse\`` : workload)

function endToEnd(rows) {
  const columns = rows.map(({ workload, protocol }) => `${workload}, ${protocol}`)
  const lines = unique(rows.flatMap(({ mbPerSecond }) => Object.keys(mbPerSecond)))
  return table(
    ['MB/s', ...columns],
    lines.map(line => [
      line,
      ...rows.map(({ mbPerSecond: mb }) => {
        if (mb[line] === undefined) return ''
        const native = mb[line.replace('postsource', 'native')]
        const ratio = line.startsWith('postsource EventSource') ? ` (${(mb[line] / native).toFixed(2)}×)` : ''
        return fixed(mb[line]) + ratio
      }),
    ]),
  )
}

function latency(rows) {
  return table(
    ['milliseconds', ...rows.map(({ rate }) => `${rate}: p50, p99, longest task`)],
    Object.keys(rows[0].latencies).map(name => [
      name,
      ...rows.map(({ latencies }) => {
        const { p50, p99, longest } = latencies[name]
        return [p50, p99, longest].map(value => fixed(value, 2)).join(', ')
      }),
    ]),
  )
}

function startUp(samples) {
  const figures = unique(Object.values(samples).flatMap(([sample]) => Object.keys(sample)))
  return table(
    ['milliseconds, median (best)', ...figures],
    Object.entries(samples).map(([name, taken]) => [
      name.replaceAll('-of-', ' of ').replace('loading', 'loading the module'),
      ...figures.map(figure => {
        const values = taken.map(sample => sample[figure]).filter(Number.isFinite)
        return values.length === 0 ? '' : `${median(values).toFixed(1)} (${Math.min(...values).toFixed(1)})`
      }),
    ]),
  )
}

function native(rows) {
  return table(
    ['events, chunks of', 'instructions a byte', 'of `memchr`', 'time of `memchr` over the parser’s'],
    rows.map(({ workload, chunking, instructions, ratio }) => [
      `${workload}, ${chunking}`,
      ...(instructions?.map(value => value.toFixed(2)) ?? ['', '']),
      ratio.toFixed(2),
    ]),
  )
}

/** The ratios of the main cases in every engine. */
function byEngine(engines) {
  const names = Object.keys(engines)
  const cell = (engine, kind, find) => engines[engine][kind]?.find(find)
  const parse = (workload, chunking) => [
    `parsing ${workload} in chunks of ${chunking}, over eventsource-parser`,
    engine =>
      cell(engine, 'parse', row => row.workload === workload && row.chunking === chunking && !row.json)
        ?.ratio,
  ]
  const graphql = (workload, chunking) => [
    `${workload} in chunks of ${chunking}, over the fastest peer`,
    engine => cell(engine, 'graphql', row => row.workload === workload && row.chunking === chunking)?.ratio,
  ]
  const source = way => [
    `EventSource with ${way}, over the browser’s own`,
    engine => {
      const row = cell(
        engine,
        'end-to-end',
        ({ protocol, mbPerSecond }) => protocol === 'HTTP/1.1' && `native EventSource, ${way}` in mbPerSecond,
      )
      return (
        row &&
        row.mbPerSecond[`postsource EventSource, ${way}`] / row.mbPerSecond[`native EventSource, ${way}`]
      )
    },
  ]
  const lines = [
    source('onmessage'),
    source('three listeners'),
    source('a named event'),
    parse('token events, 175 B', '1400 B'),
    parse('token events, 175 B', 'one event'),
    graphql('GraphQL over SSE, 370 B', '1400 B'),
    graphql('GraphQL over SSE, 370 B', 'one message'),
    graphql('multipart subscription, 300 B', 'one message'),
  ]
  return table(
    ['ratio', ...names.map(name => engines[name].name)],
    lines.map(([line, of]) => [line, ...names.map(name => of(name)?.toFixed(2) ?? '')]),
  )
}

/** The text of each block, undefined if the run has not measured it. */
const blocks = {
  machine: ({ command, date, cpu, engines, peers }) =>
    `Measured on ${date} by \`${command}\` on ${cpu}, in ${Object.values(engines)
      .map(({ name }) => engineName(name))
      .join(', ')}. The peers: ${Object.entries(peers)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
  'end-to-end': ({ engines }) => engines.chromium?.['end-to-end'] && endToEnd(engines.chromium['end-to-end']),
  parsing: ({ engines }) => engines.chromium?.parse && ratioTable(engines.chromium.parse, withJson),
  node: ({ engines }) => engines.node?.parse && ratioTable(engines.node.parse.filter(({ json }) => !json)),
  graphql: ({ engines }) => engines.chromium?.graphql && ratioTable(engines.chromium.graphql),
  latency: ({ engines }) => engines.chromium?.latency && latency(engines.chromium.latency),
  memory: ({ engines }) => {
    const [row] = engines.chromium?.memory ?? []
    return (
      row &&
      `An open EventSource takes ${(row.perStream / 1024).toFixed(1)} KiB of the page's heap. After ${row.messages.toLocaleString('en')} messages on one stream the heap was ${Math.max(0, row.grown / 1024).toFixed(0)} KiB larger.`
    )
  },
  'start-up': results => results.startUp && startUp(results.startUp),
  engines: ({ engines }) => {
    const named = Object.fromEntries(
      Object.entries(engines).map(([key, rows]) => [key, { ...rows, name: engineName(rows.name) }]),
    )
    return Object.keys(engines).length > 1 ? byEngine(named) : undefined
  },
  native: results => results.native && native(results.native),
}

/** A browser's name and major version, from its user agent. */
function engineName(userAgent) {
  const [, name, version] =
    userAgent.match(/(Firefox|Chrome)\/(\d+)/) ?? userAgent.match(/(Version)\/(\d+)/) ?? []
  if (name === undefined) return userAgent
  return `${{ Chrome: 'Chromium', Version: 'WebKit' }[name] ?? name} ${version}`
}

/** A heat map of ratios: one cell for a workload and a size of chunk, green above 1 and red below. */
function heatMap(title, rows) {
  const columns = unique(rows.map(({ chunking }) => chunking))
  const x = { field: 'chunking', title: 'chunks of', sort: columns, axis: { orient: 'top', labelAngle: 0 } }
  const y = { field: 'workload', title: null, sort: unique(rows.map(({ workload }) => workload)) }
  const color = {
    field: 'ratio',
    legend: null,
    scale: { type: 'log', domain: [0.5, 1, 4], range: ['#e34a33', '#f7f7f7', '#31a354'], clamp: true },
  }
  return {
    title,
    width: columns.length * 84,
    height: { step: 30 },
    data: { values: rows },
    encoding: { x, y },
    layer: [
      { mark: { type: 'rect', stroke: 'white' }, encoding: { color } },
      { mark: { type: 'text' }, encoding: { text: { field: 'ratio', format: '.2f' } } },
    ],
  }
}

/** Bars of MB/s for each way to read a stream. */
function bars(title, rows) {
  const values = rows.flatMap(({ workload, mbPerSecond }) =>
    Object.entries(mbPerSecond).map(([name, speed]) => ({
      workload,
      name,
      speed,
      isOurs: name.startsWith('postsource'),
    })),
  )
  return {
    title,
    data: { values },
    facet: {
      row: {
        field: 'workload',
        title: null,
        header: { labelAngle: 0, labelAnchor: 'start', labelOrient: 'top' },
      },
    },
    resolve: { scale: { y: 'independent' } },
    spec: {
      width: 420,
      height: { step: 20 },
      encoding: {
        y: {
          field: 'name',
          title: null,
          sort: unique(values.map(({ name }) => name)),
        },
        x: { field: 'speed', type: 'quantitative', title: 'MB/s' },
      },
      layer: [
        {
          mark: 'bar',
          encoding: {
            color: {
              field: 'isOurs',
              legend: null,
              scale: { domain: [false, true], range: ['#9aa5b1', '#2b6cb0'] },
            },
          },
        },
        {
          mark: { type: 'text', align: 'left', dx: 4 },
          encoding: { text: { field: 'speed', format: '.0f' } },
        },
      ],
    },
  }
}

const plots = {
  'end-to-end': ({ engines }) =>
    engines.chromium?.['end-to-end'] &&
    bars(
      'From fetch to the handler in Chromium, over HTTP/1.1',
      engines.chromium['end-to-end'].filter(({ protocol }) => protocol === 'HTTP/1.1'),
    ),
  parsing: ({ engines }) =>
    engines.chromium?.parse &&
    heatMap(
      'Parsing in Chromium: speed over eventsource-parser',
      engines.chromium.parse.filter(({ json }) => !json),
    ),
  graphql: ({ engines }) =>
    engines.chromium?.graphql &&
    heatMap('GraphQL in Chromium: speed over the fastest peer', engines.chromium.graphql),
}

async function draw(spec) {
  const [{ compile }, { Error: error, logger, parse, View }] = await Promise.all([
    import('vega-lite'),
    import('vega'),
  ])
  const config = {
    background: 'white',
    font: 'system-ui, sans-serif',
    padding: 10,
    view: { stroke: null },
    axis: { labelLimit: 400 },
  }
  return new View(parse(compile({ ...spec, config }, { logger: logger(error) }).spec), {
    renderer: 'none',
  }).toSVG()
}

/** Writes docs/performance.md and docs/pictures/. What the run has not measured stays as it is. */
export async function writeDocument(results) {
  let text = readFileSync(page, 'utf8')
  for (const [name, of] of Object.entries(blocks)) {
    const content = of(results)
    const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`]
    if (!text.includes(begin) || !text.includes(end))
      throw new Error(`docs/performance.md has no place for ${name}`)
    if (content === undefined) continue
    const at = text.indexOf(begin) + begin.length
    text = `${text.slice(0, at)}\n${content}\n\n${text.slice(text.indexOf(end))}`
  }
  writeFileSync(page, text)
  mkdirSync(pictures, { recursive: true })
  for (const [name, of] of Object.entries(plots)) {
    const spec = of(results)
    if (spec) writeFileSync(join(pictures, `${name}.svg`), `${await draw(spec)}\n`)
  }
}
