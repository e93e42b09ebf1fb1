/** The server of an environment: the streams of the scenario, its reports, and the files of the app. */

import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { createSchema } from 'graphql-yoga'
import { graphql, multipartSubscriptions } from '../../demo/server/routes/graphql.mjs'
import { serve } from '../interop/servers/serve.mjs'

const types = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
}

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    type Query {
      hello: String
    }
    type Subscription {
      count: Int!
    }
  `,
  resolvers: {
    Subscription: {
      count: {
        resolve: n => n,
        async *subscribe() {
          for (let n = 1; n <= 3; n++) yield n
        },
      },
    },
  },
})

/**
 * Starts a server on a free port. `folder` is where its files are, `headers` are those of every file.
 *
 * - `results`: what has been reported, by step: undefined where it went well, else the error.
 * - `ended`: resolves when the scenario has reported its end.
 */
export async function startServer({ folder, headers = {} }) {
  const results = new Map()
  let end
  const ended = new Promise(resolve => {
    end = resolve
  })
  const streams = { ...eventStreams(), ...graphqlStreams() }

  const server = await serve(async (request, response) => {
    const url = new URL(request.url, 'http://localhost')
    if (url.pathname === '/report') {
      const { step, error } = JSON.parse(await bodyOf(request))
      if (step === 'end') end()
      else results.set(step, error)
      return response.writeHead(204).end()
    }
    const answer = streams[url.pathname]
    if (answer !== undefined) return answer({ request, response, url })
    return serveFile(join(folder, normalize(url.pathname)), response, headers)
  })
  return { __proto__: server, results, ended }
}

function graphqlStreams() {
  return { '/graphql': graphql(schema), '/multipart': multipartSubscriptions(schema) }
}

/** The event streams; `url.search` tells one run of a step from another. */
function eventStreams() {
  const open = new Map()
  const begin = response => response.writeHead(200, { 'content-type': 'text/event-stream' })
  return {
    async '/events'({ request, response, url }) {
      const asked = `${request.method} ${await bodyOf(request)}`
      const id = request.headers['last-event-id']
      open.set(url.search, response)
      begin(response).write(
        id === undefined ? `retry: 10\nid: 1\ndata: ${asked}\n\n` : `id: 2\ndata: ${asked} after ${id}\n\n`,
      )
    },
    '/drop'({ response, url }) {
      open.get(url.search).destroy()
      response.writeHead(204).end()
    },
    '/endless'({ response, url }) {
      open.set(url.search, new Promise(resolve => response.on('close', resolve)))
      begin(response).write('data: 1\n\n')
    },
    async '/aborted'({ response, url }) {
      await open.get(url.search)
      response.writeHead(200).end()
    },
    '/hook'({ response }) {
      begin(response).write('data: hooked\n\n')
    },
  }
}

async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function serveFile(path, response, headers) {
  const file = path.endsWith('/') ? join(path, 'index.html') : path
  const bytes = await readFile(file).catch(() => undefined)
  if (bytes === undefined) return response.writeHead(404).end()
  const type = types[extname(file)] ?? 'application/octet-stream'
  response.writeHead(200, { 'content-type': type, ...headers }).end(bytes)
}
