/** A GraphQL client for results that arrive over time, over any protocol. */

import { loadChunk } from '../stream/load-chunk.ts'
import { type OptionNames, warnOfUnknownOptions } from '../stream/unknown-options.ts'
import { keepOptions } from './client-options.ts'
import { iterateResults } from './iterate-results.ts'
import { DistinctConnections, subscriptionRequest } from './operation.ts'
import {
  type ClientListeners,
  type ClientOptions,
  type ConnectionMode,
  checkOptions,
  listeners,
  type Sink,
} from './options.ts'
import { RunningOperations } from './running-operations.ts'
import type { AnyVariables, ExecutionResult, Operation } from './types.ts'

declare const process: { env: { NODE_ENV?: string } }

const optionNames: OptionNames<ClientOptions> = {
  accept: true,
  buildRequest: true,
  connectTimeout: true,
  credentials: true,
  fetch: true,
  generateID: true,
  headers: true,
  healthyAfter: true,
  idleTimeout: true,
  incremental: true,
  isComplete: true,
  isRetryable: true,
  lazy: true,
  lazyCloseTimeout: true,
  maxBufferedResults: true,
  maxHeaderBytes: true,
  maxMessageBytes: true,
  maxRetries: true,
  method: true,
  on: true,
  onGap: true,
  onNonLazyError: true,
  disconnectWhenHidden: true,
  print: true,
  protocol: true,
  referrer: true,
  referrerPolicy: true,
  retry: true,
  singleConnection: true,
  tabs: true,
  url: true,
}

/** The options that single connection mode ignores, and those that only it has. */
const optionsOfMode = {
  distinct: ['accept', 'method', 'protocol', 'tabs'],
  single: ['generateID', 'lazy', 'lazyCloseTimeout', 'onNonLazyError'],
}

/** Tells of the options that are unknown, or ignored in the client's connection mode. */
function warnOfIgnoredOptions(options: ClientOptions<boolean>): void {
  const { singleConnection } = options
  const ignored = optionsOfMode[singleConnection ? 'distinct' : 'single']
  const isIgnored = ([name]: [string, unknown]) => ignored.includes(name)
  const known = Object.entries(optionNames).filter(entry => !isIgnored(entry))
  const owner = `createClient() ${singleConnection ? 'in' : 'without'} single connection mode`
  warnOfUnknownOptions('createClient()', options, optionNames)
  const given = Object.entries(options).filter(entry => isIgnored(entry) && entry[1] !== undefined)
  warnOfUnknownOptions(owner, Object.fromEntries(given), Object.fromEntries(known))
}

/** A client for one server. */
export interface Client {
  /**
   * Sends an operation and passes its results to `sink` until the operation is complete or has failed, over as many
   * connections as that takes. Never throws: failures go to `sink.error`.
   *
   * Returns a function that stops the operation. Afterwards nothing is called and the connection is closed.
   */
  subscribe<Data = Record<string, unknown>, Variables = AnyVariables>(
    operation: Operation<Data, Variables>,
    sink: Sink<ExecutionResult<Data>>,
    on?: ClientListeners,
  ): () => void
  /**
   * Sends an operation at once and returns its results as an async iterator. Leaving the loop stops the operation.
   * While `maxBufferedResults` results wait to be read, the client reads no more from the network.
   *
   * `next()` rejects with what `sink.error` would have received, after the results that came before it.
   */
  iterate<Data = Record<string, unknown>, Variables = AnyVariables>(
    operation: Operation<Data, Variables>,
    on?: ClientListeners,
  ): AsyncIterableIterator<ExecutionResult<Data>>
  /**
   * Completes all operations and closes all connections. Operations that are started afterwards fail with a
   * StreamError `invalid-request`.
   */
  dispose(): void
}

/**
 * Makes a client. It connects when the first operation starts, unless `lazy` is false. It finds out which protocol
 * the server speaks and remembers it: see {@link ClientOptions.protocol}.
 *
 * Throws a TypeError without an address, and a RangeError for an option that is not one of its values, or no number in its range.
 */
export function createClient<Single extends boolean = false>(options: ClientOptions<Single>): Client {
  checkOptions(options)
  try {
    if (process.env.NODE_ENV !== 'production') warnOfIgnoredOptions(options)
  } catch {
    // no `process`
  }
  const { maxBufferedResults = 100, onGap } = options
  const on = listeners([options.on, onGap && { gap: onGap }])
  const mode = options.singleConnection
    ? singleConnection(options as ClientOptions<true>, on)
    : distinctConnections(options as ClientOptions<boolean>, on)
  const operations = new RunningOperations(mode)
  const client: Client = {
    subscribe: (operation, sink, own) =>
      operations.start(operation as Operation, sink as Sink<ExecutionResult>, own),
    iterate: (operation, own) =>
      iterateResults(
        (sink, onAbort) => operations.start(operation as Operation, sink, own, onAbort),
        maxBufferedResults,
      ) as never,
    dispose: () => operations.dispose(),
  }
  keepOptions(client, options as ClientOptions<boolean>)
  return client
}

/** Distinct connections, whose subscriptions may be shared with other tabs. */
function distinctConnections(options: ClientOptions<boolean>, on: Required<ClientListeners>): ConnectionMode {
  const mode = new DistinctConnections(options, on)
  return (
    options.tabs?.shareResults(mode, options, on, operation => subscriptionRequest(operation, options)) ??
    mode
  )
}

/** Single connection mode, a separate chunk that is loaded by the clients that use it. */
function singleConnection(options: ClientOptions<true>, on: Required<ClientListeners>): ConnectionMode {
  let loading: Promise<ConnectionMode> | undefined
  let mode: ConnectionMode | undefined
  const load = () => {
    loading ??= loadChunk('single connection mode', () => import('./single-connection.ts')).then(
      ({ SingleConnection }) => {
        mode = new SingleConnection(options, on)
        return mode
      },
    )
    // the next operation retries
    loading.catch(() => {
      loading = undefined
    })
    return loading
  }
  if (options.lazy === false) load().catch(options.onNonLazyError ?? console.error)
  return {
    run: async (...given) => (await load()).run(...given),
    dispose() {
      // at once, so that no request is under way when it returns
      if (mode) mode.dispose()
      else loading?.then(loaded => loaded.dispose()).catch(() => {})
    },
  }
}
