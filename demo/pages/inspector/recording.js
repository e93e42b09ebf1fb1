/** Recordings: a trace as a file, and a file as what a trace would have told, at the times that were recorded. */

import { parseRecording, toRecording, traceRecording } from '/dist/devtools.js'

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
  const { url, connections } = await traceRecording(parseRecording(text))
  for (const connection of connections) {
    entries.begin(connection)
    for (const message of connection.messages) entries.add(connection, message)
    entries.end(connection)
  }
  entries.sort()
  return url
}
