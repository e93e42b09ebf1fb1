/** The types of the hooks and adapters, as users meet them. Nothing here runs. */

import { ApolloClient, InMemoryCache } from '@apollo/client/core'
import { Client, subscriptionExchange } from '@urql/core'
import type { StreamError, StreamEvent } from 'postsource'
import { PostsourceLink } from 'postsource/apollo'
import {
  createClient,
  type ExecutionResult,
  type GraphQLErrorLike,
  type TypedDocument,
} from 'postsource/graphql'
import { PostsourceProvider, type StreamStatus, useEventSource, useSubscription } from 'postsource/react'
import { createExecuteFunction } from 'postsource/relay'
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

interface Price {
  symbol: string
  value: number
}

export function Subscriptions() {
  const plain = useSubscription({ query: 'subscription { a }' })
  same<typeof plain.status, StreamStatus>(true)
  same<typeof plain.data, Record<string, unknown> | null | undefined>(true)
  same<typeof plain.error, StreamError | undefined>(true)
  same<typeof plain.graphQLErrors, readonly GraphQLErrorLike[] | undefined>(true)
  same<typeof plain.attempt, number>(true)
  same<typeof plain.retryAt, number | undefined>(true)
  same<typeof plain.reconnect, () => void>(true)
  same<typeof plain.reset, () => void>(true)
  same<typeof plain.stop, () => void>(true)

  const operation = { query: document, variables: { room: 'a' } }
  const typed = useSubscription(operation)
  same<typeof typed.data, Data | null | undefined>(true)
  // @ts-expect-error the room is missing
  useSubscription({ query: document })
  // @ts-expect-error a room is a text
  useSubscription({ query: document, variables: { room: 1 } })
  useSubscription(null)
  useSubscription(Math.random() > 0.5 && operation, { enabled: false })
  // @ts-expect-error a hook takes an operation, or says that there is none
  useSubscription()

  const byHand = useSubscription<Data, Variables>({
    query: 'subscription ($room: ID!) { chat(room: $room) { text } }',
    variables: { room: 'a' },
  })
  same<typeof byHand.data, Data | null | undefined>(true)
  // @ts-expect-error the variables are of another type
  useSubscription<Data, Variables>({ query: 'subscription { a }', variables: { channel: 'a' } })

  useSubscription(operation, {
    enabled: true,
    flush: 'sync',
    initialData: { chat: { text: 'Hi' } },
    onOpen() {},
    onData: result => same<typeof result, ExecutionResult<Data>>(true),
    onError: error => same<typeof error, StreamError>(true),
    onComplete() {},
  })
  // @ts-expect-error there are two ways to flush
  useSubscription(operation, { flush: 'never' })

  const folded = useSubscription(operation, {
    initialData: [] as string[],
    reduce: (list, { data }) => [...list, data?.chat.text ?? ''],
  })
  same<typeof folded.data, string[]>(true)
  const open = useSubscription(operation, {
    reduce: (list: string[] = [], { data }) => [...list, data?.chat.text ?? ''],
  })
  same<typeof open.data, string[] | undefined>(true)
  const annotated = useSubscription(
    { query: 'subscription { chat { text } }' },
    {
      initialData: [] as string[],
      reduce: (list, { data }: ExecutionResult<Data>) => (data ? [...list, data.chat.text] : list),
    },
  )
  same<typeof annotated.data, string[]>(true)
  const explicit = useSubscription<Data, Variables, string[]>(operation, {
    initialData: [],
    reduce: (list, { data }) => (data ? [...list, data.chat.text] : list),
  })
  same<typeof explicit.data, string[]>(true)
}

export function EventStreams() {
  const source = useEventSource('/a', { method: 'POST', body: '{}', events: ['update'] })
  same<typeof source.data, readonly StreamEvent[]>(true)
  same<typeof source.lastEvent, StreamEvent | undefined>(true)
  same<typeof source.status, StreamStatus>(true)
  same<typeof source.error, StreamError | undefined>(true)
  same<typeof source.retryAt, number | undefined>(true)

  const prices = useEventSource('/prices', {
    initialData: [] as Price[],
    reduce: (list, event) => [...list, JSON.parse(event.data)],
  })
  same<typeof prices.data, Price[]>(true)
  const latest = useEventSource('/price', {
    initialData: null as Price | null,
    reduce: (_, { data }) => JSON.parse(data),
  })
  same<typeof latest.data, Price | null>(true)
  const counted = useEventSource('/a', { initialData: 0, reduce: count => count + 1 })
  same<typeof counted.data, number>(true)
  const open = useEventSource('/a', { reduce: (count: number = 0) => count + 1 })
  same<typeof open.data, number | undefined>(true)
  // @ts-expect-error what is reduced stays of one type
  useEventSource('/a', { initialData: 0, reduce: count => String(count) })

  useEventSource(null)
  useEventSource(Math.random() > 0.5 && '/a', {
    json: { prompt: 'Hi' },
    events: '*',
    enabled: false,
    limit: 0,
    onOpen: ({ status, headers }) => [status, headers.get('x')],
    onEvent: event => same<typeof event, StreamEvent>(true),
    onError: error => same<typeof error, StreamError>(true),
    onComplete() {},
  })
  // @ts-expect-error all events, or a list of names
  useEventSource('/a', { events: 'update' })
  // @ts-expect-error a hook takes an address, or says that there is none
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
  const subscribe = createExecuteFunction(client)
  subscribe({ name: 'A', text: 'subscription A { a }' }, {})
  new Environment({ network: Network.create(subscribe, subscribe), store: new Store(new RecordSource()) })
  // @ts-expect-error a client, not its address
  new PostsourceLink('/graphql')
  // @ts-expect-error a client, not its address
  forwardSubscription('/graphql')
  // @ts-expect-error a client, not its address
  createExecuteFunction('/graphql')
}
