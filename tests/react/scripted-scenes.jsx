/**
 * Hooks whose callbacks and answers a test writes itself, in the page. `globalThis` has:
 *
 * - `change({ readers, dedupe, isBare })`: what is mounted, below a provider unless `isBare`; `renderNow` does it before it returns.
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
async function fetch(_url, { signal, headers: asked, method, body }) {
  const given = new Headers(asked)
  const request = {
    isOpen: true,
    method,
    body,
    token: given.get('token'),
    resumed: given.get('last-event-id'),
  }
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

const client = createClient({ url: '/graphql', fetch, retry: () => globalThis.waits ?? 0 })
const byHand = {
  subscribe(_operation, sink) {
    sinks.push(sink)
    call('subscribed', sink)
    return () => sinks.splice(sinks.indexOf(sink), 1)
  },
}

/** The callbacks that both hooks have. */
const common = id => ({
  onOpen: () => call('onOpen', id),
  onError: error => call('onError', id, error),
  onComplete: () => call('onComplete', id),
})

function Reader({ id, name, isByHand, isAbsent, signal, variables = { topic: 'a' }, ...options }) {
  const stream = useSubscription(
    !isAbsent && {
      query: 'subscription ($topic: ID!) { n(topic: $topic) }',
      variables,
      signal,
      ...(callbacks.resume && { resume: callbacks.resume }),
    },
    {
      ...common(id),
      reduce: (list = [], { data }) =>
        callbacks.reduce ? callbacks.reduce(id, list, data.n) : [...list, data.n],
      onData: ({ data }) => call('onData', id, data.n, name),
      ...(isByHand && { client: byHand }),
      ...options,
    },
  )
  return <Shown id={id} stream={stream} />
}

function Source({ id, isAbsent, ...options }) {
  const stream = useEventSource(!isAbsent && '/events', {
    ...common(id),
    fetch,
    onEvent: event => call('onEvent', id, event),
    ...(globalThis.waits && { retry: () => globalThis.waits }),
    ...(callbacks.reduce && { reduce: (state, event) => callbacks.reduce(id, state, event) }),
    ...options,
  })
  return <Shown id={id} stream={stream} />
}

function Shown({ id, stream }) {
  const { error } = stream
  shown[id] = { ...stream, error: error?.message, code: error?.code, cause: error?.cause?.message }
  React.useLayoutEffect(() => {
    globalThis.commits++
    call('layout', id)
  })
  React.useEffect(() => {
    call('mounted', id)
  }, [id])
  React.useEffect(() => {
    call('data', id)
  }, [id, stream.data])
  return null
}

const Visible = ({ children }) => children
const { Activity = Visible } = React

export function Scripted() {
  const [{ readers = [], dedupe = false, isBare = false }, set] = React.useState({})
  globalThis.change = more => set(before => ({ ...before, ...more }))
  const shownReaders = readers.map(({ isSource, mode = 'visible', ...reader }) => (
    <Activity key={reader.id} mode={mode}>
      {isSource ? <Source {...reader} /> : <Reader {...reader} />}
    </Activity>
  ))
  if (isBare) return shownReaders
  return (
    <PostsourceProvider client={client} dedupe={dedupe}>
      {shownReaders}
    </PostsourceProvider>
  )
}
