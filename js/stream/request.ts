/** One attempt: one request, its response checked, its body handed on. It never tries again. */

import { ChunkReader, discardBody } from './chunk-reader.ts'
import { reasonOf, StreamError } from './errors.ts'
import { answer, streamOf, tell, trackStream } from './open-streams.ts'
import { reportError } from './report-error.ts'
import type { Attempt, RequestOptions } from './types.ts'
import { followPolicy, whyNever } from './unsendable.ts'
import { onAbort, unlessAborted } from './wait.ts'

const eventStream = 'text/event-stream'
/** The most bytes of a refused response that are read: JSON errors whole. */
const refusalBytes = 64 * 1024
/** How many milliseconds the body of a refused response is waited for. */
const refusalMs = 5000

/**
 * What to send for an event stream, without the method. Asks the functions of the options, and waits for them no longer
 * than until the signal aborts. Rejects with a StreamError `invalid-request` where one of them throws.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource
 */
export async function eventStreamRequest(
  { headers, body, json, fetch, idempotent, method, url, ...init }: RequestOptions,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<RequestInit> {
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

/** The value of an option, or what its function gives. What the function throws is reported, and is the cause. */
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
 * Sends one request, past the cache, for a stream unless said otherwise. Waits for the response no longer than until the
 * signal aborts. Rejects with a StreamError: `network`, or `invalid-request` for what can never be sent.
 */
export async function send(
  url: string,
  init: RequestInit,
  fetch = globalThis.fetch,
  isStream = true,
): Promise<Response> {
  const { signal, body } = init
  const request: RequestInit = { cache: 'no-store', redirect: 'follow', ...init }
  // [fetch] a body that is a stream is sent in half duplex only, and must say so
  if (body instanceof ReadableStream) Object.assign(request, { duplex: 'half' })
  if (signal?.aborted) throw networkError(signal.reason)
  const usedUp = whyNever(url, init, fetch)
  if (usedUp !== undefined) throw new StreamError('invalid-request', usedUp)
  const stream = isStream ? trackStream(url, request) : undefined
  const policy = followPolicy(url, init)
  try {
    const response = await unlessAborted(fetch(url, request), signal, discardBody)
    answer(stream, response)
    return response
  } catch (cause) {
    tell('error', stream, cause)
    tell('close', stream)
    if (signal?.aborted) throw networkError(signal.reason)
    const refused = await policy.refusal()
    if (refused !== undefined) throw new StreamError('invalid-request', refused, { cause })
    throw new StreamError('network', `the request to ${url} failed: ${reasonOf(cause)}`, { cause })
  } finally {
    policy.stop()
  }
}

/** Throws a StreamError unless `response` is an event stream that can be read. Aborting the signal cuts its reading short. */
export async function checkEventStream(response: Response, signal?: AbortSignal): Promise<void> {
  // [spec] anything but 200 fails the connection
  if (response.status !== 200) throw await refuseStatus(response, signal)
  if (essence(response) !== eventStream) throw await refuseType(response, eventStream, signal)
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

/**
 * The headers of a request for a stream: our own, then those given, which replace the ones before. A `Last-Event-ID` that
 * is given is where the stream starts: the id of the stream itself, once there is one, replaces it.
 */
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
        if (name !== 'last-event-id' || lastEventId === '') headers.set(name, value)
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

/** What a header's bytes are in UTF-8: the reverse of {@link byteString}. */
export function textOfBytes(header: string): string {
  return new TextDecoder().decode(Uint8Array.from(header, character => character.charCodeAt(0)))
}

/** The type and subtype of a response, in lower case. https://mimesniff.spec.whatwg.org/#mime-type-essence */
export function essence({ headers }: Response): string {
  return (headers.get('content-type') ?? '').split(/[;,]/, 1)[0]?.trim().toLowerCase() ?? ''
}

/** The error for a response with a status that is not to be read. Up to 64 KiB of its body are waited for. */
export async function refuseStatus(response: Response, signal?: AbortSignal): Promise<StreamError> {
  const message = `the server answered ${response.status} ${response.statusText}`
  return refusal('http-status', message, response, signal)
}

/** The error for a response of a type other than those `expected`. Up to 64 KiB of its body are waited for. */
export async function refuseType(
  response: Response,
  expected: string,
  signal?: AbortSignal,
): Promise<StreamError> {
  const type = response.headers.get('content-type') ?? 'without a type'
  return refusal('content-type', `the response is ${type}, not ${expected}`, response, signal)
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

/** The body of a response that is refused, as far as it comes in time; the rest is cancelled. */
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
    // what has come will do: the refusal is known
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

/** What reading a body has failed with: the network's error, unless it says itself what it is. */
export function networkError(cause: unknown): StreamError {
  if (cause instanceof StreamError) return cause
  return new StreamError('network', `the connection broke off: ${reasonOf(cause)}`, { cause })
}
