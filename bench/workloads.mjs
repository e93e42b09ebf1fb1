/** The streams that the benchmark parses: the same bytes on every run. */

const encoder = new TextEncoder()

/** A small generator of numbers from 0 to 1, which depend only on the seed. */
export function seeded(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const latin =
  'the quick brown fox jumps over the lazy dog and goes on to think about streams of events '.split(' ')
const wide =
  '東京の天気は晴れ、最高気温は二十五度です。😀 明日は雨が降るでしょう。 🚀 한국어 텍스트도 있습니다 '.split(
    '',
  )

function words(random, count, list = latin, glue = ' ') {
  return Array.from({ length: count }, () => list[Math.floor(random() * list.length)]).join(glue)
}

function token(random, n) {
  const delta = { content: ` ${words(random, 1)}` }
  const choice = { index: 0, delta, logprobs: null, finish_reason: null }
  return `data: ${JSON.stringify({ id: `chatcmpl-${n}`, object: 'chat.completion.chunk', created: 1700000000, choices: [choice] })}\n\n`
}

/** A GraphQL result with one message of `words` words. */
export function graphqlResult(random, n, count) {
  return resultOf(random, n, words(random, count))
}

function resultOf(random, n, text) {
  const author = { id: n % 97, name: 'Ada' }
  const message = { __typename: 'Message', id: `msg-${n}`, author, text, at: 1700000000 + n }
  return { data: { messages: [message], unread: Math.floor(random() * 100) } }
}

function next(random, n, text) {
  return `event: next\ndata: ${JSON.stringify(resultOf(random, n, text))}\n\n`
}

function big(random) {
  const lines = 1000 + Math.floor(random() * 12_000)
  return `id: ${lines}\n${`data: ${words(random, 12)}\n`.repeat(lines)}\n`
}

/** The rows of a table, as a server sends them when they have changed. */
function snapshot(random, n) {
  const row = (_, id) => ({
    id,
    symbol: `S${id}`,
    price: Math.round(10_000 * random()) / 100,
    tags: ['a', 'b'],
    open: n > 0,
  })
  return { version: n, rows: Array.from({ length: 1500 }, row) }
}

/** Each is a list of whole events of about `bytes` in total. `json` tells whether the data is JSON. */
export const workloads = {
  'token events, 175 B': { json: true, event: token },
  'GraphQL next, 370 B': { json: true, event: (random, n) => next(random, n, words(random, 36)) },
  'GraphQL next, CJK and emoji': {
    json: true,
    event: (random, n) => next(random, n, words(random, 80, wide, '')),
  },
  'big events, many lines': { json: false, event: big },
  'heartbeats and tiny events': { json: false, event: (_random, n) => (n % 2 ? ':\n\n' : `data: ${n}\n\n`) },
  'price ticks, 60 B': {
    json: true,
    event: (random, n) =>
      `event: tick\nid: ${n}\ndata: {"symbol":"S${n % 50}","price":${(100 * random()).toFixed(2)}}\n\n`,
  },
  'snapshots, 100 KiB of JSON': {
    json: true,
    event: (random, n) => `data: ${JSON.stringify(snapshot(random, n))}\n\n`,
  },
  'token events, CRLF': { json: true, event: (random, n) => token(random, n).replaceAll('\n', '\r\n') },
}

/** The workloads that are read from end to end; their events are `message` and `next`. */
export const streamed = ['token events, 175 B', 'GraphQL next, 370 B']

export const chunkings = ['64 KiB', '16 KiB', '1400 B', 'one event', '1 to 7 B']

/** The workload's stream, at least `bytes` long, as a list of chunks. */
export function makeChunks(name, chunking, bytes) {
  const random = seeded(1)
  const events = []
  for (let size = 0, n = 0; size < bytes; n++) {
    const event = encoder.encode(workloads[name].event(random, n))
    events.push(event)
    size += event.length
  }
  if (chunking === 'one event') return events
  const sizes = {
    '64 KiB': () => 65536,
    '16 KiB': () => 16384,
    '1400 B': () => 1400,
    '1 to 7 B': () => 1 + Math.floor(random() * 7),
  }
  return cut(concat(events), sizes[chunking])
}

export function concat(parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

export function cut(bytes, nextSize) {
  const chunks = []
  for (let at = 0; at < bytes.length; ) {
    const size = nextSize()
    // copies, because chunks from a network are no views of one large buffer
    chunks.push(bytes.slice(at, at + size))
    at += size
  }
  return chunks
}
