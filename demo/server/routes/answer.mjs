/**
 * An answer that is sent token by token: POST /answer with {"prompt"}. Its events have no ids, like those of language
 * models. With `?ids=1` every event has one, and a Last-Event-ID resumes the answer without repeating a token.
 */

import { formatEvent, HttpError, readJson } from '../http.mjs'

const tokenMs = 60

export function answer(streams) {
  return async ({ request, response, url }) => {
    if (request.method !== 'POST') throw new HttpError(405, 'only POST is accepted here')
    const { prompt } = await readJson(request)
    if (typeof prompt !== 'string' || prompt.trim() === '')
      throw new HttpError(400, 'the body must have a prompt')
    const every = Number(url.searchParams.get('every') ?? tokenMs)
    if (!(every >= 1 && every <= 5000))
      throw new HttpError(400, 'every must be a number of milliseconds from 1 to 5000')

    const withIds = url.searchParams.has('ids')
    const tokens = tokensFor(prompt.trim().slice(0, 200))
    let next = withIds ? Number(request.headers['last-event-id'] ?? 0) || 0 : 0
    const send = streams.open('answer', response, () => clearInterval(timer))
    const timer =
      send &&
      setInterval(() => {
        if (next >= tokens.length) {
          response.end(formatEvent({ event: 'done', data: '{}' }))
          return clearInterval(timer)
        }
        const token = tokens[next++]
        send(formatEvent({ id: withIds ? next : undefined, data: JSON.stringify({ token }) }))
      }, every)
  }
}

function tokensFor(prompt) {
  const text =
    `You asked: “${prompt}”. This answer was written beforehand, but it reaches you as a language model's would: ` +
    'one event a token, over one POST. Drop the connection on the way and see what happens: without ids the source ' +
    'closes, because asking again would start over and cost again; with ids it goes on where it was. ✓'
  return text.match(/\S+\s*/g)
}
