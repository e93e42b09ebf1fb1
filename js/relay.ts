/** `postsource/relay`: a client as the transport of a Relay Network. */

import { type GraphQLResponse, Observable } from 'relay-runtime'
import type { Client, Sink } from './graphql-client.ts'
import type { ExecutionResult } from './graphql-types.ts'

/** What Relay asks for, as far as it is looked at. */
export interface RelayRequest {
  readonly name: string
  readonly text?: string | null
  /** Of a persisted query, which has no text. */
  readonly id?: string | null
}

/**
 * The `subscribe` of a Relay `Network`, and good for its `fetch` as well. Disposing stops the operation. A persisted
 * query is sent by its id, as `extensions.persistedQuery`.
 * https://relay.dev/docs/guides/network-layer/
 */
export function createSubscribe(client: Client) {
  return (
    { name, text, id }: RelayRequest,
    variables: Record<string, unknown>,
  ): Observable<GraphQLResponse> =>
    Observable.create<GraphQLResponse>(sink =>
      client.subscribe(
        {
          query: text ?? '',
          operationName: name,
          variables,
          ...(text ? {} : { extensions: { persistedQuery: { version: 1, sha256Hash: id } } }),
        },
        sink as unknown as Sink<ExecutionResult>,
      ),
    )
}
