/** Ends connections that are dead without having ended, and those of hidden pages where that is asked for. */

import { StreamError } from './errors.ts'
import { firstOf } from './wait.ts'

/** When to give a connection up. How long to wait for something: 0, the default, is for ever. */
export interface WatchdogOptions {
  /** Milliseconds until the head of the response. Some servers send it with the first message only. */
  connectTimeout?: number
  /** Milliseconds without a byte of an open stream; heartbeats and comments count. */
  idleTimeout?: number
  /** Close the stream while the page is hidden, and connect again when it is shown. False by default. */
  pauseWhenHidden?: boolean
}

export interface Watchdog {
  /** The response's head has come. */
  opened(): void
  /** Bytes have come. */
  alive(): void
  stop(): void
}

/** Aborts the attempt, with a StreamError `connect-timeout`, `idle-timeout` or `paused` for the reason. */
export function watch(
  attempt: AbortController,
  { connectTimeout = 0, idleTimeout = 0, pauseWhenHidden = false }: WatchdogOptions,
): Watchdog {
  const page = pauseWhenHidden ? globalThis.document : undefined
  const pause = () => {
    if (page?.hidden)
      attempt.abort(new StreamError('paused', 'the page is hidden, and pauseWhenHidden is set'))
  }
  page?.addEventListener('visibilitychange', pause)

  let kind: 'connect' | 'idle' = 'connect'
  let limit = connectTimeout
  let since = performance.now()
  let timer: ReturnType<typeof setTimeout> | undefined

  function check(): void {
    const left = since + limit - performance.now()
    if (left > 0) timer = setTimeout(check, left)
    else
      attempt.abort(
        new StreamError(`${kind}-timeout`, `nothing for ${limit} ms; ${kind}Timeout sets the limit`),
      )
  }
  if (limit > 0) timer = setTimeout(check, limit)
  return {
    opened() {
      clearTimeout(timer)
      kind = 'idle'
      limit = idleTimeout
      since = performance.now()
      if (limit > 0) timer = setTimeout(check, limit)
    },
    // no timer is set anew for every chunk: the one there is looks how long it has been
    alive() {
      since = performance.now()
    },
    stop() {
      clearTimeout(timer)
      page?.removeEventListener('visibilitychange', pause)
    },
  }
}

/** Resolves when the page is shown, or the signal aborts; at once where it need not be. */
export async function whenShown(signal: AbortSignal, { pauseWhenHidden }: WatchdogOptions): Promise<void> {
  const { document } = globalThis
  while (pauseWhenHidden && document?.hidden && !signal.aborted) {
    await firstOf([
      [document, 'visibilitychange'],
      [signal, 'abort'],
    ])
  }
}

/** What ended an attempt: the watchdog, where it was that, or what was caught. */
export function causeOfEnd({ signal }: AbortController, caught: unknown): unknown {
  return signal.reason instanceof StreamError ? signal.reason : caught
}
