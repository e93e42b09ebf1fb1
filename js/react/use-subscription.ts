/** The hook for GraphQL operations. */

import { useContext } from 'react'
import type { Client } from '../graphql/client.ts'
import type { AnyVariables, ExecutionResult, GraphQLErrorLike, Operation } from '../graphql/types.ts'
import { operationKey } from '../store/operation-key.ts'
import { asStreamError, StreamStore, type TakeChange } from '../store/stream-store.ts'
import { callSafely } from '../stream/report-error.ts'
import { type OptionNames, warnOfUnknownOptions } from '../stream/unknown-options.ts'
import { onAbort } from '../stream/wait.ts'
import { ClientContext } from './provider.ts'
import {
  type Stream,
  type StreamOptions,
  useLatest,
  useStream,
  type WithInitialData,
  type WithoutInitialData,
} from './use-stream.ts'

declare const process: { env: { NODE_ENV?: string } }

/**
 * The options of {@link useSubscription}. Functions are always the latest. Only a change of `client` or `enabled` restarts
 * the stream.
 */
export interface UseSubscriptionOptions<Data = Record<string, unknown>> extends StreamOptions {
  /** The client to use; that of the {@link PostsourceProvider} by default. */
  client?: Client | undefined
  /** Called when the server has answered and will send results, at each connection. */
  onOpen?: (() => void) | undefined
  /** Called with every result. */
  onData?: ((result: ExecutionResult<Data>) => void) | undefined
}

/** What {@link useSubscription} returns. */
export interface SubscriptionStream<Data> extends Stream<Data> {
  /** The errors of the last result, as the server has sent them; undefined if it had none. */
  graphQLErrors: readonly GraphQLErrorLike[] | undefined
}

type MaybeOperation<Data, Variables> = Operation<Data, Variables> | null | undefined | false

/** The options as they are used, whatever the types of the data. */
interface AnyOptions extends UseSubscriptionOptions {
  initialData?: unknown
  reduce?: ((data: unknown, result: ExecutionResult) => unknown) | undefined
}

/** The data of a stream, and the errors of the last result. */
interface Reduced {
  data: unknown
  graphQLErrors: readonly GraphQLErrorLike[] | undefined
}

const optionNames: OptionNames<AnyOptions> = {
  client: true,
  enabled: true,
  flush: true,
  initialData: true,
  onComplete: true,
  onData: true,
  onError: true,
  onOpen: true,
  reduce: true,
}

/**
 * Runs a GraphQL operation while the component is mounted. The stream begins anew, without the old data, when the
 * operation or `enabled` changes by value, or the client. Without an operation (null, undefined or false) nothing is sent,
 * and no client is needed.
 *
 * ```tsx
 * const { data: messages, graphQLErrors } = useSubscription(
 *   { query: ChatDocument, variables: { room } },
 *   { initialData: [] as Message[], reduce: (list, { data }) => (data ? [...list, data.chat] : list) },
 * )
 * ```
 *
 * The types come from a typed document, or from an annotation: `reduce: (list, { data }: ExecutionResult<Chat>) => …`.
 *
 * `data` is what `reduce` makes of the results; without `reduce` it is the `data` of the last result. `status` is `closed`
 * when the server has completed the operation, and `failed` when it has failed for good, with the reason in `error`. The
 * errors that a result carries are in `graphQLErrors`; they end nothing. `reconnect` and a component that is shown again
 * continue with the variables that the operation's `resume` makes of the last result.
 *
 * The hook never suspends: a subscription has no end to wait for, and its data are there from the beginning. Load a
 * snapshot with `use` or another library where the first rendering has to have data, and give it as `initialData`.
 *
 * Throws an Error while rendering if there is an operation but no client.
 */
