/** Everything a user imports, in the module system that the settings say. */
import { EventSource, type EventSourceOptions, readEvents, StreamError } from 'postsource'
import { PostsourceLink } from 'postsource/apollo'
import { watch } from 'postsource/devtools'
import { type Client, createClient } from 'postsource/graphql'
import { createParser } from 'postsource/parser'
import { useEventSource, useSubscription } from 'postsource/react'
import { createNetwork } from 'postsource/relay'
import { forwardSubscription } from 'postsource/urql'

const options: EventSourceOptions = { method: 'POST', body: 'asked' }
const source: EventTarget = new EventSource('/events', options)
const client: Client = createClient({ url: '/graphql' })

export async function all(body: ReadableStream<Uint8Array>): Promise<string[]> {
  const data: string[] = []
  for await (const event of readEvents(body)) data.push(event.data)
  return data
}

export const kept = [source, new PostsourceLink(client), createNetwork(client), forwardSubscription(client)]
export const functions = [watch, createParser, useEventSource, useSubscription, StreamError]
