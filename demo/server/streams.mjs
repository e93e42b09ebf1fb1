/** The streams that are open, by kind, so that the page's buttons can drop them or have the next ones refused. */

import { HttpError } from './http.mjs'

export const kinds = ['clock', 'table', 'answer']

/** What a refusal may be. */
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
   * Begins an event stream on `response`, unless this kind is to be refused: then it answers so and returns
   * undefined. Returns `send(text)`; `onClose` is called once when the connection has gone.
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

  /** Breaks every open stream of a kind off. Returns how many there were. */
  drop(kind) {
    const open = [...this.#opened(kind)]
    for (const response of open) response.socket?.resetAndDestroy()
    return open.length
  }

  /** Has the next request for a stream of this kind refused. */
  refuseNext(kind, how) {
    this.#opened(kind)
    if (!(how in refusals)) throw new HttpError(400, `refuse as one of ${Object.keys(refusals).join(', ')}`)
    this.#refusing.set(kind, how)
  }

  counts() {
    return Object.fromEntries([...this.#open].map(([kind, open]) => [kind, open.size]))
  }

  #opened(kind) {
    const open = this.#open.get(kind)
    if (open === undefined)
      throw new HttpError(400, `no streams of the kind ${kind}; there are ${kinds.join(', ')}`)
    return open
  }
}
