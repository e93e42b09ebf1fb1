/** The open streams by kind, for the page's buttons that drop them or make the server refuse the next one. */

import { HttpError } from './http.mjs'

export const kinds = ['clock', 'table', 'answer']

/** The ways to refuse a stream. */
const refusals = {
  503: response =>
    response.writeHead(503, { 'content-type': 'text/plain' }).end('the demo was told to refuse this one'),
  204: response => response.writeHead(204).end(),
  'wrong-type': response =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<p>no event stream</p>'),
}

export class Streams {
  #open = new Map(kinds.map(kind => [kind, new Set()]))
  #refusing = new Map()

  /**
   * Begins an event stream on `response` and returns `send(text)`, or refuses it and returns undefined. `onClose` is
   * called once, when the connection has closed.
   */
  open(kind, response, onClose = () => {}) {
    const refuse = this.#refusing.get(kind)
    if (refuse !== undefined) {
      this.#refusing.delete(kind)
      refusals[refuse](response)
      return undefined
    }
    const open = this.#open.get(kind)
    open.add(response)
    response.on('close', () => {
      open.delete(response)
      onClose()
    })
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write('retry: 2000\n\n')
    return text => response.write(text)
  }

  /** Resets the connections of all open streams of a kind. Returns their number. */
  drop(kind) {
    const open = [...this.#opened(kind)]
    for (const response of open) response.socket?.resetAndDestroy()
    return open.length
  }

  /** Makes `open` refuse the next stream of a kind. */
  refuseNext(kind, how) {
    this.#opened(kind)
    if (!(how in refusals))
      throw new HttpError(400, `unknown refusal; use one of ${Object.keys(refusals).join(', ')}`)
    this.#refusing.set(kind, how)
  }

  counts() {
    return Object.fromEntries([...this.#open].map(([kind, open]) => [kind, open.size]))
  }

  #opened(kind) {
    const open = this.#open.get(kind)
    if (open === undefined) throw new HttpError(400, `unknown kind ${kind}; use one of ${kinds.join(', ')}`)
    return open
  }
}
