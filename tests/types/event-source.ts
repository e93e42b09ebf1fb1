/** Our EventSource where the DOM's is expected, and its own types; compiled, never run. */

import {
  EventSource,
  readEventBatches,
  readEvents,
  type SourceErrorEvent,
  type SourceOpenEvent,
  type StreamError,
  type StreamEvent,
  streamEvents,
} from 'postsource'
import { createParser } from 'postsource/parser'

type Dom = typeof globalThis.EventSource.prototype

// drop-in: assignable without a cast
const source = new EventSource('/events', { withCredentials: true })
export const asDom: Dom = source
export const asDomClass: new (url: string | URL, init?: EventSourceInit) => Dom = EventSource

// code that was written for the DOM's
source.onopen = (event: Event) => event.type
source.onmessage = (event: MessageEvent) => JSON.parse(event.data)
source.onerror = (event: Event) => source.readyState === EventSource.CLOSED && event.type
source.addEventListener('message', event => event.data.length)
source.addEventListener('update', (event: MessageEvent<string>) => event.data.length)
source.addEventListener('update', { handleEvent: (event: Event) => event.type })
source.removeEventListener('update', () => {})
source.onmessage = null
export const state: 0 | 1 | 2 = source.readyState

// what is ours
source.onerror = event => {
  const error: StreamError | undefined = event.error
  const delay: number | null | undefined = event.willReconnectIn
  return [error?.code === 'http-status' && error.status, delay]
}
source.addEventListener('error', event => event.error?.body)
source.onerror = (event: SourceErrorEvent) => event.willReconnectIn
source.onopen = (event: SourceOpenEvent) => event.headers?.get('x-served-by')
source.addEventListener('open', event => event.headers?.get('x-served-by'))
new EventSource(new URL('https://example.com'), {
  method: 'POST',
  headers: async () => ({ authorization: 'Bearer x' }),
  body: () => new FormData(),
  priority: 'low',
  retry: (attempt, cause) => (cause.retryable ? attempt * 1000 : null),
})

new EventSource('/', { json: { prompt: 'Hello' }, onEvent: ({ type }) => type.length })
new EventSource('/', { json: ({ lastEventId }) => ({ after: lastEventId }) })

// @ts-expect-error a method is a text
new EventSource('/', { method: 1 })
// @ts-expect-error a policy gives a delay or null
new EventSource('/', { retry: () => 'soon' })
// @ts-expect-error the address is needed
new EventSource()

export async function read(response: Response): Promise<StreamEvent | undefined> {
  for await (const event of readEvents(response, { signal: AbortSignal.timeout(1000) })) return event
  for await (const { data } of streamEvents('/', { json: [1], until: '[DONE]' })) data.length
  await readEventBatches(response, batch => batch[0]?.data.length)
  return undefined
}

createParser({ onEvent: ({ event, id, data }) => [event, id, data], maxBufferSize: 1024 }).feed(
  new Uint8Array(),
)
