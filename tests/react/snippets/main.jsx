/** Mounts what the snippets declare, and asks what they make. */

import { gql } from '@apollo/client/core'
import { cloneElement, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import relay from 'relay-runtime'
import { artifacts } from '../relay-artifacts.js'
import { madeApolloClient, madeClient, madeEnvironment } from './adapters.tsx'
import { Answer } from './answer.tsx'
import { Connection } from './connection.tsx'
import { Log } from './log.tsx'
import { Prices } from './prices.tsx'
import { app, Chat, Table } from './react.tsx'
import { show } from './show.js'

/** The hooks are below the snippet's provider, where it has an ellipsis. */
createRoot(document.querySelector('#root')).render(
  <StrictMode>
    {cloneElement(app, {}, <Chat room="one" />, <Table enabled />)}
    <div id="connection">
      <Connection />
    </div>
    <div id="answer">
      <Answer prompt="Hi" />
    </div>
    <div id="prices">
      <Prices />
    </div>
    <div id="log">
      <Log />
    </div>
  </StrictMode>,
)

const chat = 'subscription Chat($room: ID!) { chat(room: $room) { id text } }'
const variables = { room: 'one' }

const showText = (id, { chat }) => show(id, chat.text)

madeApolloClient.subscribe({ query: gql(chat), variables }).subscribe(({ data }) => showText('apollo', data))
madeClient.subscription(chat, variables).subscribe(({ data }) => showText('urql', data))
relay.requestSubscription(madeEnvironment, {
  subscription: artifacts({ chat }).chat,
  variables,
  onNext: data => showText('relay', data),
})
