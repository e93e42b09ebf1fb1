/** The few things that every route needs of HTTP. */

const largestBodyBytes = 64 * 1024

/** A refusal that the visitor may see: its status and its text. */
export class HttpError extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** The request's body as JSON. Throws an HttpError for one that is too large, or no JSON object. */
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

/** One line per member of an event, and a blank line. https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function formatEvent({ event, id, data }) {
  const lines = data.split('\n').map(line => `data: ${line}`)
  if (id !== undefined) lines.unshift(`id: ${id}`)
  if (event !== undefined) lines.unshift(`event: ${event}`)
  return `${lines.join('\n')}\n\n`
}
