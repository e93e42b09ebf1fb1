/** `postsource/relay`: a client as the transport of a Relay Network. */

import { type GraphQLResponse, type INetwork, Network, Observable } from 'relay-runtime'
import type { Client } from './graphql/client.ts'
import { PartedResult, type ResultPart, type ResultWithParts } from './graphql/parted-result.ts'
import type { GraphQLErrorLike, OperationKind, RequestOverrides } from './graphql/types.ts'

/** The members of Relay's request that are read. */
export interface RelayRequest {
  readonly name: string
  readonly operationKind?: string | undefined
  readonly text?: string | null | undefined
  /** Of a persisted query, which has no text. */
  readonly id?: string | null | undefined
}

/** The options of {@link createNetwork} and {@link createExecuteFunction}. */
export interface NetworkOptions {
  /**
   * How an operation is requested, where that differs from the client's options: headers, address, credentials,
   * `fetch`. Called for each operation with the arguments that Relay passes to the network.
   */
  request?:
    | ((
        request: RelayRequest,
        variables: Record<string, unknown>,
        cacheConfig: object | null | undefined,
      ) => RequestOverrides)
    | undefined
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
 * variables with their names, and are sent as the GraphQL multipart request specification says. A fragment with `@defer` and
 * an item of `@stream` appear when they arrive. Functions among the client's options receive Relay's request and cache config as
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
      const responses = new Responses(operationKind === 'subscription')
      return client.subscribe(
        {
          query: text ?? '',
          operationName: name,
          // [Relay] of a subscription the fourth argument is an observer
          variables: operationKind === 'mutation' ? { ...variables, ...uploadables } : variables,
          ...(operationKind && { kind: operationKind as OperationKind }),
          ...(text ? {} : { extensions: { persistedQuery: { version: 1, sha256Hash: id } } }),
          incremental: () => new PartedResult(),
          request: overridesOf?.(request, variables, cacheConfig) ?? {},
          context: { request, cacheConfig },
        },
        {
          next(result) {
            const [first, ...others] = responses.of(result)
            if (first) sink.next((others.length > 0 ? [first, ...others] : first) as GraphQLResponse)
          },
          error: error => sink.error(error as Error),
          complete() {
            // the server may have sent the final hasNext by itself
            if (responses.isPending) sink.next(responses.end() as GraphQLResponse)
            sink.complete()
          },
        },
      )
    })
}

/** A response in Relay's form. `path` and `label` are those of a deferred fragment or an item of a list. */
interface Response extends Omit<ResultWithParts, 'data' | 'hasNext' | 'parts'> {
  data?: unknown
  path?: ResultPart['path']
  label?: string
}

/** Relay's responses for the results of an operation. The last of them is marked, because Relay waits for deferred fragments. */
class Responses {
  /** Whether more of the last result is to come. */
  isPending = false
  readonly #isSubscription: boolean
  /** The whole result, if it has parts without a label, which Relay takes from a final result alone. */
  #unlabelled: Response | undefined

  constructor(isSubscription: boolean) {
    this.#isSubscription = isSubscription
  }

  of({ parts, hasNext, ...whole }: ResultWithParts): Response[] {
    this.isPending = hasNext === true
    if (!parts || parts[0]?.isFirst) this.#unlabelled = undefined
    const isUnlabelled = parts?.some(({ isFirst, label }) => !isFirst && label === undefined)
    if (isUnlabelled || this.#unlabelled) this.#unlabelled = whole
    const responses = parts?.map(part => responseOf(part, whole)) ?? [whole]
    if (hasNext ?? this.#isSubscription) return responses
    if (this.#unlabelled) return [this.end()]
    return [...responses.slice(0, -1), asFinal(responses.at(-1) ?? nothing)]
  }

  /** The last response, if the server has announced more and then sent nothing. */
  end(): Response {
    return asFinal(this.#unlabelled ?? nothing)
  }
}

const nothing: Response = { data: null }

const asFinal = (response: Response): Response => ({
  ...response,
  extensions: { ...response.extensions, is_final: true },
})

/** Relay takes a part by its label and path. The whole result so far stands for a part that has no label, or has failed. */
function responseOf({ data, path, label, errors }: ResultPart, whole: Response): Response {
  if (label === undefined || data === null) return whole
  return { data, path, label, ...(errors.length > 0 && { errors: errors.map(error => below(error, path)) }) }
}

/** Relay looks for the errors of a part by their path in the part. */
function below(error: GraphQLErrorLike, path: ResultPart['path']): GraphQLErrorLike {
  return error.path ? { ...error, path: error.path.slice(path.length) } : error
}
