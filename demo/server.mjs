/**
 * The demo's server: the streams, the buttons' controls, a GraphQL API, the pages and the built package.
 * `node demo/server.mjs [--port N]`
 */

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildReactPage, reactPage } from './react/build.mjs'
import { HttpError, sendJson } from './server/http.mjs'
import { answer } from './server/routes/answer.mjs'
import { broken, listMistakes } from './server/routes/broken.mjs'
import { clock } from './server/routes/clock.mjs'
import { graphql, multipartSubscriptions } from './server/routes/graphql.mjs'
import { listServers, server as otherServer } from './server/routes/servers.mjs'
import { table } from './server/routes/table.mjs'
import { createDemoSchema } from './server/schema.mjs'
import { Streams } from './server/streams.mjs'

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.ts': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
}

/** Folders that are served as they are, by the beginning of the path. */
const folders = {
  '/dist/': new URL('../dist/', import.meta.url),
  '/js/': new URL('../js/', import.meta.url),
  '/react/': reactPage,
}
const page = new URL('./pages/', import.meta.url)

/** Starts the server on a port (0 for any free one). Resolves with its address and a function that stops it. */
export async function startDemo({ port = 0 } = {}) {
  await buildReactPage()
  const streams = new Streams()
  const schema = createDemoSchema()
  const records = table(streams)
  const routes = {
    '/graphql': graphql(schema),
    '/graphql/multipart': multipartSubscriptions(schema),
    '/clock': clock(streams),
    '/answer': answer(streams),
    '/realtime-demo/message': records,
    '/realtime-demo/message/*': records,
    '/servers': listServers,
    '/servers/*': otherServer,
    '/broken': listMistakes,
    '/broken/*': broken,
    '/control/drop': ({ response, url }) =>
      sendJson(response, 200, { dropped: streams.drop(url.searchParams.get('kind')) }),
    '/control/refuse': ({ response, url }) => {
      streams.refuseNext(url.searchParams.get('kind'), url.searchParams.get('as'))
      sendJson(response, 200, {})
    },
    '/control/status': ({ response }) => sendJson(response, 200, streams.counts()),
  }

  async function handle(request, response) {
    try {
      const url = new URL(request.url, 'http://localhost')
      const [path, rest] = splitPath(url.pathname)
      const route = routes[url.pathname] ?? routes[`${path}/*`]
      if (route === undefined) return await serveFile(url.pathname, response)
      if (
        url.pathname.startsWith('/control/') &&
        url.pathname !== '/control/status' &&
        request.method !== 'POST'
      ) {
        throw new HttpError(405, 'controls are used with POST')
      }
      await route({ request, response, url, rest: routes[url.pathname] ? undefined : rest })
    } catch (error) {
      if (response.headersSent) return response.destroy()
      sendJson(response, error.status ?? 500, { error: error.status ? error.message : 'the demo has failed' })
      if (!error.status) console.error(error)
    }
  }

  const server = createServer(handle)
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** What is before the last slash, and what is behind it. */
function splitPath(pathname) {
  const cut = pathname.lastIndexOf('/')
  try {
    return [pathname.slice(0, cut), decodeURIComponent(pathname.slice(cut + 1))]
  } catch {
    throw new HttpError(400, `${pathname} is not well encoded`)
  }
}

async function serveFile(pathname, response) {
  const [prefix, folder] = Object.entries(folders).find(([prefix]) => pathname.startsWith(prefix)) ?? [
    '/',
    page,
  ]
  const file = normalize(`/${pathname.slice(prefix.length) || 'index.html'}`).slice(1)
  let bytes
  try {
    bytes = await readFile(new URL(file, folder))
  } catch {
    throw new HttpError(404, `nothing at ${pathname}`)
  }
  const type = types[extname(file)] ?? 'application/octet-stream'
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' }).end(bytes)
}

/** The first free port from `port` on. */
async function startOnFreePort(port) {
  for (let candidate = port; ; candidate++) {
    try {
      return await startDemo({ port: candidate })
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || candidate > port + 20) throw error
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '8080' } } })
  const { url, close } = await startOnFreePort(Number(values.port))
  console.log(`The demo is at ${url}   (Ctrl-C ends it)`)
  process.once('SIGINT', () => close())
  process.once('SIGTERM', () => close())
}
