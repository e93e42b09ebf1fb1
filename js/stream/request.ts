/** One attempt: one request, its response checked, its body handed on. It never tries again. */

import { StreamError } from './errors.ts'
import { answer, streamOf, tell, trackStream } from './open-streams.ts'
import type { RequestOptions } from './types.ts'

const eventStream = 'text/event-stream'
const excerptBytes = 1024
/** A refused response that does not give its body by then has none worth waiting for. */
const excerptMs = 500

/**
 * What to send for an event stream. Asks the functions of the options.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource
 */
export async function eventStreamRequest(
  { headers, body, fetch, idempotent, ...init }: RequestOptions,
  lastEventId: string,
): Promise<RequestInit> {
  const own = await resolveValue(headers)
  const content = await resolveValue(body)
  return { ...init, headers: streamHeaders(eventStream, lastEventId, own), body: content ?? null }
}

/** Sends one request, past the cache, for a stream unless said otherwise. Rejects with a StreamError `network`. */
export async function send(
  url: string,
  init: RequestInit,
  fetch = globalThis.fetch,
  isStream = true,
): Promise<Response> {
  const request: RequestInit = { cache: 'no-store', redirect: 'follow', ...init }
  // [fetch] a body that is a stream is sent in half duplex only, and must say so
  if (init.body instanceof ReadableStream) Object.assign(request, { duplex: 'half' })
  if (request.signal?.aborted) throw networkError(request.signal.reason)
  const stream = isStream ? trackStream(url, request) : undefined
  try {
    const response = await fetch(url, request)
    answer(stream, response)
    return response
  } catch (cause) {
    tell('error', stream, cause)
    throw new StreamError('network', `the request to ${url} failed: ${reasonOf(cause)}`, { cause })
  }
}

/** Throws a StreamError unless `response` is an event stream that can be read. */
export async function checkEventStream(response: Response): Promise<void> {
  // [spec] anything but 200 fails the connection
  if (response.status !== 200) throw await refuseStatus(response)
  if (essence(response) !== eventStream) throw await refuseType(response, eventStream)
  checkBody(response)
}

/** Throws a StreamError where `response` has no body to read. */
export function checkBody({ body, status, headers }: Response): void {
  if (body !== null && body !== undefined) return
  throw new StreamError(
    'unsupported',
    'the response has no body to read as a stream; where the runtime’s fetch has none, give one that has',
    { status, headers },
  )
}

/** The origin of the response after redirects, or of the request where the response does not tell. */
export function originOf(response: Response, url: string): string {
  return new URL(response.url || url).origin
}

/** The value, or what the function gives for it. */
export async function resolveValue<T, A extends unknown[] = []>(
  value: T | ((...given: A) => T | Promise<T>),
  ...given: A
): Promise<T> {
  return typeof value === 'function' ? (value as (...given: A) => T | Promise<T>)(...given) : value
}

/** The headers of a request for a stream: our own, then those given, which replace the ones before. */
export function streamHeaders(
  accept: string,
  lastEventId: string,
  ...given: (HeadersInit | undefined)[]
): Headers {
  const headers = new Headers({ accept })
  // [fetch] the cache mode `no-store` sends `Cache-Control: no-cache`. Browsers do it, and would ask for a preflight
  // across origins if the header were set here; not every other runtime does.
  if (globalThis.location === undefined) headers.set('cache-control', 'no-cache')
  if (lastEventId !== '') headers.set('last-event-id', byteString(lastEventId))
  for (const own of given) {
    try {
      new Headers(own).forEach((value, name) => {
        headers.set(name, value)
      })
    } catch (cause) {
      throw new StreamError('invalid-request', `a header cannot be sent: ${reasonOf(cause)}`, { cause })
    }
  }
  return headers
}

/** [spec] the id is sent in UTF-8; a header takes bytes as characters up to U+00FF. */
export function byteString(text: string): string {
  return Array.from(new TextEncoder().encode(text), byte => String.fromCharCode(byte)).join('')
}

/** The type and subtype of a response, in lower case. https://mimesniff.spec.whatwg.org/#mime-type-essence */
export function essence({ headers }: Response): string {
  return (headers.get('content-type') ?? '').split(/[;,]/, 1)[0]?.trim().toLowerCase() ?? ''
}

/** The error for a response with a status that is not to be read. Its body is read to its beginning. */
export async function refuseStatus(response: Response): Promise<StreamError> {
  return refusal('http-status', `the server answered ${response.status} ${response.statusText}`, response)
}

/** The error for a response of a type other than those `expected`. Its body is read to its beginning. */
export async function refuseType(response: Response, expected: string): Promise<StreamError> {
  const type = response.headers.get('content-type') ?? 'without a type'
  return refusal('content-type', `the response is ${type}, not ${expected}`, response)
}

async function refusal(
  code: 'http-status' | 'content-type',
  message: string,
  response: Response,
): Promise<StreamError> {
  const { status, headers } = response
  return new StreamError(code, message, { status, headers, excerpt: await excerptOf(response) })
}

/** The beginning of a body that nobody will read; the rest is cancelled. */
async function excerptOf(response: Response): Promise<string> {
  const stream = streamOf(response)
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  const timer = setTimeout(() => void reader?.cancel().catch(() => {}), excerptMs)
  try {
    while (reader && text.length < excerptBytes) {
      const { done, value } = await reader.read()
      if (done) {
        tell('end', stream)
        break
      }
      tell('chunk', stream, value)
      text += decoder.decode(value, { stream: true })
    }
  } catch {
    // the excerpt is a courtesy: what has come of it will do
  } finally {
    clearTimeout(timer)
    reader?.cancel().catch(() => {})
    tell('close', stream)
  }
  return text.slice(0, excerptBytes)
}

/** What reading a body has failed with: the network's error, unless it says itself what it is. */
export function networkError(cause: unknown): StreamError {
  if (cause instanceof StreamError) return cause
  return new StreamError('network', `the connection broke off: ${reasonOf(cause)}`, { cause })
}

/** Why, in words. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
