/** What the tests render, by name. */

import { createClient } from 'postsource/graphql'
import { PostsourceProvider, useEventSource, useSubscription } from 'postsource/react'
import { Suspense, startTransition, useRef, useState } from 'react'

const { graphql, events } = Object.fromEntries(new URLSearchParams(globalThis.location?.search))
const client = createClient({ url: graphql ?? 'http://localhost/graphql', retry: async () => {} })

const Show = ({ id, value }) => (
  <output id={id}>{typeof value === 'string' ? value : JSON.stringify(value)}</output>
)

function Messages({ topic, id = 'messages', gate, options }) {
  const renders = useRef(0)
  renders.current++
  // new objects with every render: only their values count
  const { data, status, error, attempt, stop, restart } = useSubscription(
    { query: 'subscription ($topic: String!) { messages(topic: $topic) }', variables: { topic } },
    { reduce: (list = [], { data }) => [...list, data.messages], ...options },
  )
  if (gate) pass(gate)
  return (
    <>
      <Show id={id} value={data ?? []} />
      <Show id={`${id}-status`} value={status} />
      <Show id={`${id}-error`} value={String(error?.message ?? error?.[0]?.message ?? '')} />
      <Show id={`${id}-attempt`} value={attempt} />
      <Show id={`${id}-renders`} value={renders.current} />
      <button id={`${id}-stop`} type="button" onClick={stop}>
        stop
      </button>
      <button id={`${id}-restart`} type="button" onClick={restart}>
        restart
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

let lastGate

/** Suspends from the beginning on, by the subscriber itself or by a sibling. */
function Suspends({ itself }) {
  const [shown, setShown] = useState(true)
  const [topic, setTopic] = useState('a')
  const [gate, setGate] = useState(newGate)
  lastGate ??= gate
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
  const [second, setSecond] = useState(false)
  return (
    <>
      <Messages topic="shared" id="first" />
      {second && <Messages topic="shared" id="second" />}
      <button id="toggle" type="button" onClick={() => setSecond(!second)}>
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
    { onData: ({ data }) => log.current.push(`${prefix} ${data.messages}`) },
  )
  return (
    <button id="prefix" type="button" onClick={() => setPrefix('new')}>
      {prefix}
    </button>
  )
}

function Fails() {
  const { status, error } = useSubscription({ query: 'subscription { nothing }' })
  return (
    <>
      <Show id="status" value={status} />
      <Show id="error" value={error?.[0]?.message ?? ''} />
    </>
  )
}

function Skipped() {
  const { status } = useSubscription({ query: 'subscription { idle }' }, { skip: true })
  return <Show id="status" value={status} />
}

/** Counts frames and messages, so that a test can see both go on. */
function Fast() {
  const { data = { count: 0, sum: 0 }, status } = useEventSource(`${events}/fast`, {
    types: ['message', 'end'],
    retry: () => null,
    reduce: ({ count, sum } = { count: 0, sum: 0 }, { data, type }) =>
      type === 'end' ? { count, sum } : { count: count + 1, sum: sum + Number(data) },
  })
  const renders = useRef(0)
  renders.current++
  return (
    <>
      <Show id="count" value={data.count} />
      <Show id="sum" value={data.sum} />
      <Show id="status" value={status} />
      <Show id="renders" value={renders.current} />
    </>
  )
}

function Table() {
  const {
    lastEvent,
    events: all,
    status,
  } = useEventSource(`${events}/table`, { types: ['update', 'delete'], limit: 3 })
  return (
    <>
      <Show id="last" value={lastEvent?.type ?? ''} />
      <Show id="events" value={all.map(({ type, data }) => `${type} ${data}`)} />
      <Show id="status" value={status} />
    </>
  )
}

const scenes = { Mounting, SuspendsItself, SuspendedBySibling, Twice, Callbacks, Fails, Skipped, Fast, Table }

export function App({ scene, dedupe = false }) {
  const Scene = scenes[scene]
  return (
    <PostsourceProvider client={client} dedupe={dedupe}>
      <Scene />
    </PostsourceProvider>
  )
}
