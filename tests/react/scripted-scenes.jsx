/**
 * Hooks whose callbacks and answers a test writes itself, in the page. `globalThis` has:
 *
 * - `change({ readers, dedupe })`: what is mounted; `renderNow` does it before it returns.
 * - `requests`: every request ever made, with what writes its answer.
 * - `callbacks`: what the readers call, by name, with the reader's id first.
 * - `shown`: what each reader has shown last, by its id; `commits`: how often any has shown anything.
 * - `sinks`: what was subscribed of the client `byHand`, which tells when the test does, `callbacks.subscribed` at once.
 */

import { createClient } from 'postsource/graphql'
import { PostsourceProvider, useEventSource, useSubscription } from 'postsource/react'
import * as React from 'react'
import { flushSync } from 'react-dom'

const requests = []
const callbacks = {}
const shown = {}
const sinks = []
const call = (name, ...given) => callbacks[name]?.(...given)
Object.assign(globalThis, { requests, callbacks, shown, sinks, commits: 0, renderNow: flushSync })

const headers = { 'content-type': 'text/event-stream' }

/** Answers with `refusal` if there is one, and not at all while `isSilent`. */
async function fetchFn(_url, { signal, headers: asked }) {
  const request = { isOpen: true, token: new Headers(asked).get('token') }
  requests.push(request)
  signal.addEventListener('abort', () => {
    request.isOpen = false
  })
  if (globalThis.isSilent) await new Promise(() => {})
  if (globalThis.refusal) return new Response(null, { status: globalThis.refusal })
  const stream = new ReadableStream({
    start(controller) {
      request.write = text => controller.enqueue(new TextEncoder().encode(text))
      request.send = (...results) => request.write(results.map(asEvent).join('')) // in one chunk
      request.complete = () => request.write('event: complete\ndata:\n\n')
      request.end = () => controller.close()
      request.drop = () => controller.error(new TypeError('dropped'))
      signal.addEventListener('abort', () => controller.error(signal.reason))
    },
  })
  return new Response(stream, { headers })
}
const asEvent = n => `event: next\ndata: ${JSON.stringify({ data: { n } })}\n\n`

const client = createClient({ url: '/graphql', fetchFn, retry: () => 0 })
const byHand = {
  subscribe(_operation, sink) {
    sinks.push(sink)
    call('subscribed', sink)
    return () => sinks.splice(sinks.indexOf(sink), 1)
  },
}

function Reader({ id, name, isByHand, variables = { topic: 'a' }, ...options }) {
  const stream = useSubscription(
    { query: 'subscription ($topic: ID!) { n(topic: $topic) }', variables },
    {
      reduce: (list = [], { data }) =>
        callbacks.reduce ? callbacks.reduce(id, list, data.n) : [...list, data.n],
      onData: ({ data }) => call('onData', id, data.n, name),
      onError: error => call('onError', id, error),
      ...(isByHand && { client: byHand }),
      ...options,
    },
  )
  return <Shown id={id} stream={stream} />
}

function Source({ id, ...options }) {
  const stream = useEventSource('/events', {
    fetch: fetchFn,
    ...(callbacks.reduce && { reduce: (state, event) => callbacks.reduce(id, state, event) }),
    ...options,
  })
  return <Shown id={id} stream={stream} />
}

function Shown({ id, stream }) {
  const { error } = stream
  shown[id] = { ...stream, error: error?.message }
  React.useLayoutEffect(() => {
    globalThis.commits++
    call('layout', id)
  })
  React.useEffect(() => {
    call('mounted', id)
  }, [id])
  React.useEffect(() => {
    if (stream.events) call('events', id)
  }, [id, stream.events])
  return null
}

const Visible = ({ children }) => children
const { Activity = Visible } = React

export function Scripted() {
  const [{ readers = [], dedupe = false }, set] = React.useState({})
  globalThis.change = more => set(before => ({ ...before, ...more }))
  return (
    <PostsourceProvider client={client} dedupe={dedupe}>
      {readers.map(({ isSource, mode = 'visible', ...reader }) => (
        <Activity key={reader.id} mode={mode}>
          {isSource ? <Source {...reader} /> : <Reader {...reader} />}
        </Activity>
      ))}
    </PostsourceProvider>
  )
}
