/** The types of the hooks and adapters, as users meet them. Nothing here runs. */

import { ApolloClient, InMemoryCache } from '@apollo/client/core'
import { Client, subscriptionExchange } from '@urql/core'
import type { StreamEvent } from 'postsource'
import { PostsourceLink } from 'postsource/apollo'
import { createClient, type ExecutionResult, type TypedDocument } from 'postsource/graphql'
import { PostsourceProvider, type StreamStatus, useEventSource, useSubscription } from 'postsource/react'
import { createSubscribe } from 'postsource/relay'
import { forwardSubscription } from 'postsource/urql'
import { createElement } from 'react'
import { Environment, Network, RecordSource, Store } from 'relay-runtime'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Equal<A, B>): void {}

interface Data {
  chat: { text: string }
}
interface Variables {
  room: string
}
declare const document: TypedDocument<Data, Variables>

same<StreamStatus, 'idle' | 'connecting' | 'open' | 'reconnecting' | 'closed' | 'failed'>(true)

export function Hooks() {
  const plain = useSubscription({ query: 'subscription { a }' })
  same<typeof plain.status, StreamStatus>(true)
  same<typeof plain.data, Record<string, unknown> | null | undefined>(true)

  const typed = useSubscription({ query: document, variables: { room: 'a' } })
  same<typeof typed.data, Data | null | undefined>(true)
  // @ts-expect-error the room is missing
  useSubscription({ query: document })
  // @ts-expect-error a room is a text
  useSubscription({ query: document, variables: { room: 1 } })

  const byHand = useSubscription<Data, Variables>({
    query: 'subscription ($room: ID!) { chat(room: $room) { text } }',
    variables: { room: 'a' },
  })
  same<typeof byHand.data, Data | null | undefined>(true)
  same<typeof byHand.error, unknown>(true)
  same<typeof byHand.attempt, number>(true)
  same<typeof byHand.restart, () => void>(true)
  same<typeof byHand.stop, () => void>(true)
  // @ts-expect-error the variables are of another type
  useSubscription<Data, Variables>({ query: 'subscription { a }', variables: { channel: 'a' } })

  useSubscription(
    { query: document, variables: { room: 'a' } },
    {
      skip: true,
      flush: 'sync',
      onData: result => same<typeof result, ExecutionResult<Data>>(true),
      onError: error => same<typeof error, unknown>(true),
    },
  )
  // @ts-expect-error there are two ways to flush
  useSubscription({ query: document, variables: { room: 'a' } }, { flush: 'never' })

  const folded = useSubscription(
    { query: document, variables: { room: 'a' } },
    { reduce: (list: string[] = [], { data }) => [...list, data?.chat.text ?? ''] },
  )
  same<typeof folded.data, string[] | undefined>(true)

  const source = useEventSource('/a', { method: 'POST', body: '{}', types: ['update'] })
  same<(typeof source.events)[number]['data'], string>(true)
  same<typeof source.events, readonly StreamEvent[]>(true)
  same<typeof source.data, readonly StreamEvent[] | undefined>(true)
  same<typeof source.lastEvent, StreamEvent | undefined>(true)
  same<typeof source.status, StreamStatus>(true)
  const counted = useEventSource('/a', { reduce: (count: number = 0) => count + 1 })
  same<typeof counted.data, number | undefined>(true)
  // @ts-expect-error what is folded stays of one type
  useEventSource<number>('/a', { reduce: (count = 0) => String(count) })
  // @ts-expect-error a stream has an address
  useEventSource()
}

export function provider() {
  const client = createClient({ url: '/graphql' })
  createElement(PostsourceProvider, { client, dedupe: true }, 'children')
  // @ts-expect-error there is nothing to provide
  createElement(PostsourceProvider, { dedupe: true })
}

export function adapters() {
  const client = createClient({ url: '/graphql' })
  new ApolloClient({ cache: new InMemoryCache(), link: new PostsourceLink(client) })
  new Client({
    url: '/graphql',
    preferGetMethod: false,
    exchanges: [subscriptionExchange({ forwardSubscription: forwardSubscription(client) })],
  })
  const subscribe = createSubscribe(client)
  subscribe({ name: 'A', text: 'subscription A { a }' }, {})
  new Environment({ network: Network.create(subscribe, subscribe), store: new Store(new RecordSource()) })
  // @ts-expect-error a client, not its address
  new PostsourceLink('/graphql')
  // @ts-expect-error a client, not its address
  forwardSubscription('/graphql')
  // @ts-expect-error a client, not its address
  createSubscribe('/graphql')
}
