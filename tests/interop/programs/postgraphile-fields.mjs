/** The fields of schema.graphql for PostGraphile, which plans what other servers resolve. */

import { constant, lambda, sideEffect } from 'postgraphile/grafast'
import { extendSchema, gql } from 'postgraphile/utils'

/** The iterators' `return()` takes effect at once, also while they wait. */
function subscription(counts, start) {
  counts.live++
  let close
  const closed = new Promise(resolve => {
    close = () => resolve({ done: true, value: undefined })
  })
  closed.then(() => counts.live--)
  const source = start()
  return {
    async next() {
      try {
        const entry = await Promise.race([source.next(), closed])
        if (entry.done) close()
        return entry
      } catch (error) {
        close()
        throw error
      }
    },
    async return() {
      close()
      return closed
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
      subscribePlan: (_, args) =>
        lambda(args.getRaw(), values => subscription(counts, () => start(values))),
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