export function useSubscription<Data = Record<string, unknown>, Variables = AnyVariables>(
  operation: MaybeOperation<Data, Variables>,
  options?: UseSubscriptionOptions<Data> & { initialData?: Data | null; reduce?: undefined },
): SubscriptionStream<Data | null | undefined>
export function useSubscription<Data = Record<string, unknown>, Variables = AnyVariables, State = unknown>(
  operation: MaybeOperation<Data, Variables>,
  options: UseSubscriptionOptions<Data> & WithoutInitialData<State, ExecutionResult<Data>>,
): SubscriptionStream<State | undefined>
// the last overload is the one that the compiler explains its errors by
export function useSubscription<Data = Record<string, unknown>, Variables = AnyVariables, State = unknown>(
  operation: MaybeOperation<Data, Variables>,
  options: UseSubscriptionOptions<Data> & WithInitialData<State, ExecutionResult<Data>>,
): SubscriptionStream<State>
export function useSubscription(
  operation: MaybeOperation<Record<string, unknown>, AnyVariables>,
  options: AnyOptions = {},
): SubscriptionStream<unknown> {
  const provided = useContext(ClientContext)
  const { client = provided, enabled = true } = options
  const asked = enabled && operation ? operation : undefined
  if (client === undefined && asked) {
    throw new Error(
      'useSubscription has no client: put the component into a PostsourceProvider, or set the option `client`',
    )
  }
  const latest = useLatest(options)
  const latestOperation = useLatest(asked)
  const { data: reduced, ...stream } = useStream(asked ? operationKey(asked) : '', client, () => {
    try {
      if (process.env.NODE_ENV !== 'production')
        warnOfUnknownOptions('useSubscription()', options, optionNames)
    } catch {
      // no `process`
    }
    const initial: Reduced = { data: options.initialData, graphQLErrors: undefined }
    return new StreamStore(
      initial,
      client && asked
        ? (change, last?: ExecutionResult) =>
            subscribe(client, latestOperation.current ?? asked, latest, change, last)
        : undefined,
      {
        flush: () => latest.current.flush,
        onError: error => latest.current.onError?.(error),
      },
    )
  })
  return { ...stream, ...reduced }
}

/** Starts an operation and applies its results to the state, as the latest options say. Returns a function that stops it. */
function subscribe(
  client: Client,
  operation: Operation,
  latest: { current: AnyOptions },
  change: TakeChange<Reduced>,
  last: ExecutionResult | undefined,
): () => ExecutionResult | undefined {
  const variables = last && operation.resume?.(last)
  const stop = client.subscribe(
    variables ? { ...operation, variables } : operation,
    {
      next(result) {
        last = result
        if (change({ data: reduced => reduceResult(reduced, result, latest.current) }))
          callSafely(latest.current.onData, result)
      },
      error(error) {
        change({ status: 'failed', error: asStreamError(error) })
      },
      complete() {
        if (change({ status: 'closed', error: undefined })) callSafely(latest.current.onComplete)
      },
    },
    {
      connecting: again => change({ status: again ? 'reconnecting' : 'connecting', attempt: true }),
      connected() {
        if (change({ status: 'open', error: undefined })) callSafely(latest.current.onOpen)
      },
      ended: (error, delay) =>
        delay !== null && change({ status: 'reconnecting', error, retryAt: Date.now() + delay }),
    },
  )
  // the client is silent then
  const closed = () => change({ status: 'closed' })
  const letGo = onAbort(operation.signal, closed)
  if (operation.signal?.aborted) closed()
  return () => {
    letGo()
    stop()
    return last
  }
}

/** Adds a result to the data. Without `reduce` these are the data of the last result. */
function reduceResult(reduced: Reduced, result: ExecutionResult, { reduce }: AnyOptions): Reduced {
  const data = reduce ? reduce(reduced.data, result) : result.data
  const { errors: graphQLErrors } = result
  const isSame = Object.is(data, reduced.data) && graphQLErrors === reduced.graphQLErrors
  return isSame ? reduced : { data, graphQLErrors }
}
