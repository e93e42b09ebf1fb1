/** `postsource/urql`: a client as the transport of urql's `subscriptionExchange`. urql 4 to 6. */

import type { Client } from './graphql/client.ts'
import type { Sink } from './graphql/options.ts'
import type { ExecutionResult, OperationKind, RequestOverrides } from './graphql/types.ts'

/** The request of urql's `subscriptionExchange`. */
export interface UrqlRequest {
  query?: string | undefined
  /** Of a persisted operation, which has no text. */
  documentId?: string | undefined
  operationName?: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: variables of any type
  variables?: any | undefined
  extensions?: Record<string, unknown> | undefined
}

/** The members of urql's operation that are read. */
export interface UrqlOperation {
  /** `query`, `mutation` or `subscription`. */
  kind?: string | undefined
  context?:
    | {
        fetchOptions?: RequestInit | (() => RequestInit) | undefined
        fetch?: typeof fetch | undefined
      }
    | undefined
}

/**
 * Makes the `forwardSubscription` of urql's `subscriptionExchange`. With the exchange's option `enableAllOperations` it
 * also serves queries and mutations. Unsubscribing stops the operation.
 *
 * The operation's `fetchOptions` (the headers of `authExchange` among them) and `fetch` reach the request. Functions
 * among the client's options receive the whole context as `operation.context`.
 * https://nearform.com/open-source/urql/docs/advanced/subscriptions/
 */
export function forwardSubscription(client: Client) {
  return ({ query = '', ...request }: UrqlRequest, operation: UrqlOperation = {}) => ({
    subscribe: (sink: Sink<ExecutionResult>): { unsubscribe: () => void } => ({
      unsubscribe: client.subscribe(
        {
          query,
          ...request,
          ...(operation.kind && { kind: operation.kind as OperationKind }),
          request: overridesOf(operation),
          context: operation.context,
        },
        asUrqlSink(sink, operation.kind),
      ),
    }),
  })
}

function overridesOf({ context = {} }: UrqlOperation): RequestOverrides {
  const { fetchOptions, fetch } = context
  const given = typeof fetchOptions === 'function' ? fetchOptions() : (fetchOptions ?? {})
  // urql's own transport uses this member; here the client's options decide
  const { body, method, signal, window, ...init } = given
  return fetch ? { ...init, fetch } : init
}

/**
 * urql keeps the errors of a result until a later one has `errors`, so the next result gets an empty list.
 *
 * A subscription that is refused, which has errors and no data, does not complete: urql forgets a subscription that completes, and
 * with it what authExchange is about to send again.
 */
function asUrqlSink(sink: Sink<ExecutionResult>, kind: string | undefined): Sink<ExecutionResult> {
  let hadErrors = false
  let hadData = false
  return {
    next(result) {
      sink.next(hadErrors ? { errors: [], ...result } : result)
      hadErrors ||= result.errors !== undefined
      hadData ||= result.data != null
    },
    error: error => sink.error(error),
    complete() {
      if (kind !== 'subscription' || hadData || !hadErrors) sink.complete()
    },
  }
}
