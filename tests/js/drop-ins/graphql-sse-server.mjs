/** A server with graphql-sse's own handler, whose answers a test can script, and a client's subscriptions as logs. */

import { EventEmitter, on, once } from 'node:events'
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { buildSchema, execute, subscribe } from 'graphql'
import { createHandler } from 'graphql-sse/lib/use/http'

const events = new EventEmitter()
events.setMaxListeners(0)
const changed = () => events.emit('change')

/** Resolves when the condition holds. It is looked at whenever a request, a result or an end has arrived. */
export async function until(condition) {
  while (!condition()) await once(events, 'change')
}

const pings = new EventEmitter()
pings.setMaxListeners(0)

/** Sends a result to every subscriber of `ping`. */
export const ping = () => pings.emit('ping')

const schema = buildSchema(`
  type Query { value: String, text: String, fails: String }
  type Mutation { set: String }
  type Subscription { greetings: String, ping: String, fails: String }
`)

function fails() {
  throw new Error('Kaboom!')
}

const results = { value: 'v', text: 'a\n\nb', set: 'done', fails }

const streams = {
  async *greetings() {
    for (const greetings of ['Hi', 'Hola', 'Ciao']) yield { greetings }
  },
  async *ping() {
    for await (const _ of on(pings, 'ping')) yield { ping: 'pong' }
  },
  fails,
}

/** Starts the server. Each of `answers` takes one request, in turn; the handler answers where it is null, and the rest. */
export async function startServer() {
  const handler = createHandler({
    schema,
    execute: given => execute({ ...given, rootValue: results }),
    subscribe: given => subscribe({ ...given, rootValue: streams }),
  })
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request
    const asked = { method, url, headers, body: '', isOpen: true }
    for await (const chunk of request) asked.body += chunk
    // late requests of an earlier test
    if (!url.startsWith(state.path)) return response.writeHead(410).end()
    const answer = state.answers.shift()
    response.on('close', () => {
      asked.isOpen = false
      changed()
    })
    state.requests.push(asked)
    changed()
    if (answer) return answer(response, request)
    try {
      await handler(Object.assign(Readable.from([asked.body]), { method, url, headers }), response)
    } catch (error) {
      if (!response.headersSent) response.writeHead(500)
      response.end(String(error))
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  let tests = 0
  const state = {
    requests: [],
    answers: [],
    path: '',
    url: '',
    /** Begins a test, with an address of its own. */
    begin() {
      state.path = `/stream-${++tests}`
      state.url = `http://127.0.0.1:${server.address().port}${state.path}`
      state.requests = []
      state.answers = []
    },
    /** Breaks off all connections. */
    breakOff: () => server.closeAllConnections(),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  return state
}

/** Subscribes, and keeps what the sink is called with. */
export function follow(client, request, { on, next } = {}) {
  const log = { results: [], end: undefined, ends: 0 }
  const end = how => {
    log.end = how
    log.ends++
    changed()
  }
  log.unsubscribe = client.subscribe(
    request,
    {
      next(result) {
        log.results.push(result)
        changed()
        next?.(result)
      },
      error: error => end(error),
      complete: () => end('complete'),
    },
    on,
  )
  log.ended = async () => {
    await until(() => log.ends > 0)
    return log.end
  }
  log.received = count => until(() => log.results.length >= count)
  return log
}

/** An error as a test compares it. */
export const told = error =>
  error instanceof Error
    ? { name: error.name, message: error.message, status: error.response?.status }
    : error
