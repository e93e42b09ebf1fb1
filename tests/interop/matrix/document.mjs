/** Writes docs/interop.md: the matrix, and what each server does differently. */

import { readdirSync } from 'node:fs'

const recordings = new URL('../../vectors/recorded/', import.meta.url)

const signs = { green: '✓', none: '–', red: '✗' }

/** How a subscription ends whose source has failed, if not with a result that has errors. */
const halfWays = {
  network: 'If the source of a subscription fails, the connection breaks off: the client reports `network`.',
  ended:
    'If the source of a subscription fails, the stream ends without a reason: the client reports `ended`.',
}

function table(rows, columns) {
  const line = cells => `| ${cells.join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')
}

/** The names of the recordings without what they show: server and version. */
function recorded() {
  const names = readdirSync(recordings).map(file => file.match(/^(.+?-(?:boot)?\d+(?:\.\d+)+)/)?.[1] ?? file)
  return [...new Set(names.map(name => `\`${name}\``))]
}

/** What a row does differently, in sentences. */
function differences({ row, results }) {
  const reasons = new Map()
  for (const [name, result] of results) {
    if (result?.state === 'none') reasons.set(result.reason, [...(reasons.get(result.reason) ?? []), name])
  }
  const { halfWay, hasNo, notes = [], findings = [] } = row
  return [
    ...[...reasons].map(([reason, names]) => {
      const isNamed = names.length > 4 || names.every(name => reason.includes(name))
      return `${upper(reason.replace('has ', ''))}${isNamed ? '' : ` (${names.join(', ')})`}.`
    }),
    ...(halfWays[halfWay] && !hasNo?.['half-way'] ? [halfWays[halfWay]] : []),
    ...notes,
    ...(findings.length > 0
      ? [`The inspector finds ${findings.map(rule => `\`${rule}\``).join(', ')}.`]
      : []),
  ]
}

/** A paragraph for each row that differs; rows that differ in the same way share one. */
function paragraphs(rows) {
  const shared = new Map()
  for (const entry of rows) {
    const text = differences(entry).join(' ')
    const name = `${entry.server.name}, ${entry.row.protocol}`
    if (text) shared.set(text, [...(shared.get(text) ?? []), name])
  }
  return [...shared].map(([text, names]) => `**${names.join('; ')}.** ${text}`).join('\n\n')
}

const upper = text => text[0].toUpperCase() + text.slice(1)

/** `rows` are `{ server, row, results }`, in the order of the table. */
export function document(rows, { date, node, chromium }) {
  const names = [...rows[0].results.keys()]
  const matrix = rows.map(({ server, row, results }) => [
    server.name,
    row.protocol,
    ...names.map(name => signs[results.get(name)?.state ?? 'none']),
  ])
  const versions = new Map(rows.map(({ server }) => [server.name, server]))
  return `# Tested servers

\`npm run interop\` sets up these servers in the user's cache folder, starts them, and runs the clients against each. It wrote this
page on ${date} with Node ${node} and Chromium ${chromium}. A cell that is red fails it. \`npm run interop -- strawberry gqlgen\`
runs those with these in their names.

${table(matrix, ['server', 'protocol', ...names])}

- **first**: a result is delivered while the server is silent. **order**: 500 results, in order. **text**: variables, and text of
  every length of UTF-8. **1 MiB**: one result of that size.
- **errors**: a document that cannot be validated or parsed, a resolver that fails, a refusal. **half-way**: the source fails after
  two results. **once**: a query, and a mutation that the server has counted. **@defer**: two payloads, merged.
- **unsubscribe**: the server has stopped the operation within a second; **in silence**: also while it sends nothing.
  **heartbeats**: an \`idleTimeout\` of less than the silence does not end a quiet stream.
- **fifty at once**. **restart**: the server is killed and started again; the client goes on, with \`on.gap\`, or after the last event
  id. **none left open**: after all that the server runs no operation.
- **inspector**: finds nothing but what is listed below. **browser**: a page of another origin in Chromium, with credentials.

## What each does differently

${paragraphs(rows)}

## Versions

The times of the set-up are those of two busy cores with packages that were cached. The first time takes longer.

${table(
  [...versions.values()].map(({ name, language, version, place }) => [
    name,
    version,
    language,
    place?.seconds === undefined ? '' : `${place.seconds} s`,
  ]),
  ['server', 'version', 'language', 'set-up'],
)}

## Recorded

\`npm test\` reads what these servers have sent, cut at every place, and compares the results: ${recorded().join(', ')}.
`
}
