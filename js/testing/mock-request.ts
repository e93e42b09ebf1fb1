/** What a client has asked a mock server for. */

import { textOfBytes } from '../stream/request.ts'

/** One request. */
export class MockRequest {
  /** The method, upper case. */
  readonly method: string
  /** The absolute address. A relative one is resolved against the page, or http://localhost. */
  readonly url: string
  readonly headers: Headers
  /** The body as text; empty if there is none. */
  readonly text: string
  /** Resolves when the response is over: the server has ended it, or the client has left. */
  readonly closed: Promise<void>
  /** Whether the client left before the response was over. */
  aborted = false
  /** The client's own signal. */
  readonly signal: AbortSignal
  #close = () => {}

  constructor(given: { method: string; url: string; headers: Headers; text: string; signal: AbortSignal }) {
    this.method = given.method
    this.url = given.url
    this.headers = given.headers
    this.text = given.text
    this.signal = given.signal
    this.closed = new Promise(resolve => {
      this.#close = resolve
    })
  }

  /** Reads what `fetch` was called with. */
  static async from(input: RequestInfo | URL, init: RequestInit = {}): Promise<MockRequest> {
    const asked = typeof input === 'string' || input instanceof URL ? undefined : (input as Request)
    const url = new URL(
      asked?.url ?? String(input),
      globalThis.location?.href.replace(/^about:.*/, '') || 'http://localhost',
    )
    return new MockRequest({
      method: (init.method ?? asked?.method ?? 'GET').toUpperCase(),
      url: url.href,
      headers: new Headers(init.headers ?? asked?.headers),
      text: init.body === undefined && asked ? await asked.clone().text() : await textOf(init.body),
      signal: init.signal ?? asked?.signal ?? new AbortController().signal,
    })
  }

  /** The address without its origin and fragment. */
  get path(): string {
    const { pathname, search } = new URL(this.url)
    return pathname + search
  }

  /** The id that the client resumes from; empty if there is none. */
  get lastEventId(): string {
    return textOfBytes(this.headers.get('last-event-id') ?? '')
  }

  /** The body as JSON. Throws a SyntaxError if it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: as in Body.json(), the caller knows what it is
  json(): any {
    return JSON.parse(this.text)
  }

  /** Tells that the response is over. */
  close(byClient: boolean): void {
    this.aborted ||= byClient
    this.#close()
  }
}

function textOf(body: BodyInit | null | undefined): string | Promise<string> {
  if (body === null || body === undefined) return ''
  if (typeof body === 'string' || body instanceof URLSearchParams) return String(body)
  return new Response(body).text()
}
