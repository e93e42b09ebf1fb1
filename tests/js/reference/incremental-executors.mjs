/**
 * A worker that executes random queries with @defer and @stream in graphql's own executors, with fields that fail. It
 * is a thread of its own since executors leave promises without a handler behind when they give up a part of a query.
 *
 * Each message is answered by `{ source, payloads, whole }`: the payloads as they come from the wire, and what the
 * same query gives without the directives in a schema where every type is nullable. There an error takes nothing but
 * its own field.
 */

import { parentPort } from 'node:worker_threads'
import * as graphql17 from 'graphql-17'
import * as graphql17alpha2 from 'graphql-17-alpha-2'
import * as graphql17alpha9 from 'graphql-17-alpha-9'
import { randomFrom } from './incremental-payloads.mjs'

const executors = {
  '17.0.0-alpha.2': [graphql17alpha2, graphql17alpha2.experimentalExecuteIncrementally],
  '17.0.0-alpha.9': [graphql17alpha9, graphql17alpha9.experimentalExecuteIncrementally],
  17.1: [graphql17, graphql17.experimentalExecuteIncrementally],
  '17.1, legacy': [graphql17, graphql17.legacyExecuteIncrementally],
}

const fields = {
  text: 'String',
  textNN: 'String!',
  node: 'Node',
  nodeNN: 'Node!',
  texts: '[String]',
  textsNN: '[String!]',
  nodes: '[Node]',
  nodesN: '[Node!]',
  nodesNN: '[Node!]!',
}
const typeDefs = ['Query', 'Node']
  .map(
    type =>
      `type ${type} { ${Object.entries(fields)
        .map(field => field.join(': '))
        .join(' ')} }`,
  )
  .join('\n')
const directives = `
  directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  directive @stream(if: Boolean! = true, label: String, initialCount: Int = 0) on FIELD
`
const nullableTypeDefs = typeDefs.replaceAll('!', '')

/**
 * A selection set. The same field may come in several fragments, with a name of its own where it is streamed, since
 * graphql refuses to stream one field in two ways. `inStreams`: whether the items of a stream may have
 * fragments and streams of their own. `names` counts the names given.
 */
function randomSelection(random, depth, { inStreams, isPlain = false }, names = { count: 0 }) {
  const below = n => Math.floor(random() * n)
  const selection = Array.from({ length: 1 + below(4) }, () => {
    if (random() < 0.35 && depth > 0 && !isPlain) {
      const label = random() < 0.5 ? `(label: "l${names.count++}")` : ''
      return `... @defer${label} ${randomSelection(random, depth - 1, { inStreams }, names)}`
    }
    const all = Object.keys(fields)
    const name = depth > 0 ? all[below(all.length)] : all[below(2)]
    const isStream = name.includes('s') && random() < 0.5 && !isPlain
    const alias = isStream ? `a${names.count++}: ` : ''
    const directive = isStream ? ` @stream(initialCount: ${below(3)})` : ''
    if (!name.startsWith('node')) return alias + name + directive
    const within = { inStreams, isPlain: isPlain || (isStream && !inStreams) }
    return `${alias}${name}${directive} ${randomSelection(random, depth - 1, within, names)}`
  })
  return `{ ${selection.join(' ')} }`
}

async function afterTurns(turns, value) {
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
  if (value instanceof Error) throw value
  return value
}

/** What the field at a path gives: it depends on the seed and the path alone, so all executors see the same. */
function resolver(seed, errorRate) {
  const randomAt = path => {
    let hash = seed
    for (const character of JSON.stringify(path)) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
    return randomFrom(hash)
  }
  const later = (random, value) => {
    const promise = afterTurns(Math.floor(random() * 6), value)
    promise.catch(() => {}) // an executor that has given a list up looks at no more of its items
    return promise
  }
  return (source, _args, _context, { path, returnType }) => {
    // alpha.9 tells a wrong path in the items of a stream, so objects know where they are
    const place = [...(source?.place ?? []), path.key]
    const random = randomAt(place)
    const one = at => {
      const chance = random()
      if (chance < errorRate) return new Error(`no ${at.join('.')}`)
      if (chance < errorRate * 2) return null
      return /Node/.test(String(returnType)) ? { place: at } : `text ${at.join('.')}`
    }
    const settle = value => {
      if (random() < 0.5) return later(random, value)
      if (value instanceof Error) throw value
      return value
    }
    if (!String(returnType).startsWith('[')) return settle(one(place))
    if (random() < errorRate) return settle(new Error(`no ${place.join('.')}`))
    const items = Array.from({ length: Math.floor(random() * 5) }, (_, i) => one([...place, i]))
    const kind = random()
    if (kind < 0.3) return settle(items)
    if (kind < 0.6) return items.map(item => (random() < 0.5 ? later(random, item) : item))
    return (async function* () {
      for (const item of items) yield later(random, item instanceof Error ? null : item)
    })()
  }
}

/** All payloads of a result, as they come from the wire. */
async function payloadsOf(result) {
  const payloads = []
  if ('initialResult' in result) {
    payloads.push(result.initialResult)
    for await (const payload of result.subsequentResults) payloads.push(payload)
  } else {
    payloads.push(result)
  }
  return payloads.map(payload => JSON.parse(JSON.stringify(payload)))
}

process.on('unhandledRejection', () => {})
parentPort.on('message', async ({ executor, seed, errorRate }) => {
  const [{ buildSchema, execute, parse }, executeIncrementally] = executors[executor]
  // alpha.9 announces what begins in the items of a stream at wrong paths
  const source = randomSelection(randomFrom(seed), 4, { inStreams: executor !== '17.0.0-alpha.9' })
  const args = { fieldResolver: resolver(seed, errorRate) }
  try {
    const schema = buildSchema(directives + typeDefs)
    const payloads = await payloadsOf(
      await executeIncrementally({ schema, document: parse(source), ...args }),
    )
    const whole = await execute({
      schema: buildSchema(nullableTypeDefs),
      document: parse(source.replaceAll(/@(defer|stream)(\([^)]*\))?/g, '')),
      ...args,
    })
    parentPort.postMessage({ source, payloads, whole: JSON.parse(JSON.stringify(whole.data)) })
  } catch (error) {
    parentPort.postMessage({ source, crash: String(error) })
  }
})
