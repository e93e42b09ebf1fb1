/** A clock with numbers for ids: GET /clock?every=MS. A Last-Event-ID resumes it right after that number. */

import { formatEvent, HttpError } from '../http.mjs'

export function clock(streams) {
  return ({ request, response, url }) => {
    if (request.method !== 'GET') throw new HttpError(405, 'only GET is accepted here')
    const every = Number(url.searchParams.get('every') ?? 1000)
    if (!(every >= 10 && every <= 60_000))
      throw new HttpError(400, 'every must be a number of milliseconds from 10 to 60000')
    const last = Number(request.headers['last-event-id'] ?? 0)
    let number = Number.isSafeInteger(last) && last >= 0 ? last : 0

    const send = streams.open('clock', response, () => clearInterval(timer))
    const tick = () => send?.(formatEvent({ id: ++number, data: new Date().toISOString() }))
    const timer = send && setInterval(tick, every)
    if (send) tick()
  }
}
