/**
 * The demo's server: streams, controls for the page's buttons, a GraphQL API, the pages and the built package.
 * `node demo/server.mjs [--port N]`
 */

import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildReactPage } from './react/build.mjs'
import { serveFile } from './server/files.mjs'
import { HttpError, sendJson } from './server/http.mjs'
import { answer } from './server/routes/answer.mjs'
import { broken, listMistakes } from './server/routes/broken.mjs'
import { clock } from './server/routes/clock.mjs'
import { graphql, multipartSubscriptions } from './server/routes/graphql.mjs'
import { listServers, server as otherServer } from './server/routes/servers.mjs'
import { table } from './server/routes/table.mjs'
import { createDemoSchema } from './server/schema.mjs'
import { Streams } from './server/streams.mjs'

/**
 * Starts the server on a port of the loopback interface, 0 for any free one. Resolves with its address and a function
 * that stops it. Builds the React page first, unless `hasReactPage` is false.
 */
export async function startDemo({ port = 0, hasReactPage = true } = {}) {
  if (hasReactPage) await buildReactPage()
  const routes = createRoutes()

  async function handle(request, response) {
    try {
      checkOrigin(request)
      const url = urlOf(request)
      const [path, rest] = splitPath(url.pathname)
      const route = routes[url.pathname] ?? routes[`${path}/*`]
      if (route === undefined) return await serveFile(url.pathname, response)
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

/** The handlers by path; a path that ends in `/*` stands for what is one level below. */
function createRoutes() {
  const streams = new Streams()
  const schema = createDemoSchema()
  const records = table(streams)
  return {
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
    '/control/drop': control(({ kind }) => ({ dropped: streams.drop(kind) })),
    '/control/refuse': control(({ kind, as }) => streams.refuseNext(kind, as)),
    '/control/status': ({ response }) => sendJson(response, 200, streams.counts()),
  }
}

/** What one of the pages' buttons does, by POST: `act` takes the parameters and returns what is answered as JSON. */
function control(act) {
  return ({ request, response, url }) => {
    if (request.method !== 'POST') throw new HttpError(405, 'controls are used with POST')
    sendJson(response, 200, act(Object.fromEntries(url.searchParams)) ?? {})
  }
}

/**
 * Any page in the visitor's browser can send requests to the loopback interface. Throws an HttpError for those of other
 * origins, and for those under a foreign name, whose DNS entry may have been changed to this address.
 */
function checkOrigin({ headers: { host, origin } }) {
  if (!/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host ?? ''))
    throw new HttpError(421, 'the demo answers at localhost only')
  if (origin !== undefined && origin !== `http://${host}`)
    throw new HttpError(403, 'the demo answers its own pages only')
}

function urlOf(request) {
  try {
    return new URL(request.url, 'http://localhost')
  } catch {
    throw new HttpError(400, 'the address of the request cannot be read')
  }
}

/** Splits a path at its last slash. */
function splitPath(pathname) {
  const cut = pathname.lastIndexOf('/')
  try {
    return [pathname.slice(0, cut), decodeURIComponent(pathname.slice(cut + 1))]
  } catch {
    throw new HttpError(400, `${pathname} is not well encoded`)
  }
}

/** Starts the server on the first free port from `port` on. */
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
