/** The schema that every GraphQL server of these tests serves, and the controls of its subscriptions. */

import {
  GraphQLBoolean,
  GraphQLDirective,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  specifiedDirectives,
} from 'graphql'

const required = type => new GraphQLNonNull(type)
const later = (value, ms) => new Promise(resolve => setTimeout(resolve, ms, value))

/** The directives of incremental delivery, which graphql 16 does not define. */
const incrementalDirectives = [
  new GraphQLDirective({
    name: 'defer',
    locations: ['FRAGMENT_SPREAD', 'INLINE_FRAGMENT'],
    args: { if: { type: required(GraphQLBoolean), defaultValue: true }, label: { type: GraphQLString } },
  }),
  new GraphQLDirective({
    name: 'stream',
    locations: ['FIELD'],
    args: {
      if: { type: required(GraphQLBoolean), defaultValue: true },
      label: { type: GraphQLString },
      initialCount: { type: GraphQLInt, defaultValue: 0 },
    },
  }),
]

/**
 * What a subscription field returns. `start` gets `{ push, fail, end }` and may return what stops it; `onClose` is
 * called once, when the iteration is over for whatever reason. Unlike that of an async generator, `return()` takes
 * effect at once, also while a `next()` is pending.
 */
function eventSource(start, onClose) {
  const queue = []
  const waiting = []
  let closed = false
  let over = false

  const settle = entry => ('error' in entry ? Promise.reject(entry.error) : Promise.resolve(entry))
  const deliver = entry => {
    if (over) return
    over = entry.done || 'error' in entry
    const consumer = waiting.shift()
    if (consumer) consumer(settle(entry))
    else queue.push(entry)
  }
  const close = () => {
    if (closed) return
    closed = true
    over = true
    stop?.()
    onClose()
    for (const consumer of waiting.splice(0)) consumer({ done: true, value: undefined })
  }
  const stop = start({
    push: value => deliver({ done: false, value }),
    fail: error => deliver({ error }),
    end: () => deliver({ done: true, value: undefined }),
  })

  return {
    next() {
      const entry = closed ? { done: true, value: undefined } : queue.shift()
      if (!entry) return new Promise(resolve => waiting.push(resolve))
      if (entry.done || 'error' in entry) close()
      return settle(entry)
    },
    async return(value) {
      close()
      return { done: true, value }
    },
    async throw(error) {
      close()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** Calls `emit(i)` for i = 0, 1 ... until it returns false; with `everyMs` of 0 all at once. */
function repeat(everyMs, emit) {
  let i = 0
  if (everyMs === 0) {
    while (emit(i)) i++
    return
  }
  const timer = setInterval(() => {
    if (!emit(i++)) clearInterval(timer)
  }, everyMs)
  return () => clearInterval(timer)
}

/**
 * A schema with its own subscriptions:
 * - `live(field?)`: how many subscriptions are open, of one field or of all; `untilLive(n, field?)` resolves when
 *   there are exactly that many.
 * - `started`: how many were opened ever.
 * - `bumped`: how often the mutation `bump` was executed.
 * - `publish(topic, text)`: what subscribers of `messages(topic)` get; returns how many there are. `endTopic(topic)`
 *   and `failTopic(topic, message)` end their iterators.
 */
export function createSchema() {
  const live = new Map()
  const topics = new Map()
  const watchers = new Set()
  let started = 0

  const countOf = field => (field ? (live.get(field) ?? 0) : [...live.values()].reduce((a, b) => a + b, 0))
  const move = (field, by) => {
    live.set(field, countOf(field) + by)
    for (const watch of watchers) watch()
  }
  /** A subscription field that counts while it is iterated. */
  const subscription = (type, args, start) => ({
    type,
    args,
    resolve: value => value,
    subscribe(_, parameters, _context, { fieldName }) {
      started++
      move(fieldName, 1)
      return eventSource(
        source => start(source, parameters),
        () => move(fieldName, -1),
      )
    },
  })
  const subscribersOf = topic => topics.get(topic) ?? topics.set(topic, new Set()).get(topic)

  const person = new GraphQLObjectType({
    name: 'Person',
    fields: {
      id: { type: required(GraphQLString) },
      name: { type: required(GraphQLString) },
      bio: {
        type: GraphQLString,
        args: { afterMs: { type: required(GraphQLInt), defaultValue: 5 } },
        resolve: ({ name }, { afterMs }) => later(`${name} writes programs.`, afterMs),
      },
    },
  })

  const query = new GraphQLObjectType({
    name: 'Query',
    fields: {
      hello: {
        type: required(GraphQLString),
        args: { name: { type: required(GraphQLString), defaultValue: 'world' } },
        resolve: (_, { name }) => `Hello, ${name}!`,
      },
      fails: {
        type: GraphQLString,
        resolve() {
          throw new Error('the resolver failed')
        },
      },
      text: {
        type: required(GraphQLString),
        args: { length: { type: required(GraphQLInt) } },
        resolve: (_, { length }) => 'é'.repeat(length),
      },
      live: { type: required(GraphQLInt), resolve: () => countOf() },
      bumped: { type: required(GraphQLInt), resolve: () => bumped },
      me: { type: required(person), resolve: () => ({ id: '1', name: 'Ada' }) },
      numbers: {
        type: required(new GraphQLList(required(GraphQLInt))),
        args: {
          to: { type: required(GraphQLInt) },
          everyMs: { type: required(GraphQLInt), defaultValue: 1 },
        },
        resolve: (_, { to, everyMs }) => Array.from({ length: to }, (_, i) => later(i + 1, i * everyMs)),
      },
    },
  })

  const everyMs = { type: required(GraphQLInt), defaultValue: 1 }
  const subscriptions = new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      counter: subscription(
        required(GraphQLInt),
        {
          from: { type: required(GraphQLInt), defaultValue: 1 },
          to: { type: required(GraphQLInt) },
          everyMs,
        },
        ({ push, end }, { from, to, everyMs }) =>
          repeat(everyMs, i => {
            if (from + i > to) return end()
            push(from + i)
            return true
          }),
      ),
      messages: subscription(
        required(GraphQLString),
        { topic: { type: required(GraphQLString) } },
        (source, { topic }) => {
          subscribersOf(topic).add(source)
          return () => subscribersOf(topic).delete(source)
        },
      ),
      idle: subscription(GraphQLInt, {}, () => {}),
      echo: subscription(
        required(GraphQLString),
        { text: { type: required(GraphQLString) } },
        ({ push, end }, { text }) => {
          push(text)
          end()
        },
      ),
      big: subscription(
        required(GraphQLString),
        { length: { type: required(GraphQLInt) } },
        ({ push, end }, { length }) => {
          push('x'.repeat(length))
          end()
        },
      ),
      quiet: subscription(
        required(GraphQLString),
        { ms: { type: required(GraphQLInt) } },
        ({ push, end }, { ms }) => {
          push('first')
          const timer = setTimeout(() => {
            push('last')
            end()
          }, ms)
          return () => clearTimeout(timer)
        },
      ),
      iteratorFails: subscription(
        required(GraphQLInt),
        { after: { type: required(GraphQLInt), defaultValue: 1 } },
        ({ push, fail }, { after }) =>
          repeat(1, i => {
            if (i === after) return fail(new Error('the iterator failed'))
            push(i + 1)
            return true
          }),
      ),
      resolverFails: {
        ...subscription(
          GraphQLInt,
          { at: { type: required(GraphQLInt) }, to: { type: required(GraphQLInt) } },
          ({ push, end }, { to }) =>
            repeat(1, i => {
              if (i === to) return end()
              push(i + 1)
              return true
            }),
        ),
        resolve(value, { at }) {
          if (value === at) throw new Error('the resolver failed')
          return value
        },
      },
      refused: {
        type: GraphQLInt,
        subscribe() {
          throw new Error('the subscription was refused')
        },
      },
    },
  })

  let bumped = 0
  const mutation = new GraphQLObjectType({
    name: 'Mutation',
    fields: { bump: { type: required(GraphQLInt), resolve: () => ++bumped } },
  })

  return {
    schema: new GraphQLSchema({
      query,
      mutation,
      subscription: subscriptions,
      directives: [...specifiedDirectives, ...incrementalDirectives],
    }),
    live: countOf,
    get started() {
      return started
    },
    get bumped() {
      return bumped
    },
    untilLive: (count, field) =>
      new Promise(resolve => {
        const watch = () => {
          if (countOf(field) !== count) return
          watchers.delete(watch)
          resolve()
        }
        watchers.add(watch)
        watch()
      }),
    publish(topic, text) {
      for (const { push } of subscribersOf(topic)) push(text)
      return subscribersOf(topic).size
    },
    endTopic(topic) {
      for (const { end } of subscribersOf(topic)) end()
    },
    failTopic(topic, message) {
      for (const { fail } of subscribersOf(topic)) fail(new Error(message))
    },
  }
}
