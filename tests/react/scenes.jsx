/** What the tests render, by name. */

import { createClient } from 'postsource/graphql'
import { PostsourceProvider, useSubscription } from 'postsource/react'
import { Suspense, startTransition, useRef, useState } from 'react'
import { eventScenes } from './event-scenes.jsx'
import { Scripted } from './scripted-scenes.jsx'
import { Show, useCounts } from './show.jsx'

const { graphql, retryMs = 0 } = Object.fromEntries(new URLSearchParams(globalThis.location?.search))
const newClient = () =>
  createClient({ url: graphql ?? 'http://localhost/graphql', retry: () => Number(retryMs) })
const client = newClient()

const ofTopic = topic => ({
  query: 'subscription ($topic: String!) { messages(topic: $topic) }',
  variables: { topic },
})

function Messages({
  topic,
  operation = ofTopic(topic),
  read = data => data.messages,
  id = 'messages',
  gate,
  options,
}) {
  // new objects with every render: only their values count
  const { data, status, error, graphQLErrors, attempt, stop, reconnect, reset } = useSubscription(operation, {
    reduce: (list = [], { data }) => (data ? [...list, read(data)] : list),
    ...options,
  })
  useCounts()
  if (gate) pass(gate)
  return (
    <>
      <Show id={id} value={data ?? []} />
      <Show id={`${id}-status`} value={status} />
      <Show id={`${id}-error`} value={error?.code ?? graphQLErrors?.[0].message ?? ''} />
      <Show id={`${id}-attempt`} value={attempt} />
      <button id={`${id}-stop`} type="button" onClick={stop}>
        stop
      </button>
      <button id={`${id}-reconnect`} type="button" onClick={reconnect}>
        reconnect
      </button>
      <button id={`${id}-reset`} type="button" onClick={reset}>
        reset
      </button>
    </>
  )
}

function Mounting() {
  const [shown, setShown] = useState(true)
  const [topic, setTopic] = useState('a')
  const [, rerender] = useState(0)
  return (
    <>
      {shown && <Messages topic={topic} />}
      <button id="toggle" type="button" onClick={() => setShown(!shown)}>
        toggle
      </button>
      <button id="topic" type="button" onClick={() => setTopic('b')}>
        topic
      </button>
      <button id="rerender" type="button" onClick={() => rerender(n => n + 1)}>
        rerender
      </button>
    </>
  )
}

/** What a component waits for before it can be shown. */
function newGate() {
  const gate = { isOpen: false }
  gate.opened = new Promise(resolve => {
    gate.open = () => {
      gate.isOpen = true
      resolve()
    }
  })
  return gate
}

/** How a component waits in React 18 as in 19. */
function pass(gate) {
  if (!gate.isOpen) throw gate.opened
}

function Waits({ gate }) {
  pass(gate)
  return null
}

let lastGate = newGate()

/** Suspends from the beginning on, by the subscriber itself or by a sibling. */
function Suspends({ itself }) {
  const [shown, setShown] = useState(true)
  const [topic, setTopic] = useState('a')
  const [gate, setGate] = useState(lastGate)
  const suspend = () => {
    lastGate = newGate()
    setGate(lastGate)
  }
  return (
    <>
      <Suspense fallback={<Show id="waiting" value="waiting" />}>
        {shown && <Messages topic={topic} gate={itself && gate} />}
        {!itself && <Waits gate={gate} />}
      </Suspense>
      <button id="toggle" type="button" onClick={() => setShown(!shown)}>
        toggle
      </button>
      <button id="suspend" type="button" onClick={suspend}>
        suspend
      </button>
      <button id="resume" type="button" onClick={() => lastGate.open()}>
        resume
      </button>
      <button
        id="transition"
        type="button"
        onClick={() =>
          startTransition(() => {
            setTopic('b')
            suspend()
          })
        }
      >
        to the other topic
      </button>
    </>
  )
}
const SuspendsItself = () => <Suspends itself />
const SuspendedBySibling = () => <Suspends />

function Twice() {
  const [first, setFirst] = useState(true)
  const [second, setSecond] = useState(false)
  return (
    <>
      {first && <Messages topic="shared" id="first" />}
      {second && <Messages topic="shared" id="second" />}
      <button id="toggle-first" type="button" onClick={() => setFirst(!first)}>
        first
      </button>
      <button id="toggle-second" type="button" onClick={() => setSecond(!second)}>
        second
      </button>
    </>
  )
}

function Callbacks() {
  const [prefix, setPrefix] = useState('old')
  const log = useRef([])
  globalThis.log = log.current
  useSubscription(
    { query: 'subscription { messages(topic: "callbacks") }' },
    {
      onData: ({ data }) => log.current.push(`${prefix} ${data.messages}`),
      onComplete: () => log.current.push(`${prefix} complete`),
    },
  )
  return (
    <button id="prefix" type="button" onClick={() => setPrefix('new')}>
      {prefix}
    </button>
  )
}

function Fails() {
  const { status, graphQLErrors } = useSubscription({ query: 'subscription { nothing }' })
  return (
    <>
      <Show id="status" value={status} />
      <Show id="error" value={graphQLErrors?.[0].message ?? ''} />
    </>
  )
}

function Disabled() {
  const [enabled, setEnabled] = useState(false)
  return (
    <>
      <Messages topic="a" options={{ enabled }} />
      <button id="enable" type="button" onClick={() => setEnabled(!enabled)}>
        enable
      </button>
    </>
  )
}

/** All of what comes at once, with the first bytes of the answer. */
const Counter = () => (
  <Messages
    operation={{ query: 'subscription { counter(to: 1000, everyMs: 0) }' }}
    read={data => data.counter}
  />
)

/** The chat of the demo's server. What the stream fails with is logged. */
function Chat() {
  const [prefix, setPrefix] = useState('old')
  globalThis.failures ??= []
  return (
    <>
      <Messages
        operation={{ query: 'subscription { chat(room: "a") { text } }' }}
        read={data => data.chat.text}
        options={{ onError: ({ code, status }) => globalThis.failures.push([prefix, code, status]) }}
      />
      <button id="prefix" type="button" onClick={() => setPrefix('new')}>
        {prefix}
      </button>
    </>
  )
}

const Failing = () => (
  <Messages operation={{ query: 'subscription { failing(after: 2) }' }} read={data => data.failing} />
)

/** A client of its own below the provider's. */
function OwnClient() {
  const [own, setOwn] = useState(newClient)
  return (
    <>
      <Messages topic="a" options={{ client: own }} />
      <button id="client" type="button" onClick={() => setOwn(newClient)}>
        another client
      </button>
    </>
  )
}

const Synchronous = () => <Messages topic="a" options={{ flush: 'sync' }} />

const withoutClient = { WithoutClient: () => <Messages topic="a" /> }

const scenes = {
  Mounting,
  SuspendsItself,
  SuspendedBySibling,
  Twice,
  Callbacks,
  Fails,
  Disabled,
  Counter,
  Chat,
  Failing,
  OwnClient,
  Synchronous,
  ...eventScenes,
  Scripted,
}

export function App({ scene, dedupe = false }) {
  if (scene in withoutClient) return withoutClient[scene]()
  const Scene = scenes[scene]
  return (
    <PostsourceProvider client={client} dedupe={dedupe}>
      <Scene />
    </PostsourceProvider>
  )
}
