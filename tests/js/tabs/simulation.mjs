/**
 * Tabs that share a stream, without a browser: participants as they are, with a simulated clock, lock, channel and server.
 * Everything takes a random time. A seed gives the same schedule every time.
 */

import { StreamError } from '../../../dist/index.js'
import { Participant } from '../../../dist/tabs/participant.js'

/** mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function randomOf(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Runs callbacks in the order of their times. */
class Clock {
  now = 1_700_000_000_000
  #due = []
  #count = 0

  after(ms, callback) {
    this.#due.push({ at: this.now + ms, order: this.#count++, callback })
  }

  /** Runs what is due within some milliseconds. */
  run(ms) {
    const end = this.now + ms
    for (;;) {
      let first = -1
      for (let i = 0; i < this.#due.length; i++) {
        const a = this.#due[i]
        const b = this.#due[first]
        if (a.at <= end && (!b || a.at < b.at || (a.at === b.at && a.order < b.order))) first = i
      }
      if (first < 0) break
      const [{ at, callback }] = this.#due.splice(first, 1)
      this.now = Math.max(this.now, at)
      callback()
    }
    this.now = end
  }
}

/** A server with numbered events. It resumes from ids, and replays everything that it has sent. */
class Server {
  sent = 0
  connections = new Set()
  requests = []
  mostConnections = 0
  /** The answer to each request instead of a stream: an error and the delay before the next. */
  refusal

  constructor(world) {
    this.world = world
  }

  emit() {
    this.sent++
    for (const connection of this.connections) connection.catchUp()
  }
}

/** The connection of one tab: it reconnects by itself, as an EventStreamConnection does. */
class Connection {
  #isClosed = false
  #isConnected = false
  #cursor
  #sent
  #mayMiss
  #world
  #tab
  #observer

  constructor(world, tab, last, observer, usesIds) {
    this.#world = world
    this.#tab = tab
    this.#observer = observer
    this.#cursor = last && usesIds ? Number(last.lastEventId) : undefined
    this.#mayMiss = last !== undefined && !usesIds
    this.#request()
  }

  #request() {
    const { clock, server, random } = this.#world
    clock.after(1 + random() * 20, () => {
      if (this.#isClosed || this.#tab.isDead) return
      this.#world.trace?.(this.#tab, `requests after ${this.#cursor}`)
      server.requests.push({ at: clock.now, tab: this.#tab, cursor: this.#cursor })
      if (server.refusal) return this.#fail(...server.refusal)
      this.#isConnected = true
      server.connections.add(this)
      server.mostConnections = Math.max(server.mostConnections, server.connections.size)
      this.#sent = this.#cursor ?? server.sent
      if (this.#mayMiss) this.#tell(observer => observer.gap())
      this.#mayMiss = false
      this.#tell(observer => observer.opened({ status: 200, url: 'http://host/' }))
      this.catchUp()
    })
  }

  /** Sends what the client has not had, in chunks. */
  catchUp() {
    const { server, random } = this.#world
    while (this.#isConnected && this.#sent < server.sent) {
      const first = this.#sent + 1
      this.#sent = Math.min(server.sent, this.#sent + 1 + Math.floor(random() * 3))
      const events = []
      for (let id = first; id <= this.#sent; id++)
        events.push({ type: 'message', data: `event ${id}`, lastEventId: String(id) })
      this.#tell(observer => {
        this.#cursor = this.#cursor === undefined ? first - 1 : this.#cursor
        this.#cursor += events.length
        observer.arrived(events)
      })
    }
  }

  drop() {
    this.#isConnected = false
    this.#world.server.connections.delete(this)
    this.#fail(new StreamError('network', 'dropped'), 200)
  }

  /** Ends for good. */
  end(error) {
    this.#isConnected = false
    this.#world.server.connections.delete(this)
    this.#fail(error, null)
  }

  #fail(error, delay) {
    this.#tell(observer => {
      observer.ended(error, delay)
      if (delay !== null) this.#world.clock.after(delay, () => this.#isClosed || this.#request())
    })
  }

  #tell(callback) {
    this.#tab.later('network', () => this.#isClosed || callback(this.#observer), 8)
  }

  isOf(tab) {
    return tab === this.#tab
  }

  close() {
    this.#isClosed = true
    this.#isConnected = false
    this.#world.server.connections.delete(this)
  }
}

/** The Web Lock of a stream. */
class Lock {
  #holder
  #queue = []
  /** When the lock was stolen. */
  thefts = []

  constructor(world) {
    this.world = world
  }

  request(tab, request, isTheft) {
    if (request.isAborted) return
    if (isTheft) {
      this.thefts.push(this.world.clock.now)
      const robbed = this.#holder
      this.#grant({ tab, request, isTheft })
      robbed?.tab.later('lock', () => robbed.request.isAborted || robbed.tab.participant.lost())
    } else if (this.#holder === undefined && this.#queue.length === 0) this.#grant({ tab, request })
    else {
      tab.later('lock', () => request.isAborted || tab.participant.waits())
      this.#queue.push({ tab, request })
    }
  }

  #grant(held) {
    this.#holder = held
    held.tab.later('lock', () => held.request.isAborted || held.tab.participant.granted(held.isTheft))
  }

