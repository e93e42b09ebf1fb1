/** `postsource/urql`: a client as the transport of urql's `subscriptionExchange`. */

import type { Client } from './graphql/client.ts'
import type { Sink } from './graphql/options.ts'
import type { ExecutionResult } from './graphql/types.ts'

/** What urql asks for, as far as it is looked at. */
export interface UrqlRequest {
  query?: string | undefined
  operationName?: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: variables of any type
  variables?: any
  extensions?: Record<string, unknown> | undefined
}

/**
 * The `forwardSubscription` of urql's `subscriptionExchange`; with its `enableAllOperations` also for queries with
 * `@defer`. Unsubscribing stops the operation.
 * https://nearform.com/open-source/urql/docs/advanced/subscriptions/
 */
export function forwardSubscription(client: Client) {
  return ({ query = '', ...request }: UrqlRequest) => ({
    subscribe: (sink: Sink<ExecutionResult>): { unsubscribe: () => void } => ({
      unsubscribe: client.subscribe({ query, ...request }, withOwnErrors(sink)),
    }),
  })
}

/** urql keeps the errors of a result until a later one has errors of its own: so that one has, though they be none. */
function withOwnErrors(sink: Sink<ExecutionResult>): Sink<ExecutionResult> {
  let hadErrors = false
  return {
    next(result) {
      sink.next(hadErrors ? { errors: [], ...result } : result)
      hadErrors ||= result.errors !== undefined
    },
    error: error => sink.error(error),
    complete: () => sink.complete(),
  }
}
