/** A server of numbered events that resumes from their ids, and the page of a tab that reads them. */

/**
 * Its parameters harm it: `without=freeze,pagehide` takes away listeners of these events, `deaf` the messages of all channels.
 *
 * Defines `read(options, given)` in the page: it opens a source with the option `tabs`, and logs what it tells. */
const page = `<!doctype html><link rel="icon" href="data:,"><title>tab</title><script>
const { searchParams } = new URL(location)
const { addEventListener: listen } = EventTarget.prototype
const without = (searchParams.get('without') ?? '').split(',')
EventTarget.prototype.addEventListener = function (type, ...given) {
  if (!without.includes(type)) listen.call(this, type, ...given)
}
globalThis.posts = []
const { postMessage } = BroadcastChannel.prototype
BroadcastChannel.prototype.postMessage = function (message) {
  posts.push(JSON.stringify(message))
  postMessage.call(this, message)
}
if (searchParams.has('deaf')) Object.defineProperty(BroadcastChannel.prototype, 'onmessage', { set() {} })
</script><script type="module">
import { EventSource, streamEvents } from '/dist/index.js'
import { createClient } from '/dist/graphql.js'
import { shareAcrossTabs } from '/dist/tabs.js'
const log = [], ids = [], times = [], roles = []
let waiting = []
const note = entry => {
  log.push(entry)
  if (parent !== globalThis) parent.postMessage(entry, '*')
  waiting = waiting.filter(check => !check())
}
addEventListener('unhandledrejection', ({ reason }) => note('unhandled ' + reason))
const share = given => {
  const tabs = shareAcrossTabs({ session: () => 'ann', ...given })
  tabs.onrole = ({ role }) => { roles.push(role); note(role) }
  return tabs
}
const take = id => {
  if (!id) return
  ids.push(Number(id))
  times.push(performance.timeOrigin + performance.now())
  waiting = waiting.filter(check => !check())
}
Object.assign(globalThis, { streamEvents, share, note, take, log, ids, times, roles })
globalThis.read = ({ url = '/events', ...options } = {}, given) => {
  const source = new EventSource(url, { tabs: share(given), onGap: () => note('gap'), ...options })
  globalThis.source = source
  source.onopen = ({ status }) => {
    globalThis.openedAt ??= performance.timeOrigin + performance.now()
    note('open ' + status)
  }
  source.onmessage = ({ lastEventId, data }) => take(lastEventId || data)
  source.onerror = ({ error, willReconnectIn }) => note('error ' + error.code + ' ' + (error.status ?? '') + ' ' + willReconnectIn)
}
/** Runs a subscription, whose results have a number. */
globalThis.subscribe = ({ resume, ...options } = {}, given) => {
  const client = createClient({ url: '/graphql', tabs: share(given), onGap: () => note('gap'), retry: () => 200, ...options })
  globalThis.stop = client.subscribe(
    { query: 'subscription { n }', resume },
    { next: ({ data }) => take(data.n), error: error => note('error ' + error.code), complete: () => note('complete') },
    { connected: again => note(again ? 'connected again' : 'connected'), ended: (error, ms) => note('ended ' + error.code + ' ' + ms) },
  )
}
globalThis.until = check => new Promise(resolve => {
  const look = () => check() && (resolve(), true)
  if (!look()) waiting.push(look)
})
globalThis.ready = true
if (parent !== globalThis) read()
</script>`

/** Adds `/tab`, and numbered streams at a path. */
export function serveTabs(server, path = '/events') {
  server.page('/tab', page)
  return new Numbers(server, path)
}

/** The streams of one path. Every connection gets the events after its last event id, or from then on. */
export class Numbers {
  sent = 0
  /** The event after which a connection without an id begins; by default the last one. */
  first
  open = new Set()
  most = 0
  requests = []
  #waiting = []
  #timer

  constructor(server, path) {
    server.on(path, exchange => this.#answer(exchange))
  }

  #answer(exchange) {
    // a subscription may resume by a variable
    const id = exchange.headers['last-event-id'] ?? /"after":(\d+)/.exec(exchange.body)?.[1]
    this.requests.push({
      id,
      at: performance.now(),
      headers: exchange.headers,
      body: exchange.body,
      exchange,
    })
    const refusal = this.refuse?.(exchange)
    if (refusal) {
      const [status, headers] = refusal
      exchange.head(status, headers).end('refused')
      this.#look()
      return
    }
    const stream = { exchange, at: id === undefined ? (this.first ?? this.sent) : Number(id) }
    this.open.add(stream)
    this.most = Math.max(this.most, this.open.size)
    exchange.head(200, { 'content-type': this.type, 'access-control-allow-origin': '*' })
    exchange.send(this.head)
    this.#send(stream)
    exchange.closed.then(() => {
      this.open.delete(stream)
      this.#look()
    })
    this.#look()
  }

  #send(stream) {
    let text = ''
    while (stream.at < this.sent) text += this.format(++stream.at)
    if (text) stream.exchange.send(text)
  }

  format = n => `id: ${n}\ndata: ${n}\n\n`
  head = ':\n\n'
  type = 'text/event-stream'

  /** Sends the next events, in one write. */
  emit(count = 1) {
    this.sent += count
    for (const stream of this.open) this.#send(stream)
  }

  /** Sends an event every so many milliseconds, until `stop`. */
  tick(ms) {
    this.#timer = setInterval(() => this.emit(), ms)
  }

  stop() {
    clearInterval(this.#timer)
  }

  /** Resolves when a condition of this server is true. */
  until(check) {
    return new Promise(resolve => {
      const look = () => {
        const isTrue = check()
        if (isTrue) resolve()
        return isTrue
      }
      if (!look()) this.#waiting.push(look)
    })
  }

  #look() {
    this.#waiting = this.#waiting.filter(look => !look())
  }
}
