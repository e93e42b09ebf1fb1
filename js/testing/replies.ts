/** The replies of a mock server. */

import type { Recording } from '../devtools/recording.ts'
import { type ReplayOptions, replayFetch } from '../devtools/replay.ts'
import type { Clock } from './clock.ts'
import type { MockRequest } from './mock-request.ts'
import { droppedConnection, type Format, type Playback } from './playback.ts'
import { Control, type Steps } from './steps.ts'

/** An exchange, as a reply sees it. */
export interface Exchange {
  readonly request: MockRequest
  readonly clock: Clock
  /** Plays a body whose steps can be continued by hand. */
  play<Value>(format: Format<Value>, steps?: Steps<Value>): Playback<Value>
}

/** Answers requests. `events`, `results`, `respond`, `silence` and `recorded` make replies. */
export interface Reply<Value = never> {
  respond(exchange: Exchange): Response | Promise<Response>
  /** The type of the values that `send` takes. Does not exist at run time. */
  readonly value?: Value
}

/**
 * What may be given as a reply: also a `Response`, `drop()` for a request that fails without an answer, or a function that is
 * called with each request and returns one of these.
 */
export type AnyReply<Value = never> =
  | Reply<Value>
  | Response
  | Control
  | ((request: MockRequest) => AnyReply<Value> | Promise<AnyReply<Value>>)

/** The head of a response. */
export interface ResponseHead {
  /** 200 by default. */
  status?: number | undefined
  /** Headers beside the content type, or in place of it. */
  headers?: HeadersInit | undefined
  /** Milliseconds until the head of the response arrives; 0 by default. */
  delay?: number | undefined
}

/** An event: a text, which is its data, or its fields. Data that is not a text is sent as JSON. */
export type MockEvent =
  | string
  | {
      data?: unknown
      /** The event's name; `message` by default. */
      event?: string
      id?: string
      /** The reconnection time in milliseconds. */
      retry?: number
    }

/**
 * Answers with an event stream of these events. After the last step the stream stays open, for `send` or for good; `end()`
 * ends it.
 */
export function events(steps?: Steps<MockEvent>, head?: ResponseHead): Reply<MockEvent> {
  return streamed(head, ({ play }) => play(eventStream, steps))
}

/** Answers at once with a whole body: a text, or a value that is sent as JSON. */
export function respond(
  status: number,
  { body, ...head }: Omit<ResponseHead, 'status'> & { body?: unknown } = {},
): Reply {
  const isText = typeof body === 'string' || body === undefined
  return {
    async respond({ clock, request }) {
      if (head.delay) await clock.wait(head.delay, request.signal)
      const content = isText ? (body ?? null) : JSON.stringify(body)
      return new Response(content as string | null, {
        status,
        headers: headersOf(isText ? 'text/plain; charset=utf-8' : 'application/json', head.headers),
      })
    },
  }
}

/** Never answers. The client's timeout or its abort ends the request. */
export function silence(): Reply {
  return { respond: () => new Promise(() => {}) }
}

/**
 * Answers from a recording of the inspector: the first request with the first recorded connection, and so on. All comes at
 * once unless `speed` says otherwise; with 1 it comes when it came.
 */
export function recorded(recording: Recording, options: ReplayOptions = {}): Reply {
  const play = replayFetch(recording, { ...options, speed: options.speed ?? Number.POSITIVE_INFINITY })
  return { respond: ({ request: { url, signal } }) => play(url, { signal }) }
}

/** A reply whose body is played. */
export function streamed<Value>(
  head: ResponseHead = {},
  open: (exchange: Exchange) => Playback<Value> | Promise<Playback<Value>>,
): Reply<Value> {
  const { status = 200, headers, delay } = head
  return {
    async respond(exchange) {
      if (delay) await exchange.clock.wait(delay, exchange.request.signal)
      const { body, contentType } = await open(exchange)
      return new Response(body, { status, headers: headersOf(contentType, headers) })
    },
  }
}

/** The response of any reply. */
export async function responseOf(reply: AnyReply<unknown>, exchange: Exchange): Promise<Response> {
  if (typeof reply === 'function') return responseOf(await reply(exchange.request), exchange)
  if (reply instanceof Control) {
    if (reply.kind === 'drop') throw droppedConnection()
    throw new TypeError(`${reply.kind}() is no reply: put it into the steps of events or results`)
  }
  // checked by its members, because a Response may belong to another realm
  if ('clone' in reply) return reply.clone()
  return reply.respond(exchange)
}

const eventStream: Format<MockEvent> = {
  contentType: 'text/event-stream',
  value: writeEvent,
  comment: text => `: ${text}\n\n`,
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream */
export function writeEvent(given: MockEvent): string {
  const { data, event, id, retry } = typeof given === 'string' ? { data: given } : given
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  const lines = [
    event !== undefined && `event: ${event}`,
    id !== undefined && `id: ${id}`,
    retry !== undefined && `retry: ${retry}`,
    ...(text?.split(/\r\n|\r|\n/).map(line => `data: ${line}`) ?? []),
  ]
  return `${lines.filter(line => line !== false).join('\n')}\n\n`
}

function headersOf(contentType: string, own: HeadersInit | undefined): Headers {
  const headers = new Headers({ 'content-type': contentType })
  new Headers(own).forEach((value, name) => {
    headers.set(name, value)
  })
  return headers
}
