/**
 * A machine for lifecycles: what a client calls back, asks for and holds, on a network and a clock that the test moves.
 *
 * A subject is a client under test: `{ name, script, start }`. `start(world)` starts it and returns the ways to end it, by
 * name. Its callbacks call `world.enter(name)`, and functions that the test answers return `world.gate(name)`. The script
 * is a list of steps, `[name, world => …]`, which moves it through its whole life.
 *
 * The machine runs the script once for every place at which the user may end the client: within each call of each
 * callback, and after each step, some microtasks later. The script goes on all the same, as servers do. After the end
 * nothing may be called, and nothing may be held.
 */

import assert from 'node:assert/strict'
import { openStreams } from '../../../dist/stream/open-streams.js'
import { graphql } from '../../../dist/wasm/graphql-sse-reader.js'
import { load } from '../../../dist/wasm/module.js'
import { multipart } from '../../../dist/wasm/multipart-reader.js'
import { unfreedReaders } from '../../../dist/wasm/reader.js'
import { sse } from '../../../dist/wasm/sse-reader.js'

const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis
const realNow = performance.now

/** Timers that the test moves. */
class Clock {
  now = 0
  timers = new Map()
  #count = 0

  install() {
    globalThis.setTimeout = (callback, ms = 0, ...given) => {
      this.timers.set(++this.#count, { at: this.now + Math.max(1, ms), callback: () => callback(...given) })
      return this.#count
    }
    globalThis.clearTimeout = id => this.timers.delete(id)
    performance.now = () => this.now
  }

  remove() {
    globalThis.setTimeout = realSetTimeout
    globalThis.clearTimeout = realClearTimeout
    performance.now = realNow
  }

  /** Lets so many milliseconds pass, one timer after the other. */
  async pass(ms) {
    const end = this.now + ms
    for (;;) {
      const next = [...this.timers].sort(([, a], [, b]) => a.at - b.at)[0]
      if (next === undefined || next[1].at > end) break
      this.now = next[1].at
      this.timers.delete(next[0])
      next[1].callback()
      await settle()
    }
    this.now = end
  }
}

/** Calls back in a task of its own, in Node and in pages. */
const nextTask = globalThis.setImmediate ?? messageTasks()

function messageTasks() {
  const { port1, port2 } = new MessageChannel()
  const callbacks = []
  port1.onmessage = () => callbacks.shift()()
  return callback => {
    callbacks.push(callback)
    port2.postMessage(undefined)
  }
}

/** Resolves when all that follows from what has happened has happened. */
export async function settle() {
  for (let turn = 0; turn < 6; turn++) await new Promise(resolve => nextTask(resolve))
}

/** One request, which the test answers. */
class Exchange {
  isOver = false
  #resolve
  #reject
  #body

  constructor(init) {
    this.init = init
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    init.signal?.addEventListener('abort', () => this.fail(init.signal.reason))
  }

  /** The head comes. */
  answer(headers = { 'content-type': 'text/event-stream' }, status = 200) {
    const body = new ReadableStream({
      start: controller => {
        this.#body = controller
      },
      cancel: () => {
        this.isOver = true
      },
    })
    if (!this.isOver) this.#resolve(new Response(body, { headers, status }))
  }

  /** The whole response comes. */
  reply(text, status) {
    this.answer({ 'content-type': 'text/plain' }, status)
    this.write(text)
    this.end()
  }

  write(text) {
    if (!this.isOver) this.#body?.enqueue(new TextEncoder().encode(text))
  }

  end() {
    if (!this.isOver) this.#body?.close()
    this.isOver = true
  }

  fail(error = new TypeError('network')) {
    if (this.isOver) return
    this.isOver = true
    this.#reject(error)
    this.#body?.error(error)
  }
}

/** The network, the clock, and what the client has called. */
export class World {
  clock = new Clock()
  exchanges = []
  calls = []
  /** How many calls there were when the client was ended. */
  callsBefore
  /** How many requests. */
  requestsBefore
  #gates = new Map()
  #end
  #endsIn

  /** Ends the client by `end` within the call of this number, if there is one. */
  constructor(endsIn) {
    this.#endsIn = endsIn
  }

  set end(end) {
    this.#end = end
  }

  fetch = (_url, init) => {
    const exchange = new Exchange(init)
    this.exchanges.push(exchange)
    return exchange.response
  }

  /** The request that was made last. */
  get exchange() {
    return this.exchanges.at(-1)
  }

