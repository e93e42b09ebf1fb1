/** Saves traces as recordings, and opens recordings. */

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

/** Inspects a recording and adds it to `entries`. Resolves with its address. Rejects if the text is not a recording. */
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
