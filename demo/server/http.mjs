/** What the routes need of HTTP. */

const largestBodyBytes = 64 * 1024

/** A refusal, whose status and message the client gets. */
export class HttpError extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** Reads the request's body as a JSON object. Throws an HttpError where it is too large or is no JSON object. */
export async function readJson(request) {
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > largestBodyBytes) throw new HttpError(413, `a body may have ${largestBodyBytes} bytes`)
    chunks.push(chunk)
  }
  let value
  try {
    value = JSON.parse(Buffer.concat(chunks).toString() || '{}')
  } catch (error) {
    throw new HttpError(400, `the body is no JSON: ${error.message}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError(400, 'the body must be a JSON object')
  }
  return value
}

export function sendJson(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`)
}

/** An event as it is sent. https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function formatEvent({ event, id, data }) {
  const lines = data.split('\n').map(line => `data: ${line}`)
  if (id !== undefined) lines.unshift(`id: ${id}`)
  if (event !== undefined) lines.unshift(`event: ${event}`)
  return `${lines.join('\n')}\n\n`
}
