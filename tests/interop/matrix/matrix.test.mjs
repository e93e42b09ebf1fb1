/** The servers that need no set-up, through the cells that need no waiting; and the documents, held to the definitions. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { graphqlCells } from './graphql-cells.mjs'
import { graphqlServers } from './graphql-servers.mjs'
import { setUp } from './program.mjs'
import { runRow } from './row.mjs'
import { mcpServers, streamServers, tableServers } from './stream-servers.mjs'

const { browser, heartbeats, ...quickCells } = graphqlCells
const read = name => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')

describe('a program of its own', () => {
  for (const name of ['GraphQL Yoga', 'graphql-sse on http']) {
    test(name, async () => {
      const server = graphqlServers.find(server => server.name === name)
      const results = await runRow(server, server.rows[0], setUp(server).folder, quickCells)
      assert.deepEqual(
        [...results].filter(([, { state }]) => state === 'red'),
        [],
      )
    })
  }
})

describe('docs/interop.md', () => {
  const text = read('interop.md')
  test('has every row of the definitions, and no red cell', () => {
    for (const { name, rows } of [...graphqlServers, ...streamServers, ...tableServers, ...mcpServers]) {
      for (const { protocol } of rows)
        assert.ok(text.includes(`| ${name} | ${protocol} | `), `${name}, ${protocol}`)
    }
    assert.doesNotMatch(text, /✗/)
  })
  test('has at most 200 lines', () => {
    assert.ok(text.split('\n').length <= 200)
  })
})

test('docs/graphql/servers.md has the protocols of the GraphQL servers', () => {
  const table = [...read('graphql/servers.md').matchAll(/^\| ([^|]+) \| ([^|]+) \|/gm)]
  const wordsOf = text => [...new Set(text.match(/SSE|multipart/g))].sort()
  const protocols = new Map(table.map(([, name, protocol]) => [name, wordsOf(protocol)]))
  const found = new Map()
  for (const { name, rows } of graphqlServers) {
    if (name.startsWith('nginx')) continue
    const listed = [...protocols.keys()].find(key => name.startsWith(key.replace(', recorded', '')))
    assert.ok(listed, `${name} is not in the table`)
    found.set(listed, [...(found.get(listed) ?? []), ...rows.map(({ protocol }) => protocol)])
  }
  for (const [name, own] of found) assert.deepEqual(wordsOf(own.join()), protocols.get(name), name)
})
