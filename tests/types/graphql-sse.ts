/** Compiled, never run: a program of graphql-sse's types that compiles against the peer and against ours. */

import type { GraphQLError } from 'graphql'
import * as peer from 'graphql-sse'
import * as ours from 'postsource/graphql-sse'

/** Either library must be usable as the other. */
export const asPeer: Pick<typeof peer, keyof typeof ours> = ours
export const asOurs: typeof ours = peer

type Post = { post: { id: string } }

export function program({
  createClient,
  NetworkError,
  validateStreamEvent,
  print,
}: typeof peer | typeof ours) {
  const distinct = createClient({
    url: request => `/graphql?name=${request.operationName}`,
    headers: async ({ extensions }) => ({ 'x-extensions': String(extensions) }),
    fetchFn: fetch,
    abortControllerImpl: AbortController,
    retryAttempts: 3,
    retry: async retries => void (await new Promise(resolve => setTimeout(resolve, retries * 100))),
    onMessage: ({ event }) => validateStreamEvent(event),
    on: { connecting: isRetry => void isRetry, message: message => void print(message) },
  })
  const stop = distinct.subscribe<Post, { cost: number }>(
    { query: '{ post { id } }' },
    {
      next({ data, errors, extensions }) {
        const all: readonly GraphQLError[] | undefined = errors
        return [data?.post.id, all, extensions?.cost]
      },
      error(error) {
        if (error instanceof NetworkError) return error.response?.status
        return undefined
      },
      complete() {},
    },
    { connected: isRetry => void isRetry },
  )
  stop()
  const single = createClient<true>({
    singleConnection: true,
    lazy: false,
    lazyCloseTimeout: 1000,
    onNonLazyError: error => void error,
    generateID: () => 'id',
    url: request => `${request satisfies undefined}`,
    on: { message: ({ data }) => void data.id },
  })
  return [distinct, single.iterate<Post>({ query: '{ post { id } }' })]
}

/** Names that programs import as types. */
export function types(
  request: ours.RequestParams,
  sink: ours.Sink<ours.ExecutionResult<Post>>,
  listeners: ours.EventListeners<true>,
  message: ours.StreamMessage<false, ours.StreamEvent>,
  patch: ours.ExecutionPatchResult<Post>,
  error: ours.NetworkError<Response>,
  client: ours.Client<true>,
  options: ours.ClientOptions<true>,
): [
  peer.RequestParams,
  peer.Sink<peer.ExecutionResult<Post>>,
  peer.EventListeners<true>,
  peer.StreamMessage<false, peer.StreamEvent>,
  peer.ExecutionPatchResult<Post>,
  peer.NetworkError<Response>,
  peer.Client<true>,
  peer.ClientOptions<true>,
] {
  return [request, sink, listeners, message, patch, error, client, options]
}
