/** The GraphQL schema of the demo: a clock, a chat, prices and a slow report. */

import { createPubSub, createSchema } from 'graphql-yoga'

const mostMessages = 100
const mostPerSecond = 10_000
const mostAtOnce = 200
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

const typeDefs = /* GraphQL */ `
  directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  directive @stream(if: Boolean! = true, label: String, initialCount: Int = 0) on FIELD

  type Query {
    hello(name: String! = "world"): String!
    messages(room: String! = "lobby"): [Message!]!
    report: Report!
    "Comes one by one with @stream."
    countdown(from: Int! = 5): [Int!]!
  }

  type Mutation {
    post(room: String! = "lobby", author: String! = "someone", text: String!): Message!
  }

  type Subscription {
    clock(everyMs: Int! = 1000): Tick!
    "What is posted to a room, after what was posted before."
    chat(room: String! = "lobby"): Message!
    "Prices that have changed, so many times a second: up to 10,000."
    prices(perSecond: Int! = 2): [Price!]!
    "Fails on purpose, after some results."
    failing(after: Int! = 2): Int!
  }

  type Tick {
    n: Int!
    time: String!
  }

  type Message {
    id: ID!
    author: String!
    text: String!
    time: String!
  }

  type Price {
    symbol: ID!
    value: Float!
  }

  type Report {
    title: String!
    "Takes a second: worth a @defer."
    summary: String!
    "Takes two."
    figures: [Figure!]!
  }

  type Figure {
    name: String!
    value: Float!
  }
`

const symbols = [
  'ADA',
  'BYTE',
  'CHIP',
  'DISK',
  'ECHO',
  'FLUX',
  'GRID',
  'HASH',
  'INTL',
  'JOLT',
  'KERN',
  'LOOP',
]

/** Changes some of the prices by at most one percent, and returns those. */
function changed(values) {
  const some = symbols.filter(() => Math.random() < 0.3)
  return (some.length > 0 ? some : symbols.slice(0, 1)).map(symbol => {
    values.set(symbol, values.get(symbol) * (0.99 + Math.random() * 0.02))
    return { symbol, value: Math.round(values.get(symbol) * 100) / 100 }
  })
}

/** Yields all prices first, then those that have changed. */
async function* prices(_, { perSecond }) {
  const rate = Math.min(Math.max(perSecond, 0.1), mostPerSecond)
  const values = new Map(symbols.map(symbol => [symbol, 20 + Math.random() * 200]))
  yield symbols.map(symbol => ({ symbol, value: values.get(symbol) }))
  let last = performance.now()
  for (let due = 0; ; due %= 1) {
    await pause(1000 / rate)
    // timers have a resolution of a millisecond: yield all due results together, up to a limit so that other tasks run
    const now = performance.now()
    due = Math.min(due + ((now - last) * rate) / 1000, mostAtOnce)
    last = now
    for (let i = 1; i <= due; i++) yield changed(values)
  }
}

/** Makes a schema with its own state, so that no state outlives the server. */
export function createDemoSchema() {
  const pubSub = createPubSub()
  const rooms = new Map()
  const messagesOf = room => rooms.get(room) ?? rooms.set(room, []).get(room)
  let posted = 0

  function post(_, { room, author, text }) {
    const message = { id: String(++posted), author, text: text.slice(0, 500), time: new Date().toISOString() }
    const messages = messagesOf(room)
    messages.push(message)
    if (messages.length > mostMessages) messages.shift()
    pubSub.publish('chat', room, message)
    return message
  }

  const whole = value => ({ resolve: result => result, subscribe: value })

  return createSchema({
    typeDefs,
    resolvers: {
      Query: {
        hello: (_, { name }) => `Hello, ${name}!`,
        messages: (_, { room }) => messagesOf(room),
        report: () => ({ title: 'The state of the streams' }),
        async *countdown(_, { from }) {
          for (let n = Math.min(from, 100); n >= 0; n--) {
            yield n
            await pause(300)
          }
        },
      },
      Report: {
        summary: () => pause(1000).then(() => 'They flow.'),
        figures: () =>
          pause(2000).then(() => [
            { name: 'streams', value: 3 },
            { name: 'patience, in seconds', value: 2 },
          ]),
      },
      Mutation: { post },
      Subscription: {
        clock: whole(async function* clock(_, { everyMs }) {
          for (let n = 1; ; n++) {
            yield { n, time: new Date().toISOString() }
            await pause(Math.max(10, everyMs))
          }
        }),
        chat: whole((_, { room }) => {
          const fresh = pubSub.subscribe('chat', room)
          return (async function* chat() {
            try {
              yield* [...messagesOf(room)]
              yield* fresh
            } finally {
              fresh.return()
            }
          })()
        }),
        prices: whole(prices),
        failing: whole(async function* failing(_, { after }) {
          for (let n = 1; n <= after; n++) {
            yield n
            await pause(300)
          }
          throw new Error('failed on purpose')
        }),
      },
    },
  })
}
