/** The floor below the client: the results of one response. */

import { applyPatch } from './json-patch.ts'
import { openResponse } from './messages.ts'
import {
  brokenOff,
  checkResults,
  type IncrementalDelivery,
  isComplete,
  OperationResults,
  type UnfinishedResponse,
} from './results.ts'
import type { ExecutionResult } from './types.ts'

/** The options of {@link readResults}; all are optional. */
export interface ReadResultsOptions {
  /** Aborting it cancels the response and makes the reader throw the signal's reason. */
  signal?: AbortSignal
  /** Whole results so far, or payloads as they came; `merge` by default. */
  incremental?: IncrementalDelivery
  /** The largest message accepted, in bytes; 16 MiB by default. */
  maxMessageBytes?: number
  /** The most bytes of headers that a part of a multipart body may have; 16 KiB by default. */
  maxHeaderBytes?: number
  /** What it means that the bytes end without the protocol's own end; {@link isComplete} by default. */
  isComplete?: (response: UnfinishedResponse) => boolean
}

/**
 * Reads the GraphQL results of a response, whatever the protocol: its `Content-Type` tells. JSON Patches are applied. Leaving the loop cancels
 * the response, and what is not asked for is not read from the network.
 *
 * Ends with the protocol's own end. Throws a StreamError: `http-status`, `content-type`, `malformed`, `transport`,
 * `limit-exceeded`, `unsupported`, `network`, or `ended` where the bytes ended before; or the signal's reason. Results that came before an error come before it here too.
 */
export async function* readResults<Data = Record<string, unknown>>(
  response: Response,
  options: ReadResultsOptions = {},
): AsyncGenerator<ExecutionResult<Data>, void, undefined> {
  const { signal, incremental, isComplete: isEnd = isComplete } = options
  const protocol = await checkResults(response)
  const { messages } = await openResponse(protocol, response, options, signal)
  const results = new OperationResults(incremental, applyPatch)
  for await (const batch of messages) {
    for (const { event, data } of batch) {
      if (event === 'complete') return
      const result = event === 'next' ? results.add(data) : undefined
      if (result !== undefined) yield result as ExecutionResult<Data>
      signal?.throwIfAborted()
    }
  }
  signal?.throwIfAborted()
  if (!isEnd(results.unfinished(protocol))) throw brokenOff()
}
