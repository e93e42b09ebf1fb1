/** The mock server: a `fetch` that plays scripted responses. */

import { onAbort, unlessAborted } from '../stream/wait.ts'
import { Clock } from './clock.ts'
import { type MockRequest, ReceivedRequest } from './mock-request.ts'
import { Playback } from './playback.ts'
import { type AnyReply, type Exchange, events, type MockEvent, responseOf } from './replies.ts'
import { type MockRoute, Route } from './route.ts'

/** What {@link mockServer} returns. */
export interface MockServer {
  /** Pass it to a client as its `fetch`, or replace the global one with it. */
  readonly fetch: typeof fetch
  /** All requests, in their order. */
  readonly requests: readonly MockRequest[]
  /**
   * Adds a route. `pattern` is a path such as `/chat`, with a method as `POST /chat`, or an absolute address; `*` stands for
   * any characters. The query counts only if the pattern has one. If several routes match a request, the last one answers.
   *
   * The first request gets the first reply, and so on; the last reply answers all further requests. Without replies the route
   * answers with an event stream that stays open.
   */
  on<Value = MockEvent>(pattern: string, ...replies: AnyReply<Value>[]): MockRoute<Value>
  /**
   * Skips `ms` milliseconds of every `wait` and `delay`. Resolves when the clients have read what was due. With fake timers,
   * advance those instead.
   */
  advance(ms: number): Promise<void>
}

/**
 * Makes a `fetch` that answers as the routes say, for tests and stories. No request leaves the process. It needs the classes that
 * belong to `fetch` (Response, Headers, ReadableStream); docs/testing.md shows how to provide them in Jest's jsdom.
 *
 * ```ts
 * const server = mockServer()
 * const chat = server.on('POST /chat')
 * render(<Chat fetch={server.fetch} />)
 * await chat.send('Hel', 'lo', end())
 * ```
 *
 * A request that matches no route is answered with 404, and the status text says so.
 */
export function mockServer(): MockServer {
  checkEnvironment()
  const clock = new Clock()
  const requests: MockRequest[] = []
  const routes: Route[] = []
  const playing = new Set<Playback<never>>()

  /** Plays bodies for a request of a route, and follows them to their end. */
  const player =
    (request: ReceivedRequest, route: Route): Exchange['play'] =>
    (format, steps) => {
      const playback = new Playback(format, steps, clock)
      playing.add(playback as Playback<never>)
      route.open(playback as Playback<never>)
      const abort = () => playback.abort(request.signal.reason)
      const letGo = onAbort(request.signal, abort)
      onAbort(playback.over, () => {
        letGo()
        playing.delete(playback as Playback<never>)
        request.close(playback.isAbandoned)
      })
      if (request.signal.aborted) abort()
      return playback
    }

  async function answer(request: ReceivedRequest): Promise<Response> {
    requests.push(request)
    const route = routes.find(route => route.matches(request))
    if (!route) return new Response(null, { status: 404, statusText: unmatched(request) })
    const play = player(request, route)
    let isPlayed = false
    const exchange: Exchange = {
      request,
      clock,
      play(...given) {
        isPlayed = true
        return play(...given)
      },
    }
    try {
      const response = await unlessAborted(responseOf(route.take(request), exchange), request.signal)
      if (!isPlayed) request.close(false)
      return response
    } catch (error) {
      request.close(request.signal.aborted)
      throw error
    }
  }

  return {
    requests,
    async fetch(input, init) {
      const request = await ReceivedRequest.from(input, init)
      request.signal.throwIfAborted()
      const response = await answer(request)
      // [fetch] the address of the response; one that a page makes has none
      if (!response.url) Object.defineProperty(response, 'url', { value: request.url })
      return response
    },
    on(pattern, ...replies) {
      const route = new Route(pattern, replies.length > 0 ? replies : [events()])
      routes.unshift(route)
      return route as never
    },
    advance: ms =>
      clock.advance(ms, async () => {
        for (let turn = 0; turn < 10; turn++) await undefined // lets pending reactions run
        await Promise.all([...playing].map(playback => playback.atRest()))
      }),
  }
}

function checkEnvironment(): void {
  for (const name of ['Response', 'Headers', 'ReadableStream', 'TextEncoder', 'AbortController']) {
    if (!(name in globalThis)) {
      throw new Error(
        `mockServer needs ${name}, which this environment lacks: docs/testing.md shows how to provide it`,
      )
    }
  }
}

function unmatched({ method, path }: MockRequest): string {
  return `the mock server has no route for ${method} ${path}: add one by server.on`
}
