/** A GraphQL operation as a hook. */

import { useContext } from 'react'
import type { Client } from '../graphql/client.ts'
import type { AnyVariables, ExecutionResult, GraphQLErrorLike, Operation } from '../graphql/types.ts'
import { operationKey } from '../store/operation-key.ts'
import { type Flush, StreamStore } from '../store/stream-store.ts'
import { ClientContext } from './provider.ts'
import { type Stream, useLatest, useStream } from './use-stream.ts'

/** The options of {@link useSubscription}. None of them restarts the stream but `client` and `skip`. */
export interface UseSubscriptionOptions<Data, State> {
  /** Instead of the provider's. */
  client?: Client
  /** Open nothing. */
  skip?: boolean
  /** Folds the results into `data`, outside of rendering; the last result's data by default. */
  reduce?: (state: State | undefined, result: ExecutionResult<Data>) => State
  /** Render at most once a frame (`frame`, the default), or with every result (`sync`). */
  flush?: Flush
  onData?: (result: ExecutionResult<Data>) => void
  onError?: (error: unknown) => void
  onComplete?: () => void
}

/**
 * Subscribes while the component is mounted, and anew when the operation changes by value. `error` is what the stream
 * has failed with, or the GraphQL errors of the last result.
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
  const client = options.client ?? provided
  if (client === undefined && !options.skip) {
    throw new Error('useSubscription needs a client: wrap it in a PostsourceProvider, or give it one')
  }
  const latest = useLatest(options)
  const asked = useLatest(operation)
  return useStream(
    `${options.skip ? 'skip' : ''}${operationKey(operation as Operation)}`,
    client,
    () =>
      new StreamStore<State>(
        options.skip || client === undefined
          ? undefined
          : change =>
              client.subscribe<Data, Variables>(
                asked.current,
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
                  connecting: again =>
                    change({ status: again ? 'reconnecting' : 'connecting', attempt: true }),
                  connected: () => change({ status: 'open', error: undefined }),
                  ended: (error, delay) => delay !== null && change({ status: 'reconnecting', error }),
                },
              ),
        () => latest.current.flush ?? 'frame',
      ),
  )
}
