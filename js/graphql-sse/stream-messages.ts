/** The constants and functions of graphql-sse 2 that its client and its server share. */

import type { StreamData, StreamDataForID, StreamEvent, StreamMessage } from './types.ts'

/** The header with the token of a stream in single connection mode. */
export const TOKEN_HEADER_KEY = 'x-graphql-event-stream-token'

/** The URL parameter with the token of a stream in single connection mode. */
export const TOKEN_QUERY_KEY = 'token'

/** Returns the event. Throws an Error if it is neither `next` nor `complete`. */
export function validateStreamEvent(event: unknown): StreamEvent {
  if (event === 'next' || event === 'complete') return event
  throw new Error(`Invalid stream event "${event}"`)
}

/** Writes a message as a block of an event stream. */
export function print<ForID extends boolean, E extends StreamEvent>({
  event,
  data,
}: StreamMessage<ForID, E>): string {
  return `event: ${event}\ndata:${data ? ` ${JSON.stringify(data)}` : ''}\n\n`
}

/** Parses the data of a message; null if it is empty. Throws an Error if it is not JSON, or if a `next` has none. */
export function parseStreamData<ForID extends boolean, E extends StreamEvent>(
  event: E,
  data: string,
): ForID extends true ? StreamDataForID<E> : StreamData<E> {
  let value: unknown
  try {
    value = data ? JSON.parse(data) : null
  } catch {
    throw new Error('Invalid stream data')
  }
  if (event === 'next' && !value) throw new Error('Stream data must be an object for "next" events')
  return (value || null) as ReturnType<typeof parseStreamData<ForID, E>>
}

/** Whether the value is an async iterable. */
export function isAsyncIterable<T>(value: unknown): value is AsyncIterable<T> {
  return typeof Object(value)[Symbol.asyncIterator] === 'function'
}

/** Whether the value is an async iterable with the methods of a generator. */
export function isAsyncGenerator<T>(value: unknown): value is AsyncGenerator<T> {
  const methods = ['next', 'return', 'throw']
  return isAsyncIterable(value) && methods.every(name => typeof Object(value)[name] === 'function')
}