  /** To be called by each callback of the client. */
  enter(name) {
    this.calls.push(name)
    if (this.calls.length === this.#endsIn) this.endNow()
  }

  /** What a function of the options returns that the test answers. */
  gate(name) {
    this.enter(name)
    return new Promise(resolve => this.#gates.set(name, resolve))
  }

  /** Answers a function that waits. */
  open(name, value) {
    this.#gates.get(name)?.(value)
  }

  endNow() {
    if (this.callsBefore !== undefined) return
    this.callsBefore = this.calls.length
    this.#end()
    this.requestsBefore = this.exchanges.length
  }

  /** Fails if anything was called or asked for after the end, or is still held. */
  checkNothing() {
    assert.deepEqual(this.calls.slice(this.callsBefore), [], 'called after the end')
    assert.equal(this.exchanges.length, this.requestsBefore, 'requested after the end')
    assert.ok(
      this.exchanges.every(({ isOver, init }) => isOver || init.signal.aborted),
      'a request is open',
    )
    assert.equal(unfreedReaders(), 0, 'parsers')
    assert.equal(openStreams().streams.size, 0, 'streams in the registry')
    assert.equal(this.clock.timers.size, 0, 'timers')
  }
}

/** An AbortController of the user, whose signal counts its listeners. */
export function countedController() {
  const controller = new AbortController()
  const { signal } = controller
  const listeners = new Set()
  signal.addEventListener = (type, listener, options) => {
    listeners.add(listener)
    EventTarget.prototype.addEventListener.call(signal, type, listener, options)
  }
  signal.removeEventListener = (type, listener, options) => {
    listeners.delete(listener)
    EventTarget.prototype.removeEventListener.call(signal, type, listener, options)
  }
  return { controller, signal, listeners }
}

/** Runs a life once, ended at a place or after the last step. Resolves with the world at its end. */
async function live(subject, ending, { inCall, afterStep, microtasks = 0 } = {}) {
  // compiling, and loading a chunk, take a time of their own
  const chunk = import('../../../dist/graphql/single-connection.js')
  await Promise.all([load(sse), load(graphql), load(multipart), chunk])
  const world = new World(inCall)
  world.clock.install()
  try {
    const client = subject.start(world)
    world.end = () => client.endings[ending]()
    await settle()
    for (const [index, [, step]] of subject.script.entries()) {
      if (index === afterStep) {
        for (let count = 0; count < microtasks; count++) await undefined
        world.endNow()
      }
      await step(world)
      if (index + 1 !== afterStep) await settle()
    }
    world.endNow()
    await world.clock.pass(10_000_000)
    await settle()
    world.checkNothing()
    client.check?.()
    return world
  } finally {
    world.clock.remove()
  }
}

const mostMicrotasks = 12

/** Defines the tests of a subject: each of its callbacks and moments, by each ending. */
export function testLifecycle(test, subject) {
  const endings = subject.endings
  test(`${subject.name}: goes through its whole life`, async () => {
    const { calls } = await live(subject, endings[0])
    assert.deepEqual(
      [...new Set(calls)].sort(),
      [...subject.callbacks].sort(),
      'the script reaches every callback',
    )
  })

  for (const ending of endings) {
    test(`${subject.name}: after ${ending} in any call of any callback, nothing`, async () => {
      const { calls } = await live(subject, endings[0])
      for (let inCall = 1; inCall <= calls.length; inCall++) {
        await named(`in call ${inCall}, of ${calls[inCall - 1]}`, live(subject, ending, { inCall }))
      }
    })

    for (const [index, [step]] of subject.script.entries()) {
      test(`${subject.name}: after ${ending} just before ${step} (step ${index + 1}), nothing`, async () => {
        for (let microtasks = 0; microtasks <= mostMicrotasks; microtasks++) {
          await named(
            `${microtasks} microtasks later`,
            live(subject, ending, { afterStep: index, microtasks }),
          )
        }
      })
    }
  }
}

/** A walk by chance: steps of the script in any order, ended anywhere. */
export function testRandomWalks(test, subject, { walks = 300, seed = 1 } = {}) {
  test(`${subject.name}: ${walks} random walks, each ended somewhere`, async () => {
    for (let walk = 0; walk < walks; walk++) {
      const random = generator(seed + walk)
      const pick = list => list[Math.floor(random() * list.length)]
      const script = Array.from({ length: 1 + Math.floor(random() * 25) }, () => pick(subject.script))
      const place =
        random() < 0.5
          ? { inCall: 1 + Math.floor(random() * 20) }
          : {
              afterStep: Math.floor(random() * script.length),
              microtasks: Math.floor(random() * mostMicrotasks),
            }
      await named(
        `walk ${seed + walk}: ${JSON.stringify(place)}`,
        live({ ...subject, script }, pick(subject.endings), place),
      )
    }
  })
}

async function named(name, running) {
  try {
    return await running
  } catch (error) {
    error.message = `${name}: ${error.message}`
    throw error
  }
}

/** mulberry32 */
function generator(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
