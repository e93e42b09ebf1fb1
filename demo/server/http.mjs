/** HTTP for the routes: errors, JSON bodies and events. */

const largestBodyBytes = 64 * 1024

/** An error whose status and message are sent to the client. */
export class HttpError extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** Reads the request's body as a JSON object. Throws an HttpError if it is too large or is not a JSON object. */
export async function readJson(request) {
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > largestBodyBytes)
      throw new HttpError(413, `the body is too large; at most ${largestBodyBytes} bytes are accepted`)
    chunks.push(chunk)
  }
  let value
  try {
    value = JSON.parse(Buffer.concat(chunks).toString() || '{}')
  } catch (error) {
    throw new HttpError(400, `the body is not valid JSON: ${error.message}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError(400, 'the body must be a JSON object')
  }
  return value
}

export function sendJson(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`)
}

/** Formats an event. https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function formatEvent({ event, id, data }) {
  const lines = data.split('\n').map(line => `data: ${line}`)
  if (id !== undefined) lines.unshift(`id: ${id}`)
  if (event !== undefined) lines.unshift(`event: ${event}`)
  return `${lines.join('\n')}\n\n`
}
