/** Writes a script to a response: pieces with pauses between them. */

import { setTimeout as pause } from 'node:timers/promises'

/**
 * Writes the pieces to `response` in turn. A string is text, in which `⏎` stands for CR LF and `↵` for LF; a Buffer is
 * written as it is; a number is a pause in milliseconds. Then ends the response, or with `breaks` resets the
 * connection. Stops when the client has gone.
 */
export async function play(response, pieces, { breaks = false } = {}) {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  response.flushHeaders()
  try {
    for (const piece of pieces) {
      if (typeof piece === 'number') await pause(piece, undefined, { signal: gone.signal })
      else response.write(typeof piece === 'string' ? textBytes(piece) : piece)
    }
  } catch (error) {
    if (!gone.signal.aborted) throw error
    return
  }
  if (breaks) response.socket?.resetAndDestroy()
  else response.end()
}

const textBytes = text => Buffer.from(text.replaceAll('⏎', '\r\n').replaceAll('↵', '\n'))
