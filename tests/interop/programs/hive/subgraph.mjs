/** Starts a subgraph of the schema of ../schema.graphql, and Hive Gateway in front of it. */

import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { composeServices } from '@theguild/federation-composition'
import { parse } from 'graphql'
import { createYoga } from 'graphql-yoga'

const typeDefs = parse(readFileSync('schema.graphql', 'utf8'))
const counts = { live: 0, bumped: 0 }

/** An iterator whose return() takes effect at once, also while it waits. */
function subscription(start) {
  return {
    resolve: value => value,
    subscribe(_, args) {
      let stop
      const stopped = new Promise(resolve => {
        stop = () => resolve({ done: true, value: undefined })
      })
      let isOpen = true
      counts.live++
      const close = () => {
        if (isOpen) counts.live--
        isOpen = false
        stop()
      }
      const source = start(args)
      return {
        async next() {
          if (!isOpen) return { done: true, value: undefined }
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
          return { done: true, value: undefined }
        },
        [Symbol.asyncIterator]() {
          return this
        },
      }
    },
  }
}
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

const resolvers = {
  Query: {
    hello: (_, { name }) => `Hello, ${name}!`,
    fails() {
      throw new Error('the resolver failed')
    },
    live: () => counts.live,
    bumped: () => counts.bumped,
    me: () => ({ id: '1', bio: 'writes programs' }),
  },
  Mutation: { bump: () => ++counts.bumped },
  Subscription: {
    counter: subscription(async function* ({ to, everyMs }) {
      for (let i = 1; i <= to; i++) {
        yield i
        if (everyMs) await pause(everyMs)
      }
    }),
    echo: subscription(async function* ({ text }) {
      yield text
    }),
    big: subscription(async function* ({ length }) {
      yield 'x'.repeat(length)
    }),
    iteratorFails: subscription(async function* ({ after }) {
      for (let i = 1; i <= after; i++) yield i
      throw new Error('the iterator failed')
    }),
    quiet: subscription(async function* ({ ms }) {
      yield 'first'
      await pause(ms)
      yield 'last'
    }),
  },
}

const schema = buildSubgraphSchema({ typeDefs, resolvers })
const subgraph = createServer(createYoga({ schema, logging: false }))
await new Promise(resolve => subgraph.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${subgraph.address().port}/graphql`
const { supergraphSdl, errors } = composeServices([{ name: 'subgraph', typeDefs, url }])
if (errors) throw new Error(String(errors))
const file = `supergraph-${process.env.PORT}.graphql`
writeFileSync(file, supergraphSdl)
const gateway = spawn(
  'node_modules/.bin/hive-gateway',
  ['--host', '127.0.0.1', '--port', process.env.PORT, 'supergraph', file],
  { stdio: 'inherit' },
)
gateway.on('exit', code => process.exit(code ?? 1))
