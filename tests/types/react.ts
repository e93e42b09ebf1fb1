/** The types of the hooks and adapters, as users meet them. Nothing here runs. */

import { ApolloClient, InMemoryCache } from '@apollo/client/core'
import { Client, subscriptionExchange } from '@urql/core'
import { PostsourceLink } from 'postsource/apollo'
import { createClient, type TypedDocument } from 'postsource/graphql'
import { type StreamStatus, useEventSource, useSubscription } from 'postsource/react'
import { createSubscribe } from 'postsource/relay'
import { forwardSubscription } from 'postsource/urql'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Equal<A, B>): void {}

interface Data {
  chat: { text: string }
}
interface Variables {
  room: string
}
declare const document: TypedDocument<Data, Variables>

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

  const folded = useSubscription(
    { query: document, variables: { room: 'a' } },
    { reduce: (list: string[] = [], { data }) => [...list, data?.chat.text ?? ''] },
  )
  same<typeof folded.data, string[] | undefined>(true)

  const source = useEventSource('/a', { method: 'POST', body: '{}', types: ['update'] })
  same<(typeof source.events)[number]['data'], string>(true)
  const counted = useEventSource('/a', { reduce: (count: number = 0) => count + 1 })
  same<typeof counted.data, number | undefined>(true)
}

export function adapters() {
  const client = createClient({ url: '/graphql' })
  new ApolloClient({ cache: new InMemoryCache(), link: new PostsourceLink(client) })
  new Client({
    url: '/graphql',
    preferGetMethod: false,
    exchanges: [subscriptionExchange({ forwardSubscription: forwardSubscription(client) })],
  })
  createSubscribe(client)({ name: 'A', text: 'subscription A { a }' }, {})
}