  release(request) {
    this.#queue = this.#queue.filter(waiting => waiting.request !== request)
    if (this.#holder?.request !== request) return
    this.#holder = undefined
    const next = this.#queue.shift()
    if (next) this.#grant(next)
  }
}

export class World {
  clock = new Clock()
  tabs = []
  lock = new Lock(this)
  server = new Server(this)

  constructor(seed) {
    this.random = randomOf(seed)
  }

  open(options) {
    const tab = new Tab(this, this.tabs.length, options)
    this.tabs.push(tab)
    tab.participant.join()
    return tab
  }

  get living() {
    return this.tabs.filter(tab => !tab.isDead)
  }
}

export class Tab {
  log = []
  gaps = 0
  roles = []
  isDead = false
  /** The sources whose callbacks do not run: those of a frozen or busy page. */
  held = new Set()
  isVisible = false
  /** The period of the timer that watches the leader. */
  lookMs = 500
  posts = []
  world
  #request
  #queues = new Map()
  #isListening = false

  constructor(
    world,
    number,
    {
      late,
      limits = { events: 1000, size: 2 ** 20 },
      usesIds = true,
      mayResume = true,
      hears = true,
      start = '',
    } = {},
  ) {
    this.world = world
    this.number = number
    this.hears = hears
    const { clock, random } = world
    const around = {
      id: `tab ${number}`,
      now: () => clock.now,
      random,
      listen: () => {
        this.#isListening = true
      },
      deafen: () => {
        this.#isListening = false
      },
      post: message => this.#post(message),
      request: isTheft => {
        const request = { isAborted: false }
        this.#request = request
        clock.after(random() * 5, () => this.isDead || world.lock.request(this, request, isTheft))
      },
      release: () => this.#release(1 + random() * 5),
      later: (ms, callback) => clock.after(ms, () => this.later('timer', callback)),
      role: role => {
        this.roles.push(role)
        world.trace?.(this, role)
      },
    }
    const stream = {
      usesIds,
      start,
      mayResume: () => mayResume,
      connect: (last, observer) => {
        const connection = new Connection(world, this, last, observer, usesIds)
        return () => connection.close()
      },
    }
    const to = {
      opened: () => this.log.push('open'),
      arrived: events => this.log.push(...events.map(({ lastEventId }) => Number(lastEventId))),
      gap: () => {
        this.gaps++
        this.log.push('gap')
      },
      ended: (error, delay) => this.log.push(`${error?.code} ${delay}`),
    }
    this.participant = new Participant(around, stream, to, { late, limits })
    const look = () => {
      if (this.isVisible) this.later('timer', () => this.participant.look(), 0)
      if (!this.isDead) clock.after(this.lookMs, look)
    }
    clock.after(random() * this.lookMs, look)
  }

  get ids() {
    return this.log.filter(entry => typeof entry === 'number')
  }

  /** Runs a callback of the browser, in order with others of its source, unless the page is held. */
  later(source, callback, ms = 3) {
    const queue = this.#queues.get(source) ?? { tasks: [], isRunning: false }
    this.#queues.set(source, queue)
    queue.tasks.push({ callback, ms })
    this.#next(source, queue)
  }

  #next(source, queue) {
    if (queue.isRunning || queue.tasks.length === 0) return
    queue.isRunning = true
    const { callback, ms } = queue.tasks[0]
    this.world.clock.after(ms * this.world.random(), () => {
      queue.isRunning = false
      if (this.isDead || this.held.has(source.split(' ')[0])) return
      queue.tasks.shift()
      callback()
      this.#next(source, queue)
    })
  }

  /** Runs no callbacks of these sources. */
  hold(...sources) {
    for (const source of sources) this.held.add(source)
  }

  /** Lets the sources run again. */
  unhold() {
    this.held.clear()
    for (const [source, queue] of this.#queues) this.#next(source, queue)
  }

  #post(message) {
    const text = JSON.stringify(message)
    this.posts.push(message)
    this.world.trace?.(this, JSON.stringify(message))
    for (const tab of this.world.tabs) {
      if (tab === this && message.kind !== 'ping') continue
      if (tab.hears) tab.later(`channel of ${this.number}`, () => tab.hear(JSON.parse(text)), 6)
    }
  }

  hear(message) {
    // a ping is answered in a task that a frozen page does not run
    if (message.kind === 'ping')
      this.later('timer', () => this.#isListening && this.participant.received(message))
    else if (this.#isListening) this.participant.received(message)
  }

  #release(ms) {
    const request = this.#request
    if (!request) return
    request.isAborted = true
    this.world.clock.after(ms, () => this.world.lock.release(request))
  }

  crash() {
    this.isDead = true
    for (const connection of [...this.world.server.connections]) if (connection.isOf(this)) connection.close()
    this.#release(50 + this.world.random() * 100)
  }
}
