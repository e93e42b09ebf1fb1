import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental'
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream'
import { parse } from 'graphql'
import { createSchema, createYoga } from 'graphql-yoga'
import { meros } from 'meros/browser'
import { IncrementalResult } from '../../../dist/graphql/incremental.js'
import { randomDocument, randomFrom, takeApart } from '../reference/incremental-payloads.mjs'
import { deepFreeze } from './deep-freeze.mjs'

const seeds = 1500

/** JSON with sorted members, so that `__proto__` is compared like any other. */
function canonical(value) {
  return JSON.stringify(value, (_, member) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}

/** All results of the payloads; a change of an earlier one, or of a payload, throws. */
function mergeAll(payloads) {
  const incremental = new IncrementalResult()
  const results = payloads.map(payload => deepFreeze(incremental.merge(deepFreeze(payload))))
  assert.equal(payloads.at(-1).hasNext, false)
  return results
}

describe('the parts of random documents merge to the documents', () => {
  for (const generation of ['2022', 'top-level', '2023']) {
    test(generation, () => {
      let count = 0
      for (let seed = 0; seed < seeds; seed++) {
        const random = randomFrom(seed)
        const document = randomDocument(random, { hostile: true })
        const payloads = takeApart(document, generation, random)
        const results = mergeAll(payloads).filter(result => result !== undefined)
        assert.equal(canonical(results.at(-1).data), canonical(document), `seed ${seed}`)
        count += payloads.length
      }
      assert.ok(count > seeds * 2, `${count} payloads`)
    })
  }
})

describe('Apollo Client gives the same results, payload by payload', () => {
  for (const [generation, Handler, options] of [
    ['2022', Defer20220824Handler, {}],
    // Apollo Client 4.3.8 loses items of a stream that begins in an item of another or below a subPath, and takes a
    // list for a stream's where only the names are alike.
    ['2023', GraphQL17Alpha9Handler, { subPaths: false, nestedStreams: false, unique: true }],
  ]) {
    test(generation, () => {
      const query = parse('{ a }')
      for (let seed = 0; seed < seeds; seed++) {
        const random = randomFrom(seed)
        const payloads = takeApart(randomDocument(random, options), generation, random, options)
        const results = mergeAll(payloads)
        const request = new Handler().startRequest({ query })
        payloads.forEach((payload, i) => {
          const theirs = request.handle(undefined, payload)
          if (results[i])
            assert.equal(canonical(results[i].data), canonical(theirs.data), `seed ${seed}, payload ${i}`)
        })
      }
    })
  }
})

describe('graphql-yoga with @defer and @stream', () => {
  const people = [
    { id: '1', name: 'Ada', friends: ['2', '3'] },
    { id: '2', name: 'Bob', friends: ['1'] },
    { id: '3', name: 'Eve', friends: ['1', '2'] },
  ]
  const later = value => new Promise(resolve => setTimeout(resolve, 2, value))
  const yoga = createYoga({
    logging: false,
    plugins: [useDeferStream()],
    schema: createSchema({
      typeDefs: `
        type Query { hello: String, people: [Person!], letters: [String], broken: [String!] }
        type Person { id: ID!, name: String, slow: String!, fails: String!, friends: [Person!] }
      `,
      resolvers: {
        Query: {
          hello: () => 'world',
          people: () => people,
          async *letters() {
            for (const letter of ['a', null, 'c', 'd']) yield later(letter)
          },
          broken: () => ['a', later('b'), later(null), later('d')],
        },
        Person: {
          slow: ({ name }) => later(`slow ${name}`),
          fails: async () => {
            await later()
            throw new Error('no such luck')
          },
          friends: ({ friends }) => people.filter(({ id }) => friends.includes(id)),
        },
      },
    }),
  })

  async function ask(query, accept) {
    const response = await yoga.fetch('http://localhost/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query }),
    })
    if (!response.headers.get('content-type').startsWith('multipart')) return [await response.json()]
    const payloads = []
    for await (const part of await meros(response)) payloads.push(part.body)
    return payloads
  }

  /** The results of a query, and what the same query gives when nothing is deferred. */
  async function results(query) {
    const payloads = await ask(query, 'multipart/mixed')
    const [whole] = await ask(query.replaceAll(/@(defer|stream)(\([^)]*\))?/g, ''), 'application/json')
    return { payloads, results: mergeAll(payloads).filter(Boolean), whole }
  }

  for (const [name, query] of [
    ['a deferred fragment', '{ hello people { id ... @defer(label: "x") { name slow } } }'],
    ['a streamed list', '{ letters @stream(initialCount: 1) }'],
    ['defer in stream', '{ people @stream(initialCount: 1) { id ... @defer { slow } } }'],
    ['stream in defer', '{ hello ... @defer { people @stream(initialCount: 0, label: "s") { slow } } }'],
    [
      'overlapping fragments, nested',
      `{ people { id ... @defer { friends { id ... @defer { slow } } } ... @defer(label: "b") { friends { name } } } }`,
    ],
  ]) {
    test(`${name}: the merged result is the whole result`, async () => {
      const { payloads, results: merged, whole } = await results(query)
      assert.ok(payloads.length > 1, 'the server delivered incrementally')
      assert.equal(canonical(merged.at(-1).data), canonical(whole.data))
      assert.equal(merged.at(-1).errors, undefined)
      assert.notEqual(canonical(merged[0].data), canonical(whole.data))
    })
  }

  test('a fragment that fails adds its errors and leaves the rest', async () => {
    const { results: merged } = await results('{ people { id ... @defer { fails } } }')
    assert.deepEqual(merged.at(-1).data, { people: people.map(({ id }) => ({ id })) })
    assert.deepEqual(
      merged.at(-1).errors.map(({ path }) => path.join('.')),
      ['people.0.fails', 'people.1.fails', 'people.2.fails'],
    )
  })

  test('a list that fails adds its error and keeps its beginning', async () => {
    const { results: merged } = await results('{ broken @stream(initialCount: 1) }')
    assert.deepEqual(merged.at(-1).data, { broken: ['a', 'b'] })
    assert.equal(merged.at(-1).errors.length, 1)
  })
})
