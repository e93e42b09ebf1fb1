/** The trace of `traceStream`, and recordings: written, read, replayed. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { format } from 'node:util'
import { EventSource, readEvents } from 'postsource'
import {
  bytesOf,
  inspect,
  loadInspector,
  parseRecording,
  replayFetch,
  replayTrace,
  statsOf,
  toRecording,
  traceRecording,
  traceStream,
  watch,
  watchPage,
} from 'postsource/devtools'
import { createClient } from 'postsource/graphql'
import { serve } from '../../interop/servers/serve.mjs'

const sse = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }

let server
let handle
before(async () => {
  server = await serve((request, response) => handle(request, response))
})
after(() => server.close())

const answers = text => {
  handle = (_, response) => response.writeHead(200, sse).end(text)
}
async function traceOf(options) {
  const trace = traceStream(server.origin, { reconnect: false, ...options })
  await trace.ended
  return trace
}
const connection = ({ text = '', ...more }) => ({
  url: 'https://example.com/events',
  method: 'GET',
  startedAt: 0,
  respondedAt: 1,
  status: 200,
  headers: Object.entries(sse),
  chunks: text ? [[2, btoa(text)]] : [],
  end: 3,
  endedBy: 'server',
  ...more,
})
const recordingOf = (...connections) => ({ version: 1, url: 'https://example.com/events', connections })

test('the oldest messages go first, the first bytes are kept, and all are counted', async () => {
  answers(Array.from({ length: 100 }, (_, i) => `data: ${100 + i}\n\n`).join(''))
  const trace = await traceOf({ maxMessages: 20, maxBytes: 500 })
  const [{ messages, dropped, chunks, truncated, bytes }] = trace.connections
  assert.ok(messages.length <= 22, `${messages.length}`)
  assert.equal(messages.length + dropped, 100 + 2)
  assert.equal(messages.at(-2).payload, 199)
  assert.equal(bytes, 1100)
  assert.equal(truncated, true)
  assert.ok(chunks.reduce((sum, [, chunk]) => sum + chunk.length, 0) <= 500)
  assert.deepEqual(toRecording(trace).connections[0].endedBy, { error: 'the recording was full' })
  const { messages: counted, bytes: countedBytes } = statsOf(trace)
  assert.deepEqual([counted, countedBytes], [100, 1100])
})

test('dropped messages still count: findings are counted, and no false silence is reported', async () => {
  handle = async (_, response) => {
    response.writeHead(200, sse)
    for (let i = 0; i < 30; i++) {
      response.write('x: 1\ndata: 1\n\n')
      await sleep(20)
    }
    response.end()
  }
  const all = statsOf(await traceOf())
  const few = statsOf(await traceOf({ maxMessages: 1, maxBytes: 40 }))
  assert.ok(all.findings.warning + all.findings.error + all.findings.note > 0)
  assert.deepEqual(few.findings, all.findings)
  assert.ok(few.longestSilence < 400, `${few.longestSilence}`)
})

test('a stream of many connections: the oldest go, but for the first; all are counted', async () => {
  handle = ({ headers }, response) => {
    const last = Number(headers['last-event-id'] ?? 0)
    if (last === 9) response.writeHead(204).end()
    else response.writeHead(200, sse).end(`retry: 1\nid: ${last + 1}\ndata: 1\n\n`)
  }
  const trace = await traceOf({ reconnect: true, maxConnections: 3 })
  assert.deepEqual(
    trace.connections.map(({ number }) => number),
    [1, 9, 10],
  )
  const { connections, messages, bytes } = statsOf(trace)
  assert.deepEqual([connections, messages, bytes], [10, 9, 9 * 'retry: 1\nid: 1\ndata: 1\n\n'.length])
})

test('a stream that failed is played whole, however fast', async () => {
  const chunks = Array.from({ length: 50 }, (_, i) => [i, btoa(`x: 1\ndata: ${i}\n\n`)])
  const failed = { ...connection({}), chunks, end: 60 }
  for (const endedBy of ['server', 'client', { error: 'reset' }]) {
    const trace = replayTrace(recordingOf({ ...failed, endedBy }), { speed: Number.POSITIVE_INFINITY })
    await trace.ended
    assert.equal(trace.messages.filter(({ kind }) => kind === 'event').length, 50, JSON.stringify(endedBy))
  }
})

test('a request that is refused is over when its answer has come, however long the next one lasts', async () => {
  handle = ({ headers }, response) => {
    if (headers.accept === 'text/event-stream')
      return response
        .writeHead(406, { 'content-type': 'application/json' })
        .end('{"errors":[{"message":"no"}]}')
    response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=graphql; subscriptionSpec=1.0' })
    response.write(
      '\r\n--graphql\r\nContent-Type: application/json\r\n\r\n{"payload":{"data":{"n":1}}}\r\n--graphql',
    )
  }
  const trace = traceStream(server.origin, { query: 'subscription { n }' })
  await new Promise(resolve => {
    trace.addEventListener('message', ({ message }) => message.kind === 'result' && message.part && resolve())
  })
  const [refused, open] = trace.connections
  assert.ok(refused.endedAt <= open.startedAt)
  assert.equal(refused.complete, true)
  assert.deepEqual(
    refused.messages.map(({ kind }) => kind),
    ['response', 'result', 'end'],
  )
  assert.equal(open.endedAt, undefined)
  trace.stop()
})

test('single connection mode is one stream; its other requests are none', async () => {
  handle = (request, response) => {
    if (request.method === 'PUT') return response.writeHead(201).end('token')
    if (request.method !== 'GET') return response.writeHead(202).end()
    response.writeHead(200, sse)
    response.write('event: next\ndata: {"id":"1","payload":{"data":{"n":1}}}\n\n')
    response.end('event: complete\ndata: {"id":"1"}\n\n')
  }
  const observation = watchPage({ console: fakeConsole() })
  await loadInspector()
  const client = createClient({ url: server.origin, singleConnection: true, maxRetries: 0 })
  await new Promise(resolve =>
    client.subscribe({ query: 'subscription { n }' }, { next() {}, error: resolve, complete: resolve }),
  )
  observation.stop()
  assert.deepEqual(
    observation.traces.flatMap(({ connections }) => connections.map(({ method }) => method)),
    ['GET'],
  )
})

test('watchPage, stopped: the streams go on, and are over for it', async () => {
  let response
  handle = (_, given) => {
    response = given.writeHead(200, sse)
    response.write('data: 1\n\n')
  }
  const console = fakeConsole()
  const observation = watchPage({ console })
  await loadInspector()
  const source = new EventSource(server.origin)
  await new Promise(resolve => {
    source.onmessage = resolve
  })
  observation.stop()
  const [{ connections }] = observation.traces
  assert.equal(typeof connections[0].endedAt, 'number')
  assert.doesNotMatch(console.lines.join('\n'), /✕/)
  response.write('data: 2\n\n')
  const { data } = await new Promise(resolve => {
    source.onmessage = resolve
  })
  assert.equal(data, '2')
  source.close()
})

test('paused, no more is kept than is printed afterwards, and the rest is counted', async () => {
  answers('data: 1\n\n'.repeat(500))
  const console = fakeConsole()
  const handle = watch(server.origin, { console, reconnect: false })
  handle.pause()
  await handle.trace.ended
  assert.deepEqual(console.lines, [])
  handle.resume()
  assert.match(console.lines.join('\n'), /… and 4\d\d more messages.*Summary.*500 messages/s)
  const { length } = console.lines
  handle.resume()
  assert.equal(console.lines.length, length)
})

test('a recording that was edited wrongly is refused by the name of the member', async () => {
  for (const [member, value] of [
    ['headers', 5],
    ['headers', { a: 'b' }],
    ['headers', [['a b', 'c']]],
    ['requestHeaders', [5]],
    ['requestBody', {}],
    ['status', '200'],
    ['respondedAt', null],
    ['end', -1],
    ['endedBy', null],
    ['protocol', 'http'],
    ['chunks', [[-1, '']]],
  ]) {
    const text = JSON.stringify(recordingOf(connection({ [member]: value })))
    assert.throws(() => parseRecording(text), new RegExp(`connection 1 .* ${member}$`), text)
  }
  assert.throws(() => parseRecording('{"version":1,"connections":[]}'), /no url/)
  const played = replayTrace(
    recordingOf(connection({ requestBody: '{"query":5}', protocol: 'graphql', text: 'event: complete\n\n' })),
    { speed: Number.POSITIVE_INFINITY },
  )
  await played.ended
  assert.equal(played.error, undefined)
})

test('an invalid speed is refused', () => {
  for (const speed of [0, -1, Number.NaN])
    assert.throws(() => replayFetch(recordingOf(connection({})), { speed }), RangeError)
})

test('the bytes of a message', async () => {
  answers('data: 1\n\ndata: é\n\n')
  const { connections } = await traceOf()
  const { begin, end } = connections[0].messages[2]
  assert.deepEqual([begin, end], [9, 17])
  assert.equal(Buffer.from(bytesOf(connections[0], begin, end)).toString(), 'data: é')
  assert.equal(bytesOf(connections[0], 12, 1000).length, 7)
})

test('stopped, a trace has no error; failed, it has', async () => {
  handle = (_, response) => response.writeHead(200, sse).write('data: 1\n\n')
  const trace = traceStream(server.origin)
  await new Promise(resolve => {
    trace.addEventListener('message', ({ message }) => message.kind === 'event' && resolve())
  })
  trace.stop()
  await trace.ended
  assert.equal(trace.error, undefined)
  const recording = toRecording(trace)
  assert.equal(recording.connections[0].endedBy, 'client')
  const kinds = (await traceRecording(recording)).messages.map(({ kind }) => kind)
  assert.deepEqual(kinds, ['response', 'event'])
  const gone = new AbortController()
  gone.abort()
  assert.deepEqual((await traceOf({ signal: gone.signal })).connections, [])

  handle = () => {}
  for (const options of [{}, { protocol: 'multipart' }, { query: '{ a }' }]) {
    const waiting = traceStream(server.origin, options)
    waiting.addEventListener('connect', () => setTimeout(() => waiting.stop(), 20))
    await waiting.ended
    assert.equal(waiting.error, undefined)
    assert.equal(waiting.connections.length, 1)
  }

  handle = (_, response) => response.writeHead(503, { 'content-type': 'text/plain' }).end('later')
  const { error } = await traceOf()
  assert.deepEqual([error.code, error.status], ['http-status', 503])
})

test('204 is the end of an event stream', async () => {
  handle = ({ headers }, response) =>
    headers['last-event-id']
      ? response.writeHead(204).end()
      : response.writeHead(200, sse).end('retry: 1\nid: 1\ndata: 1\n\n')
  const trace = await traceOf({ reconnect: true })
  assert.equal(trace.error, undefined)
  assert.deepEqual(
    trace.messages.flatMap(({ findings }) => findings.map(({ rule }) => rule)),
    ['no-content'],
  )
})

test('a recording read again is the trace that it was made from', async () => {
  handle = async (_, response) => {
    response.writeHead(200, sse).write('id: 1\ndata: {"a":1}\n\ndata: {')
    await sleep(20)
    response.end('\n\ndata: é\n\n')
  }
  const trace = await traceOf({ headers: { authorization: 'me' } })
  const recording = toRecording(trace)
  const again = await traceRecording(parseRecording(JSON.stringify(recording)))
  const timeless = ({ messages }) => messages.map(({ time, ...message }) => message)
  assert.deepEqual(timeless(again), timeless(trace))
  assert.deepEqual(toRecording(again), recording)
})

test('a recording keeps harmless headers only, and names the others', async () => {
  handle = (_, response) => {
    response.writeHead(200, { ...sse, 'x-accel-buffering': 'no', 'x-jwt': 'secret', 'set-cookie': 'secret' })
    response.end('data: 1\n\n')
  }
  const secrets = ['authorization', 'api_key', 'dpop', 'x-functions-key', 'x-jwt', 'x-a']
  const trace = await traceOf({
    headers: { ...Object.fromEntries(secrets.map(name => [name, 'secret'])), 'last-event-id': '7' },
  })
  const recording = toRecording(trace)
  const { requestHeaders, headers, omittedHeaders } = recording.connections[0]
  assert.doesNotMatch(JSON.stringify(recording), /"secret"/)
  assert.deepEqual(omittedHeaders, [...secrets, 'set-cookie'].sort())
  assert.equal(new Map(requestHeaders).get('last-event-id'), '7')
  assert.equal(new Map(headers).get('x-accel-buffering'), 'no')
})

test('a connection without an answer is one in the recording too', async () => {
  const { origin, close } = await serve(() => {})
  await close()
  const trace = traceStream(origin, { reconnect: false })
  await trace.ended
  const again = await traceRecording(toRecording(trace))
  assert.deepEqual(again.messages, [])
  assert.equal(again.connections[0].status, undefined)
  assert.match(again.connections[0].error.message, /./)
})

test('playing: a connection a request, each ended as it was', async () => {
  let ended = 0
  const play = replayFetch(
    recordingOf(
      connection({ text: 'data: 1\n\n' }),
      connection({ text: 'data: 2\n\n', endedBy: { error: 'reset' } }),
      connection({ text: 'data: 3\n\n', endedBy: 'client' }),
      connection({ status: undefined, respondedAt: undefined, endedBy: { error: 'refused' } }),
      connection({ status: 204 }),
    ),
    {
      speed: Number.POSITIVE_INFINITY,
      onEnd: () => {
        ended++
      },
    },
  )
  const read = async () => Buffer.from(await (await play('')).arrayBuffer()).toString()
  assert.equal(await read(), 'data: 1\n\n')
  await assert.rejects(read(), /the recorded connection ends here/)
  await assert.rejects(read(), /the recorded connection ends here/)
  await assert.rejects(read(), TypeError)
  assert.equal(ended, 0)
  const { status } = await play('')
  assert.equal(status, 204)
  await sleep(10)
  assert.equal(ended, 1)
  await assert.rejects(read(), TypeError)
})

test('playing: what its client has closed at last stays open until the player is stopped', async () => {
  const stop = new AbortController()
  let isEnded = false
  const play = replayFetch(recordingOf(connection({ text: 'data: 1\n\n', endedBy: 'client' })), {
    onEnd: () => {
      isEnded = true
    },
  })
  const response = await play('', { signal: stop.signal })
  const reader = response.body.getReader()
  assert.equal(Buffer.from((await reader.read()).value).toString(), 'data: 1\n\n')
  const next = reader.read()
  while (!isEnded) await sleep(1)
  stop.abort(new Error('enough'))
  await assert.rejects(next, /enough/)
  await assert.rejects(play('', { signal: AbortSignal.abort(new Error('never')) }), /never/)
})

test('playing: at the speed that is asked for', async () => {
  const recording = recordingOf(connection({ chunks: [[400, btoa('data: 1\n\n')]], end: 60_000 }))
  const timeOfEvent = async speed => {
    const begin = performance.now()
    for await (const event of readEvents(await replayFetch(recording, { speed })('')))
      return event.data && performance.now() - begin
  }
  assert.ok((await timeOfEvent(1)) > 390)
  assert.ok((await timeOfEvent(4)) > 90)
  assert.ok((await timeOfEvent(1000)) < 390)
})

test('followed, a recording has an end', async () => {
  const trace = replayTrace(
    recordingOf(
      connection({ text: 'retry: 1\nid: 1\ndata: 1\n\n' }),
      connection({ text: 'data: 2\n\n', endedBy: 'client' }),
    ),
    { speed: Number.POSITIVE_INFINITY },
  )
  await trace.ended
  assert.equal(trace.connections.length, 2)
  assert.deepEqual(
    trace.messages.filter(({ kind }) => kind === 'event').map(({ payload }) => payload),
    [1, 2],
  )
  assert.ok(
    trace.connections[1].requestHeaders.some(([name, value]) => name === 'last-event-id' && value === '1'),
  )
})

test('followed, a recording whose last request was not answered has an end', async () => {
  const trace = replayTrace(
    recordingOf(
      connection({ text: 'retry: 1\n\n' }),
      connection({ status: undefined, endedBy: { error: 'gone' } }),
    ),
    { speed: Number.POSITIVE_INFINITY },
  )
  await trace.ended
  assert.equal(trace.connections.length, 2)
})

/** A console that records its lines as text. */
function fakeConsole() {
  const lines = []
  const print = (...args) => lines.push(format(...args))
  const names = ['log', 'warn', 'error', 'info', 'group', 'groupCollapsed', 'table', 'groupEnd']
  return { lines, ...Object.fromEntries(names.map(name => [name, print])) }
}

test('messages are printed as they were sent, including per cent signs', async () => {
  answers('event: 100%c\ndata: 50%s %o %d\n\n')
  const console = fakeConsole()
  const handle = watch(server.origin, { console, reconnect: false })
  await handle.trace.ended
  assert.ok(
    console.lines.some(line => line.includes('100%c') && line.includes('50%s %o %d')),
    `${console.lines}`,
  )
})

test('the summary of inspect names the rules that were broken, and how often', async () => {
  answers('data: 1\n\nx: 1\ndata: 2\n\nx: 2\ndata: 3\n\n')
  const console = fakeConsole()
  await inspect(server.origin, { console, reconnect: false }).trace.ended
  const text = console.lines.join('\n')
  assert.match(text, /Summary.*3 messages.*1 connection/)
  assert.match(text, /sse-field/)
})
