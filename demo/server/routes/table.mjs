/**
 * A table of messages: /realtime-demo/message and /realtime-demo/message/ID. With `?stream=sse` they are streams of its
 * changes. The events' ids are keys of records, not cursors: a Last-Event-ID has no effect.
 */

import { formatEvent, HttpError, readJson, sendJson } from '../http.mjs'

const mostRecords = 200
const pingMs = 10_000

export function table(streams) {
  const records = new Map([['msg-1', { id: 'msg-1', title: 'Hello', content: 'The first record' }]])
  const watchers = new Set()
  let created = 1

  function publish(event, id, data) {
    const text = formatEvent({ event, id, data: JSON.stringify(data) })
    for (const watcher of watchers)
      if (watcher.id === undefined || watcher.id === id || id === undefined) watcher.send(text)
  }

  function watch(response, id) {
    const watcher = { id }
    const send = streams.open('table', response, () => {
      clearInterval(timer)
      watchers.delete(watcher)
    })
    if (send === undefined) return
    watcher.send = send
    watchers.add(watcher)
    const timer = setInterval(() => send(formatEvent({ event: 'ping', data: '{}' })), pingMs)
    send(formatEvent({ event: 'message', data: JSON.stringify({ type: 'connected', status: 'ok' }) }))
    for (const record of records.values()) {
      if (id === undefined || record.id === id)
        send(formatEvent({ event: 'update', id: record.id, data: JSON.stringify(record) }))
    }
  }

  async function write(request, response, id) {
    const { title, content, id: wanted } = await readJson(request)
    const key = id ?? wanted ?? `msg-${created + 1}`
    if (typeof key !== 'string' || !/^[\w-]{1,64}$/.test(key))
      throw new HttpError(400, 'an id must have 1 to 64 letters, digits, - or _')
    const before = records.get(key)
    if (before === undefined && records.size >= mostRecords)
      throw new HttpError(409, `the table is full; it holds at most ${mostRecords} records`)
    created++
    const record = {
      id: key,
      title: String(title ?? before?.title ?? ''),
      content: String(content ?? before?.content ?? ''),
    }
    records.set(key, record)
    publish('update', key, record)
    sendJson(response, before === undefined ? 201 : 200, record)
  }

  function find(id) {
    const record = records.get(id)
    if (record === undefined) throw new HttpError(404, `no record ${id}`)
    return record
  }

  return async ({ request, response, url, rest: id }) => {
    if (id === 'publish' && request.method === 'POST') {
      publish('publish', undefined, await readJson(request))
      return sendJson(response, 202, {})
    }
    if (request.method === 'GET' && url.searchParams.get('stream') === 'sse') return watch(response, id)
    if (request.method === 'GET')
      return sendJson(response, 200, id === undefined ? [...records.values()] : find(id))
    if (request.method === 'POST' && id === undefined) return write(request, response)
    if (request.method === 'PUT' && id !== undefined) return write(request, response, id)
    if (request.method === 'DELETE' && id !== undefined) {
      find(id)
      records.delete(id)
      publish('delete', id, { id })
      return sendJson(response, 200, { id })
    }
    throw new HttpError(405, `${request.method} is not accepted here`)
  }
}
