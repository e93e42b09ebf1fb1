/** The requests of a mock server. */

import { textOfBytes } from '../stream/request.ts'

/** One request. */
export interface MockRequest {
  /** The method, upper case. */
  readonly method: string
  /** The absolute address. A relative one is resolved against the page, or http://localhost. */
  readonly url: string
  /** The address without its origin and fragment. */
  readonly path: string
  /** What was sent, as the client gave it to `fetch`. */
  readonly headers: Headers
  /** The id that the client resumes from; empty if there is none. */
  readonly lastEventId: string
  /** The body as text; empty if there is none. */
  readonly text: string
  /** The client's signal. */
  readonly signal: AbortSignal
  /** Whether the client left before the response was over. */
  readonly aborted: boolean
  /** Resolves when the response is over: the server has ended it, or the client has left. */
  readonly closed: Promise<void>
  /** The body as JSON. Throws a SyntaxError if it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: as in Body.json(), the caller knows what it is
  json(): any
}

/** A request, for the server that has received it. */
export class ReceivedRequest implements MockRequest {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly text: string
  readonly signal: AbortSignal
  readonly closed: Promise<void>
  aborted = false
  #close = () => {}

  private constructor(given: Pick<MockRequest, 'method' | 'url' | 'headers' | 'text' | 'signal'>) {
    ;({ method: this.method, url: this.url, headers: this.headers } = given)
    ;({ text: this.text, signal: this.signal } = given)
    this.closed = new Promise(resolve => {
      this.#close = resolve
    })
  }

  /** Reads the arguments of `fetch`. */
  static async from(input: RequestInfo | URL, init: RequestInit = {}): Promise<ReceivedRequest> {
    const asked = typeof input === 'string' || input instanceof URL ? undefined : (input as Request)
    const url = new URL(
      asked?.url ?? String(input),
      globalThis.location?.href.replace(/^about:.*/, '') || 'http://localhost',
    )
    return new ReceivedRequest({
      method: (init.method ?? asked?.method ?? 'GET').toUpperCase(),
      url: url.href,
      headers: new Headers(init.headers ?? asked?.headers),
      text: init.body === undefined && asked ? await asked.clone().text() : await textOf(init.body),
      signal: init.signal ?? asked?.signal ?? new AbortController().signal,
    })
  }

  get path(): string {
    const { pathname, search } = new URL(this.url)
    return pathname + search
  }

  get lastEventId(): string {
    return textOfBytes(this.headers.get('last-event-id') ?? '')
  }

  // biome-ignore lint/suspicious/noExplicitAny: see above
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
