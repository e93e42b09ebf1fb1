/** Recordings: a trace as a file, and a file as what a trace would have told, at the times that were recorded. */

import { loadInspector, parseRecording, toRecording } from '/dist/devtools.js'

export function download({ url, connections }) {
  const text = JSON.stringify(toRecording({ url, connections }))
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const name = new URL(url, location.href).pathname.replace(/\W+/g, '-').replace(/^-|-$/g, '')
  const time = new Date().toISOString().slice(0, 19).replace(/\D/g, '')
  const link = Object.assign(document.createElement('a'), {
    href: address,
    download: `stream-${name}-${time}.json`,
  })
  link.click()
  // the download has begun by then
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

/** Inspects a recording anew and adds all of it to `entries`. Resolves with its address; rejects where it is none. */
export async function open(text, entries) {
  const recording = parseRecording(text)
  const inspector = await loadInspector()
  for (const [index, recorded] of recording.connections.entries()) {
    const connection = connectionOf(recorded, index + 1)
    entries.begin(connection)
    if (connection.status !== undefined) inspect(inspector, connection, entries)
    entries.end(connection)
  }
  entries.sort()
  return recording.url
}

function connectionOf(recorded, number) {
  const { startedAt, respondedAt, end, endedBy, chunks } = recorded
  return {
    ...recorded,
    number,
    requestHeaders: recorded.requestHeaders ?? [],
    respondedAt: respondedAt === undefined ? undefined : startedAt + respondedAt,
    endedAt: startedAt + end,
    chunks: chunks.map(([time, base64]) => [time, bytesFrom(base64)]),
    complete: endedBy === 'server',
    error: endedBy?.error,
    truncated: false,
  }
}

function inspect(inspector, connection, entries) {
  const { status, headers, method, protocol, startedAt, respondedAt, endedAt, complete, error } = connection
  const inspection = inspector.open({ status, headers, method, protocol, openedAt: 0 })
  const add = messages => {
    for (const message of messages) entries.add(connection, message)
  }
  const head = inspection.feed(new Uint8Array(), respondedAt - startedAt)
  add(head.map(message => ({ ...message, time: respondedAt - startedAt })))
  for (const [time, bytes] of connection.chunks) add(inspection.feed(bytes, time))
  // what its client has closed would have gone on
  if (complete || error !== undefined) add(inspection.finish(endedAt - startedAt))
  inspection.close()
}

function bytesFrom(base64) {
  return Uint8Array.from(atob(base64), character => character.charCodeAt(0))
}
