/** The snippets of the documents for React and the adapters, mounted word for word on a page built by Vite. */

import { once } from 'node:events'
import { cp, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect } from '@playwright/test'
import { createSchema, createYoga } from 'graphql-yoga'
import { table } from '../../demo/server/routes/table.mjs'
import { Streams } from '../../demo/server/streams.mjs'
import { serve } from '../interop/servers/serve.mjs'
import { readSnippets } from '../types/snippets.mjs'
import { buildPage, test } from './fixtures.mjs'

const here = path => fileURLToPath(new URL(path, import.meta.url))

/** What the snippets ask for, and the `id` that Relay's artifact reads. */
const schema = createSchema({
  typeDefs: `
    type Query { hello: String }
    type Message { id: ID! author: String! text: String! }
    type Subscription { chat(room: ID!): Message! }
  `,
  resolvers: {
    Subscription: {
      chat: {
        resolve: message => message,
        async *subscribe(_, { room }) {
          yield { id: '1', author: 'Ada', text: `Hello, room ${room}!` }
          yield { id: '2', author: 'Grace', text: 'Hello, Ada!' }
        },
      },
    },
  },
})

/** The code of the only snippet under a heading, with what it declares at its top level exported. */
function exportedFrom(document, heading) {
  const found = readSnippets(document).filter(snippet => snippet.heading === heading)
  expect(found, `snippets of ${document} under "${heading}"`).toHaveLength(1)
  return found[0].code
    .replace(/^(?:const|function) /gm, 'export $&')
    .replace(/^new (\w+)\(/gm, 'export const made$1 = new $1(')
}

/** The recipes, by the files that the page imports. */
const recipes = {
  connection: 'Reconnecting in 3 s',
  answer: 'An answer of a language model',
  prices: 'A table with named events',
  log: 'A pause button',
}

/** Builds the page from the snippets; an import of `postsource/react` gets the hooks that show their data. */
async function build(peers) {
  const folder = here(`../../build/react-tests/${peers}-snippets/`)
  await rm(folder, { recursive: true, force: true })
  await cp(here('snippets/'), `${folder}page/`, { recursive: true })
  await cp(here('adapters/relay-artifacts.js'), `${folder}relay-artifacts.js`)
  const react = exportedFrom('docs/react.md', 'The two hooks').replace("'postsource/react'", "'./hooks.js'")
  await writeFile(`${folder}page/react.tsx`, react)
  const recipe = heading => exportedFrom('docs/react/recipes.md', heading)
  for (const [file, heading] of Object.entries(recipes))
    await writeFile(`${folder}page/${file}.tsx`, recipe(heading))
  const adapters = ['apollo', 'urql', 'relay'].map(name =>
    exportedFrom(`docs/graphql/${name}.md`, 'Set it up'),
  )
  await writeFile(`${folder}page/adapters.tsx`, adapters.join('\n'))
  return buildPage(peers, `${folder}page/`, `${folder}built/`)
}

/** Serves the built page. A worker has one project, and so one set of peers. */
let serveFile

/** The page of the snippets, and its server. */
async function openPage(page, peers) {
  serveFile ??= await build(peers)
  const yoga = createYoga({ schema, logging: false })
  const answerTable = table(new Streams())
  const streams = { events: [], chat: [], prices: [], log: [] }
  const server = await serve((request, response) => {
    const url = new URL(request.url, 'http://localhost')
    const [, first, rest] = url.pathname.split('/')
    if (first === 'graphql') return yoga(request, response)
    if (first === 'table') return answerTable({ request, response, url, rest })
    if (!(first in streams)) return serveFile(url.pathname, response)
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    streams[first].push(response)
  })
  page.on('pageerror', error => console.error(error))
  await page.goto(server.origin)
  return { server, streams }
}

test('the snippets for the hooks and the adapters run and show data', async ({ page, peers }) => {
  const { server } = await openPage(page, peers)
  try {
    await expect(page.locator('#subscription')).toHaveText(
      JSON.stringify([
        { author: 'Ada', text: 'Hello, room one!' },
        { author: 'Grace', text: 'Hello, Ada!' },
      ]),
    )
    for (const library of ['apollo', 'urql', 'relay'])
      await expect(page.locator(`#${library}`)).toHaveText('"Hello, Ada!"')

    const rows = page.locator('#events')
    await expect(rows).toHaveText('{"msg-1":{"title":"Hello","content":"The first record"}}')
    await fetch(`${server.origin}/table`, { method: 'POST', body: '{"id":"a","title":"new"}' })
    await expect(rows).toContainText('"a":{"title":"new"')
    await fetch(`${server.origin}/table/msg-1`, { method: 'DELETE' })
    await expect(rows).toHaveText('{"a":{"title":"new","content":""}}')
  } finally {
    await server.close()
  }
})

test('the recipes for the hooks: the time of the next attempt, and an answer that can be stopped', async ({
  page,
  peers,
}) => {
  const { server, streams } = await openPage(page, peers)
  try {
    const connection = page.locator('#connection')
    await expect(connection).toHaveText('open')
    streams.events[0].end('retry: 600000\n\n')
    await expect(connection).toHaveText(/^Reconnecting in \d+ s$/)

    await expect.poll(() => streams.chat.length).toBe(1)
    const [response] = streams.chat
    const answer = page.locator('#answer output')
    response.write('data: {"text":"Hel"}\n\n')
    await expect(answer).toHaveText('Hel')
    response.write('data: {"text":"lo"}\n\n')
    await expect(answer).toHaveText('Hello')
    const closed = once(response, 'close')
    await page.getByRole('button', { name: 'Stop' }).click()
    await closed
    await expect(answer).toHaveText('Hello')
    expect(streams.chat).toHaveLength(1)
  } finally {
    await server.close()
  }
})

test('the recipes for the hooks: a table that begins anew with each connection, and a pause button', async ({
  page,
  peers,
}) => {
  const { server, streams } = await openPage(page, peers)
  try {
    await expect.poll(() => streams.prices.length).toBe(1)
    const send = (type, record) =>
      streams.prices.at(-1).write(`event: ${type}\ndata: ${JSON.stringify(record)}\n\n`)
    const rows = page.locator('#prices li')
    send('snapshot', { a: { title: 'one' }, b: { title: 'two' } })
    await expect(rows).toHaveText(['one', 'two'])
    send('update', { id: 'c', title: 'three' })
    send('delete', { id: 'a' })
    await expect(rows).toHaveText(['two', 'three'])
    streams.prices[0].end('retry: 1\n\n')
    await expect.poll(() => streams.prices.length).toBe(2)
    send('snapshot', { d: { title: 'four' } })
    await expect(rows).toHaveText(['four'])

    const log = page.locator('#log')
    streams.log[0].write('id: 1\ndata: first\n\n')
    await expect(log.locator('pre')).toHaveText('first')
    const closed = once(streams.log[0], 'close')
    await log.getByRole('button', { name: 'Pause' }).click()
    await closed
    await log.getByRole('button', { name: 'Go on' }).click()
    await expect.poll(() => streams.log.length).toBe(2)
    expect(streams.log[1].req.headers['last-event-id']).toBe('1')
    streams.log[1].write('id: 2\ndata: second\n\n')
    await expect(log.locator('pre')).toHaveText('first\nsecond')
  } finally {
    await server.close()
  }
})
