/** The fields of schema.graphql for PostGraphile, which plans what other servers resolve. */

import { constant, lambda, sideEffect } from 'postgraphile/grafast'
import { extendSchema, gql } from 'postgraphile/utils'

/** Counts while it is iterated. `return()` takes effect at once, also while a `next()` is pending. */
function subscription(counts, start) {
  const source = start()
  const over = { done: true, value: undefined }
  let state = 'new'
  let stop
  const stopped = new Promise(resolve => {
    stop = () => resolve(over)
  })
  const move = (to, by) => {
    state = to
    counts.live += by
  }
  const close = () => {
    if (state === 'open') move('closed', -1)
    state = 'closed'
    stop()
  }
  return {
    async next() {
      if (state === 'closed') return over
      if (state === 'new') move('open', 1)
      try {
        const entry = await Promise.race([source.next(), stopped])
        if (entry.done) close()
        return entry
      } catch (error) {
        close()
        throw error
      }
    },
    async return() {
      close()
      return over
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

const starts = {
  async *counter({ to, everyMs }) {
    for (let i = 1; i <= to; i++) {
      yield i
      if (everyMs) await pause(everyMs)
    }
  },
  async *echo({ text }) {
    yield text
  },
  async *big({ length }) {
    yield 'x'.repeat(length)
  },
  async *iteratorFails({ after }) {
    for (let i = 1; i <= after; i++) yield i
    throw new Error('the iterator failed')
  },
  async *quiet({ ms }) {
    yield 'first'
    await pause(ms)
    yield 'last'
  },
}

/** A plugin with these fields. */
export function planFields() {
  const counts = { live: 0, bumped: 0 }
  const subscriptions = Object.entries(starts).map(([field, start]) => [
    field,
    {
      subscribePlan: (_, args) => lambda(args.getRaw(), values => subscription(counts, () => start(values))),
      plan: $event => $event,
    },
  ])
  return extendSchema({
    typeDefs: gql`
      extend type Query {
        hello(name: String! = "world"): String!
        fails: String
        live: Int!
        bumped: Int!
      }
      extend type Mutation {
        bump: Int!
      }
      extend type Subscription {
        counter(to: Int!, everyMs: Int! = 1): Int!
        echo(text: String!): String!
        big(length: Int!): String!
        iteratorFails(after: Int! = 1): Int!
        quiet(ms: Int!): String!
      }
    `,
    objects: {
      Query: {
        plans: {
          hello: (_, { $name }) => lambda($name, name => `Hello, ${name}!`),
          fails: () =>
            sideEffect(constant(null), () => {
              throw new Error('the resolver failed')
            }),
          live: () => sideEffect(constant(null), () => counts.live),
          bumped: () => sideEffect(constant(null), () => counts.bumped),
        },
      },
      Mutation: { plans: { bump: () => sideEffect(constant(null), () => ++counts.bumped) } },
      Subscription: { plans: Object.fromEntries(subscriptions) },
    },
  })
}
