/** One attempt: sends one request and checks the response. It never retries. */

import { ChunkReader, discardBody } from './chunk-reader.ts'
import { reasonOf, StreamError } from './errors.ts'
import { answer, streamOf, tell, trackStream } from './open-streams.ts'
import { reportError } from './report-error.ts'
import type { Attempt, RequestOptions } from './types.ts'
import { followPolicy, whyNever } from './unsendable.ts'
import { onAbort, unlessAborted } from './wait.ts'

const eventStream = 'text/event-stream'
/** How many bytes of a refused response are read: enough for whole JSON errors. */
const refusalBytes = 64 * 1024
/** How long to wait for the body of a refused response, in milliseconds. */
const refusalMs = 5000

/** A request whose headers are made. */
export type StreamRequest = RequestInit & { headers: Headers }

/**
 * Makes the request for an event stream, without the method. Calls the functions of the options, and awaits them no longer
 * than until the signal aborts. Rejects with a StreamError `invalid-request` if one of them throws.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource
 */
export async function eventStreamRequest(
  { headers, body, json, fetch, idempotent, method, url, ...init }: RequestOptions,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<StreamRequest> {
  const own = await askUser('headers', headers, attempt, signal)
  const value = await askUser('json', json, attempt, signal)
  const isJson = value !== undefined
  const content = isJson ? asJson(value) : await askUser('body', body, attempt, signal)
  return {
    ...init,
    headers: streamHeaders(eventStream, attempt.lastEventId, isJson ? jsonType : undefined, own),
    body: content ?? null,
    signal,
  }
}

const jsonType = { 'content-type': 'application/json' }

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    const message = `the option json cannot be written as JSON: ${reasonOf(cause)}`
    throw new StreamError('invalid-request', message, { cause })
  }
}

/** Resolves with the value of an option, or of its function. An exception of the function is reported, and is the cause. */
export async function askUser<T>(
  option: string,
  value: T | ((attempt: Attempt) => T | Promise<T>),
  attempt: Attempt,
  signal: AbortSignal,
): Promise<T> {
  if (typeof value !== 'function') return value
  if (signal.aborted) throw signal.reason
  try {
    return await unlessAborted(resolveValue(value, attempt), signal)
  } catch (cause) {
    if (signal.aborted) throw signal.reason
    reportError(cause, true)
    throw new StreamError('invalid-request', `the function ${option} threw: ${reasonOf(cause)}`, { cause })
  }
}

/**
 * Sends one request, bypassing the cache, for a stream by default. Waits for the response no longer than until the signal
 * aborts. Rejects with a StreamError: `network`, or `invalid-request` if the request can never be sent or `fetch` resolves
 * with what cannot be read.
 */
export async function send(
  url: string,
  init: StreamRequest,
  fetch = globalThis.fetch,
  isStream = true,
): Promise<Response> {
  const { signal, body, cache = 'no-store', redirect = 'follow' } = init
  // a plain object, because the `fetch` of many programs adds its own by `{ ...init.headers }`
  const headers = Object.fromEntries(init.headers)
  const request: RequestInit = { ...init, cache, redirect, headers }
  // [fetch] a body that is a stream needs `duplex: 'half'`
  if (body instanceof ReadableStream) Object.assign(request, { duplex: 'half' })
  if (signal?.aborted) throw networkError(signal.reason)
  const usedUp = whyNever(url, init, fetch)
  if (usedUp !== undefined) throw new StreamError('invalid-request', usedUp)
  const stream = isStream ? trackStream(url, request) : undefined
  const policy = followPolicy(url, init, fetch)
  let response: Response
  try {
    response = await unlessAborted(
      Promise.resolve(fetch(url, request)),
      signal,
      late => late && discardBody(late),
    )
  } catch (cause) {
    tell('error', stream, cause)
    tell('close', stream)
    if (signal?.aborted) throw networkError(signal.reason)
    const refused = await policy.refusal()
    if (refused !== undefined) throw new StreamError('invalid-request', refused, { cause })
    throw new StreamError('network', `the request to ${url} failed: ${reasonOf(cause)}${corsHint(url)}`, {
      cause,
    })
  } finally {
    policy.stop()
  }
  const unreadable = whyUnreadable(response)
  if (unreadable !== undefined) {
    tell('close', stream)
    throw new StreamError('invalid-request', unreadable)
  }
  answer(stream, response)
  return response
}

/** Why nothing can be read from what `fetch` has resolved with; undefined where something can. */
function whyUnreadable(response: Response | undefined): string | undefined {
  if (!response?.headers)
    return `fetch resolved with ${response}, which is no Response: check the option fetch`
  return response.body?.locked
    ? 'fetch resolved with a response whose body is being read already: read a clone of it'
    : undefined
}

/** Browsers do not tell a response that CORS forbids from a lost connection. */
function corsHint(url: string): string {
  const page = globalThis.location
  const isForeign = page?.origin && new URL(url, page.href).origin !== page.origin
  return isForeign ? `; the server is down, or its CORS headers do not allow ${page.origin}` : ''
}

/** Throws a StreamError unless `response` is an event stream that can be read. Aborting the signal ends the reading of a refused body. */
export async function checkEventStream(response: Response, signal?: AbortSignal): Promise<void> {
  // [spec] anything but 200 fails the connection
  if (response.status !== 200) throw await refuseStatus(response, signal)
  if (essence(response) !== eventStream) throw await refuseType(response, eventStream, signal)
  checkBody(response)
}

