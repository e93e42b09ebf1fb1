/** The hook for GraphQL operations. */

import { useContext } from 'react'
import type { Client } from '../graphql/client.ts'
import type { AnyVariables, ExecutionResult, GraphQLErrorLike, Operation } from '../graphql/types.ts'
import { operationKey } from '../store/operation-key.ts'
import { type Flush, StreamStore, type TakeChange } from '../store/stream-store.ts'
import { ClientContext } from './provider.ts'
import { type Stream, useLatest, useStream } from './use-stream.ts'

/**
 * The options of {@link useSubscription}. Functions are always the latest. Only a change of `client` or `skip` restarts the
 * stream.
 */
export interface UseSubscriptionOptions<Data, State> {
  /** The client to use; that of the {@link PostsourceProvider} by default. */
  client?: Client
  /** Sends nothing; false by default. */
  skip?: boolean
  /**
   * Makes the next `data` from the data so far and a result. It is called once for every result, not while rendering. By
   * default `data` is the `data` of the last result.
   */
  reduce?: (state: State | undefined, result: ExecutionResult<Data>) => State
  /** When to render: at most once per animation frame (`frame`, the default), or for every result (`sync`). */
  flush?: Flush
  /** Called with every result. */
  onData?: (result: ExecutionResult<Data>) => void
  /** Called when the operation has failed for good, with what is then in `error`. */
  onError?: (error: unknown) => void
  /** Called when the server has completed the operation. */
  onComplete?: () => void
}

/**
 * Runs a GraphQL operation while the component is mounted. It starts again when the operation changes by value.
 *
 * Returns the state of the stream, `restart` and `stop`. `error` holds what the stream has failed with or is reconnecting
 * after, usually a {@link StreamError}, or the GraphQL errors of the last result.
 *
 * Throws an Error while rendering when there is no client and `skip` is not set.
 */
export function useSubscription<
  Data = Record<string, unknown>,
  Variables = AnyVariables,
  State = Data | null | undefined,
>(
  operation: Operation<Data, Variables>,
  options: UseSubscriptionOptions<Data, State> = {},
): Stream<State> & { error: unknown } {
  const provided = useContext(ClientContext)
  const { client = provided, skip = false } = options
  if (client === undefined && !skip) {
    throw new Error(
      'useSubscription has no client: put the component into a PostsourceProvider, or set the option `client`',
    )
  }
  const latest = useLatest(options)
  const asked = useLatest(operation)
  return useStream(
    `${skip ? 'skip' : ''}${operationKey(operation as Operation)}`,
    client,
    () =>
      new StreamStore<State>(
        skip || client === undefined ? undefined : change => subscribe(client, asked.current, latest, change),
        () => latest.current.flush ?? 'frame',
      ),
  )
}

/** Starts an operation and applies what comes to the state, as the latest options say. Returns a function that stops it. */
function subscribe<Data, Variables, State>(
  client: Client,
  operation: Operation<Data, Variables>,
  latest: { current: UseSubscriptionOptions<Data, State> },
  change: TakeChange<State>,
): () => void {
  return client.subscribe<Data, Variables>(
    operation,
    {
      next(result) {
        const { reduce } = latest.current
        const isWanted = change({
          data: state => (reduce ? reduce(state, result) : (result.data as State)),
          error: result.errors as readonly GraphQLErrorLike[] | undefined,
        })
        if (isWanted) latest.current.onData?.(result)
      },
      error(error) {
        if (change({ status: 'failed', error })) latest.current.onError?.(error)
      },
      complete() {
        if (change({ status: 'closed' })) latest.current.onComplete?.()
      },
    },
    {
      connecting: again => change({ status: again ? 'reconnecting' : 'connecting', attempt: true }),
      connected: () => change({ status: 'open', error: undefined }),
      ended: (error, delay) => delay !== null && change({ status: 'reconnecting', error }),
    },
  )
}
