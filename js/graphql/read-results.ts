/** Reads the results of one response, without a client. */

import { checkSource, discardBody } from '../stream/chunk-reader.ts'
import { leavable } from '../stream/leavable.ts'
import { type OptionNames, warnOfUnknownOptions } from '../stream/unknown-options.ts'
import { onAbort } from '../stream/wait.ts'
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
  /** Aborting it cancels the response and makes the iterator throw the signal's reason. */
  signal?: AbortSignal | undefined
  /** `@defer` and `@stream`: `merge`, the default, yields the whole results so far, `raw` the payloads themselves. */
  incremental?: IncrementalDelivery | undefined
  /** The largest message accepted, in bytes; 16 MiB by default. */
  maxMessageBytes?: number | undefined
  /** The largest headers of a multipart part, in bytes; 16 KiB by default. */
  maxHeaderBytes?: number | undefined
  /** Whether a response that ended without its protocol's end is complete; {@link isComplete} by default. */
  isComplete?: ((response: UnfinishedResponse) => boolean) | undefined
}

declare const process: { env: { NODE_ENV?: string } }

const optionNames: OptionNames<ReadResultsOptions> = {
  incremental: true,
  isComplete: true,
  maxHeaderBytes: true,
  maxMessageBytes: true,
  signal: true,
}

/**
 * Reads the GraphQL results of a response. Its `Content-Type` says which protocol it is. JSON Patches are applied.
 * Leaving the loop cancels the response, also before the first result. The network is read only as fast as the loop runs.
 *
 * Ends when the protocol says so. Throws, after the results that came before, a StreamError (`http-status`,
 * `content-type`, `malformed`, `transport`, `limit-exceeded`, `unsupported`, `network`, or `ended` when the response
 * broke off) or the signal's reason. Throws a TypeError for a promise.
 */
export function readResults<Data = Record<string, unknown>>(
  response: Response,
  options: ReadResultsOptions = {},
): AsyncGenerator<ExecutionResult<Data>, void, undefined> {
  checkSource('readResults', response)
  try {
    if (process.env.NODE_ENV !== 'production') warnOfUnknownOptions('readResults()', options, optionNames)
  } catch {
    // no `process`
  }
  const leaving = new AbortController()
  return leavable(resultsOf<Data>(response, options, leaving), leaving, () => discardBody(response))
}

async function* resultsOf<Data>(
  response: Response,
  options: ReadResultsOptions,
  leaving: AbortController,
): AsyncGenerator<ExecutionResult<Data>, void, undefined> {
  const { signal, incremental, isComplete: isEnd = isComplete } = options
  const letGo = onAbort(signal, () => leaving.abort())
  if (signal?.aborted) leaving.abort()
  try {
    const protocol = await checkResults(response)
    const { decoder, messages } = await openResponse(protocol, response, options, leaving.signal)
    const results = new OperationResults(incremental, applyPatch)
    try {
      for (let batch = await messages.next(); batch !== undefined; batch = await messages.next()) {
        for (const { event, data } of batch) {
          if (event === 'complete') return results.checkComplete(decoder.protocol)
          const result = event === 'next' ? results.add(data) : undefined
          if (result !== undefined) yield result as ExecutionResult<Data>
          signal?.throwIfAborted()
        }
      }
    } finally {
      messages.close()
    }
    signal?.throwIfAborted()
    if (!leaving.signal.aborted && !isEnd(results.unfinished(decoder.protocol))) throw brokenOff(results.last)
  } finally {
    letGo()
  }
}
