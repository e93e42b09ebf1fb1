/** Each adapter in its library, in the same scenes. */

import { createClient } from 'postsource/graphql'
import { Fragment, useState } from 'react'
import { apollo } from './apollo.jsx'
import { relayRuntime } from './relay.jsx'
import { urql } from './urql.jsx'

const { url = '/graphql', library } = Object.fromEntries(new URLSearchParams(globalThis.location?.search))

const documents = {
  chat: 'subscription Chat($room: String!) { chat(room: $room) { id text } }',
  failing: 'subscription Failing { failing(after: 2) }',
  refused: 'subscription Refused { nothing }',
  report: `
    query Report { report { title ...Summary @defer(label: "Report$defer$Summary") } }
    fragment Summary on Report { summary }
  `,
}

/** Everything that was ever shown, for the tests to read: an output shows the last of it alone. */
const seen = []
globalThis.seen = seen

function Show({ data, error }) {
  const graphql = error?.graphql.map(({ message }) => message)
  const network = error?.network && { name: error.network.name, code: error.network.code }
  const text = JSON.stringify(data ?? { graphql, network })
  if (seen.at(-1) !== text) seen.push(text)
  return <output id="shown">{text}</output>
}

const make = { apollo, urql, relay: relayRuntime }[library]
const {
  Provider = Fragment,
  use,
  Report,
} = make?.(createClient({ url, maxRetries: 0 }), documents, Show) ?? {}

const Chat = ({ room }) => <Show {...use('chat', { room })} />

function Rooms() {
  const [room, setRoom] = useState('one')
  const [isShown, setShown] = useState(true)
  return (
    <>
      {isShown && <Chat room={room} />}
      <button id="room" type="button" onClick={() => setRoom('two')}>
        room
      </button>
      <button id="toggle" type="button" onClick={() => setShown(!isShown)}>
        toggle
      </button>
    </>
  )
}
const scenes = {
  Chat: Rooms,
  Fails: () => <Show {...use('failing')} />,
  Refused: () => <Show {...use('refused')} />,
  Report,
}

export function App({ scene }) {
  const Scene = scenes[scene]
  return (
    <Provider>
      <Scene />
    </Provider>
  )
}
