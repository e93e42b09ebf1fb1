/** The kind of an operation, as graphql's own parser finds it. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'graphql'
import { operationKind } from '../../../dist/graphql/operation-kind.js'

const kind = (query, operationName) => operationKind({ query, operationName })

describe('the kind of an operation', () => {
  const cases = [
    ['{ a }', 'query'],
    ['query { a }', 'query'],
    ['mutation { a }', 'mutation'],
    ['subscription { a }', 'subscription'],
    ['\uFEFF,, # mutation { b }\r\nsubscription,S,{ a }', 'subscription'],
    ['{ subscription }', 'query'],
    ['{ mutation { a } }', 'query'],
    ['query mutation { a }', 'query'],
    ['subscription @live(if: true) { a }', 'subscription'],
    ['fragment query on T { a } mutation M { ...query }', 'mutation'],
    ['mutation M { ...F } fragment F on T { a }', 'mutation'],
    ['query A($a: I = { b: "} mutation {" }) { a(x: """} " \\""" mutation {""") }', 'query'],
    ['{ a(x: "\\"} mutation {") }', 'query'],
    ['"what it does" mutation M { a }', 'mutation'],
    ['"""what { it "does" """ subscription { a }', 'subscription'],
    ['{ a } # the end', 'query'],
    ['', 'unknown'],
    ['   # nothing', 'unknown'],
    ['fragment F on T { a }', 'unknown'],
    ['type Query { a: Int }', 'unknown'],
    ['mutation { a', 'unknown'],
    ['{ a } }', 'unknown'],
    ['mutation { a(x: ") } query {") } "', 'unknown'],
    ['{ a(x: """) } ', 'unknown'],
    ['b9b5', 'unknown'],
  ]
  for (const [query, expected] of cases)
    test(`${JSON.stringify(query)}: ${expected}`, () => assert.equal(kind(query), expected))

  test('of several operations, operationName selects one', () => {
    const query = 'query A { mutation { a } } subscription B { b } mutation C { c }'
    assert.equal(kind(query, 'A'), 'query')
    assert.equal(kind(query, 'B'), 'subscription')
    assert.equal(kind(query, 'C'), 'mutation')
    assert.equal(kind(query, 'D'), 'unknown')
    assert.equal(kind(query), 'unknown')
    assert.equal(kind(query, null), 'unknown')
  })

  test('of a parsed document, with a source or without', () => {
    const text = 'fragment F on T { a } query Q { ...F } subscription S { b }'
    for (const document of [parse(text), parse(text, { noLocation: true })]) {
      assert.equal(kind(document, 'Q'), 'query')
      assert.equal(kind(document, 'S'), 'subscription')
      assert.equal(kind(document), 'unknown')
    }
    assert.equal(kind(new String('mutation { a }')), 'mutation')
    assert.equal(kind(undefined), 'unknown')
  })

  test("the operation's own kind takes precedence over its document", () => {
    assert.equal(operationKind({ query: '{ a }', kind: 'subscription' }), 'subscription')
    assert.equal(operationKind({ query: '', kind: 'mutation' }), 'mutation')
  })

  test('a very long text takes no stack and little time', () => {
    const string = '\\"'.repeat(500_000)
    assert.equal(kind(`mutation { a(x: "${string}", y: """${'"" \\""" '.repeat(200_000)}""") }`), 'mutation')
    assert.equal(kind(`{ ${'a { '.repeat(100_000)} b ${'}'.repeat(100_000)} }`), 'query')
  })
})

/** Numbers by chance, the same in every run (mulberry32). */
function chance(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('against graphql’s own parser', () => {
  const names = ['query', 'mutation', 'subscription', 'fragment', 'on', 'a', 'B9', '_']
  const ignored = [' ', '\n', '\r\n', '\t', ',', '\uFEFF', ' # mutation { " \n', '#\r']
  const strings = ['"a"', '"} mutation {"', '"\\" {"', '""', '""""""', '""" " \\""" } """', '"""\n#{"""']

  function writer(random) {
    const pick = list => list[Math.floor(random() * list.length)]
    const some = (write, most = 3) => Array.from({ length: Math.floor(random() * (most + 1)) }, write)
    const name = () => pick(names)
    const value = depth =>
      pick([
        () => '1',
        () => '-1.5e3',
        () => pick(strings),
        () => '$a',
        () => (depth > 0 ? ['{', ...some(() => [name(), ':', value(depth - 1)].flat()).flat(), '}'] : 'true'),
        () => (depth > 0 ? ['[', ...some(() => value(depth - 1)).flat(), ']'] : 'null'),
      ])()
    const args = () => (random() < 0.3 ? ['(', name(), ':', value(2), ')'].flat() : [])
    const directives = () => some(() => ['@', name(), ...args()], 2).flat()
    const selections = depth => {
      const one = () =>
        pick([
          () => [
            name(),
            ...args(),
            ...directives(),
            ...(depth > 0 && random() < 0.5 ? selections(depth - 1) : []),
          ],
          () => ['...', ...(random() < 0.5 ? ['on', 'T'] : []), ...selections(Math.max(0, depth - 1))],
          () => ['...', 'F'],
        ])()
      return ['{', ...one(), ...some(one).flat(), '}']
    }
    const variables = () =>
      random() < 0.4
        ? ['(', '$', 'a', ':', '[', 'Int', '!', ']', '=', '[', '1', ']', ...directives(), ')']
        : []
    const definition = () =>
      pick([
        () => selections(2),
        () => [
          pick(['query', 'mutation', 'subscription']),
          ...(random() < 0.7 ? [name()] : []),
          ...variables(),
          ...directives(),
          ...selections(2),
        ],
        () => ['fragment', 'F', 'on', 'T', ...directives(), ...selections(1)],
      ])()
    const space = () => (random() < 0.2 ? some(() => pick(ignored)).join('') : ' ')
    return {
      document: () =>
        [definition(), ...some(definition, 2)].flat().reduce((text, token) => text + space() + token, '') +
        space(),
      pick,
      name,
    }
  }

  function expected(text, operationName) {
    const kinds = new Set(
      parse(text)
        .definitions.filter(({ kind }) => kind === 'OperationDefinition')
        .filter(({ name }) => !operationName || name?.value === operationName)
        .map(({ operation }) => operation),
    )
    return kinds.size === 1 ? [...kinds][0] : 'unknown'
  }

  test('3,000 random documents, whole and damaged', () => {
    const random = chance(1)
    const { document, pick } = writer(random)
    let parsed = 0
    for (let i = 0; i < 3000; i++) {
      let text = document()
      if (random() < 0.4) {
        const at = Math.floor(random() * text.length)
        text = text.slice(0, at) + pick(['', '"', '{', '}', '#', '\\', ',', '"""']) + text.slice(at + 1)
      }
      const operationName = random() < 0.3 ? pick(names) : null
      let right
      try {
        right = expected(text, operationName)
      } catch {
        kind(text, operationName) // no server executes it; it must only come to an end
        continue
      }
      parsed++
      assert.equal(kind(text, operationName), right, `${JSON.stringify(text)} ${operationName}`)
    }
    assert.ok(parsed > 1000, `${parsed} of them parse`)
  })
})
