/** The MCP TypeScript SDK's server over streamable HTTP on PORT, with events that can be resumed. */

import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'

const require = createRequire(`${process.cwd()}/package.json`)
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js')
const { StreamableHTTPServerTransport } = require('@modelcontextprotocol/sdk/server/streamableHttp.js')
const { z } = require('zod')

const counts = { live: 0, started: 0 }

/** Keeps all events, in their order. An id is that of its stream and a number. */
class EventStore {
  #events = []

  async storeEvent(stream, message) {
    const id = `${stream}_${this.#events.length}`
    this.#events.push({ id, stream, message })
    return id
  }

  async replayEventsAfter(lastEventId, { send }) {
    const index = this.#events.findIndex(({ id }) => id === lastEventId)
    const { stream } = this.#events[index]
    for (const event of this.#events.slice(index + 1))
      if (event.stream === stream) await send(event.id, event.message)
    return stream
  }
}

const inputSchema = {
  to: z.number(),
  everyMs: z.number().default(0),
  text: z.string().default(''),
  length: z.number().default(0),
  closeAfter: z.number().default(Number.POSITIVE_INFINITY),
}

/** The tool sends a notification for each number. After `closeAfter` it closes the stream, and runs on. */
async function sendNumbers({ to, everyMs, text, length, closeAfter }, { sendNotification, closeSSEStream }) {
  counts.live++
  counts.started++
  try {
    for (let i = 1; i <= to; i++) {
      const data = { i, text: text || 'x'.repeat(length) }
      await sendNotification({ method: 'notifications/message', params: { level: 'info', data } })
      if (i === closeAfter) closeSSEStream()
      if (everyMs && i < to) await new Promise(resolve => setTimeout(resolve, everyMs))
    }
    return { content: [{ type: 'text', text: 'done' }] }
  } finally {
    counts.live--
  }
}

const sessions = new Map()

async function open() {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: new EventStore(),
    retryInterval: 50,
    onsessioninitialized: id => sessions.set(id, transport),
    onsessionclosed: id => sessions.delete(id),
  })
  const server = new McpServer({ name: 'interop', version: '1' }, { capabilities: { logging: {} } })
  server.registerTool('numbers', { inputSchema }, sendNumbers)
  await server.connect(transport)
  return transport
}

createServer(async (request, response) => {
  response.setHeader('access-control-allow-origin', request.headers.origin ?? '*')
  response.setHeader('access-control-allow-credentials', 'true')
  response.setHeader('access-control-allow-methods', 'GET, POST, DELETE')
  response.setHeader('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '*')
  response.setHeader('access-control-expose-headers', 'mcp-session-id')
  if (request.method === 'OPTIONS') return response.writeHead(204).end()
  if (request.url === '/counts') return response.end(JSON.stringify(counts))
  const id = request.headers['mcp-session-id']
  const transport = id ? sessions.get(id) : await open()
  if (!transport) return response.writeHead(404).end('no such session')
  await transport.handleRequest(request, response)
}).listen(Number(process.env.PORT), '127.0.0.1')
