/** `postsource/relay`: a client as the transport of a Relay Network. */

import { type GraphQLResponse, type INetwork, Network, Observable } from 'relay-runtime'
import type { Client } from './graphql/client.ts'
import type { ExecutionResult, OperationKind, RequestOverrides } from './graphql/types.ts'

/** The members of Relay's request that are read. */
export interface RelayRequest {
  readonly name: string
  readonly operationKind?: string
  readonly text?: string | null
  /** Of a persisted query, which has no text. */
  readonly id?: string | null
}

/** The options of {@link createNetwork} and {@link createExecuteFunction}. */
export interface NetworkOptions {
  /**
   * How an operation is requested, where that differs from the client's options: headers, address, credentials,
   * `fetch`. Called for each operation with the arguments that Relay passes to the network.
   */
  request?: (
    request: RelayRequest,
    variables: Record<string, unknown>,
    cacheConfig: object | null | undefined,
  ) => RequestOverrides
}

/**
 * Makes the network of a Relay Environment, for queries, mutations and subscriptions: see {@link createExecuteFunction}.
 * https://relay.dev/docs/guides/network-layer/
 */
export function createNetwork(client: Client, options: NetworkOptions = {}): INetwork {
  const execute = createExecuteFunction(client, options)
  return Network.create(execute, execute)
}

/**
 * Makes the function that `Network.create` takes, as its first argument and as its second. Disposing stops the operation. A
 * persisted query is sent by its id, as `extensions.persistedQuery`. The `uploadables` of a mutation are the values of the
 * variables with their names, and are sent as the GraphQL multipart request specification says. Fragments with `@defer` appear when the last of
 * them has arrived. Functions among the client's options receive Relay's request and cache config as
 * `operation.context`.
 * https://relay.dev/docs/guides/network-layer/
 */
export function createExecuteFunction(client: Client, { request: overridesOf }: NetworkOptions = {}) {
  return (
    request: RelayRequest,
    variables: Record<string, unknown>,
    cacheConfig?: object | null,
    uploadables?: object | null,
  ): Observable<GraphQLResponse> =>
    Observable.create<GraphQLResponse>(sink => {
      const { name, operationKind, text, id } = request
      const tell = (result: ExecutionResult) => sink.next(result as unknown as GraphQLResponse)
      let last: ExecutionResult | undefined
      return client.subscribe(
        {
          query: text ?? '',
          operationName: name,
          // [Relay] of a subscription the fourth argument is an observer
          variables: operationKind === 'mutation' ? { ...variables, ...uploadables } : variables,
          ...(operationKind && { kind: operationKind as OperationKind }),
          ...(text ? {} : { extensions: { persistedQuery: { version: 1, sha256Hash: id } } }),
          request: overridesOf?.(request, variables, cacheConfig) ?? {},
          context: { request, cacheConfig },
        },
        {
          next(result) {
            last = result
            const { hasNext = operationKind === 'subscription' } = result
            tell(hasNext ? result : asFinal(result))
          },
          error: error => sink.error(error as Error),
          complete() {
            // a server may send the final hasNext afterwards
            if (last?.hasNext) tell(asFinal(last))
            sink.complete()
          },
        },
      )
    })
}

/** Relay waits for deferred fragments, and omits them from the result, until a result is marked as final. */
const asFinal = (result: ExecutionResult): ExecutionResult => ({
  ...result,
  extensions: { ...result.extensions, is_final: true },
})