/** Throws a StreamError if `response` has no body to read: no ReadableStream, and no stream of Node. */
export function checkBody({ body, status, headers }: Response): void {
  const { getReader, [Symbol.asyncIterator]: iterate } = Object(body)
  if (getReader ?? iterate) return
  throw new StreamError(
    'unsupported',
    'the response has no body to read as a stream; where the runtime’s fetch has none, give one that has',
    { status, headers },
  )
}

/** The origin of the response after redirects, or of the request if the response does not tell. */
export function originOf(response: Response, url: string): string {
  return new URL(response.url || url).origin
}

/** The value, or the result of the function. */
export async function resolveValue<T, A extends unknown[] = []>(
  value: T | ((...given: A) => T | Promise<T>),
  ...given: A
): Promise<T> {
  return typeof value === 'function' ? (value as (...given: A) => T | Promise<T>)(...given) : value
}

/**
 * Makes the headers of a request for a stream: our own, then the user's, which replace those of the same name. The user's
 * `Last-Event-ID` is where the stream starts. The id of the stream itself, once there is one, replaces it.
 */
export function streamHeaders(
  accept: string,
  lastEventId: string,
  ...given: (HeadersInit | undefined)[]
): Headers {
  const headers = new Headers({ accept })
  // [fetch] the cache mode `no-store` sends `Cache-Control: no-cache`. Browsers do, and would send a preflight
  // across origins if the header were set here. Some other runtimes do not.
  if (globalThis.location === undefined) headers.set('cache-control', 'no-cache')
  try {
    if (lastEventId !== '') headers.set('last-event-id', byteString(lastEventId))
    for (const own of given) {
      new Headers(own).forEach((value, name) => {
        if (name !== 'last-event-id' || lastEventId === '') headers.set(name, value)
      })
    }
  } catch (cause) {
    throw new StreamError('invalid-request', `a header cannot be sent: ${reasonOf(cause)}`, { cause })
  }
  return headers
}

/** [spec] the id is sent in UTF-8. A header's bytes are passed as characters up to U+00FF. */
export function byteString(text: string): string {
  return Array.from(new TextEncoder().encode(text), byte => String.fromCharCode(byte)).join('')
}

/** Decodes a header's bytes as UTF-8: the reverse of {@link byteString}. */
export function textOfBytes(header: string): string {
  return new TextDecoder().decode(Uint8Array.from(header, character => character.charCodeAt(0)))
}

/** The type and subtype of a response, in lower case. https://mimesniff.spec.whatwg.org/#mime-type-essence */
export function essence({ headers }: Response): string {
  return (headers.get('content-type') ?? '').split(/[;,]/, 1)[0]?.trim().toLowerCase() ?? ''
}

/** The error for a response with a refused status. Waits for up to 64 KiB of its body. */
export async function refuseStatus(response: Response, signal?: AbortSignal): Promise<StreamError> {
  const message = `the server answered ${response.status} ${response.statusText}`.trimEnd()
  return refusal('http-status', message, response, signal)
}

/** The error for a response of a type other than those `expected`. Waits for up to 64 KiB of its body. */
export async function refuseType(
  response: Response,
  expected: string,
  signal?: AbortSignal,
): Promise<StreamError> {
  const type = response.headers.get('content-type') || 'of no type'
  const message = `the response is ${type}, not ${expected}: check the address and error.body`
  return refusal('content-type', message, response, signal)
}

async function refusal(
  code: 'http-status' | 'content-type',
  message: string,
  response: Response,
  signal: AbortSignal | undefined,
): Promise<StreamError> {
  const { status, headers } = response
  return new StreamError(code, message, { status, headers, body: await refusedBody(response, signal) })
}

/** The part of a refused response's body that arrives in time. The rest is cancelled. */
async function refusedBody(response: Response, signal?: AbortSignal): Promise<string | undefined> {
  if (!response.body) return undefined
  const stream = streamOf(response)
  const chunks = new ChunkReader(response)
  const decoder = new TextDecoder()
  const timer = setTimeout(() => chunks.cancel(), refusalMs)
  const remove = onAbort(signal, () => chunks.cancel())
  if (signal?.aborted) chunks.cancel()
  let text = ''
  try {
    for (let bytes = 0; bytes < refusalBytes; ) {
      const chunk = chunks.take(await chunks.request())
      if (chunk === undefined) {
        tell('end', stream)
        break
      }
      tell('chunk', stream, chunk)
      text += decoder.decode(chunk.subarray(0, refusalBytes - bytes), { stream: true })
      bytes += chunk.length
    }
  } catch {
    // the received part suffices, because the refusal is known
  } finally {
    clearTimeout(timer)
    remove()
    chunks.cancel()
    tell('close', stream)
  }
  return text
}

/** What a reader throws where a body fails: a StreamError, or the abort of the user's own request. */
export function readError(cause: unknown): unknown {
  const name = (cause as Error | undefined)?.name
  return name === 'AbortError' || name === 'TimeoutError' ? cause : networkError(cause)
}

/** The StreamError for an error of reading a body: `network`, unless it already is a StreamError. */
export function networkError(cause: unknown): StreamError {
  if (cause instanceof StreamError) return cause
  return new StreamError('network', `the connection broke off: ${reasonOf(cause)}`, { cause })
}
