/** Notices connections that are dead without having ended. */

import { StreamError } from './errors.ts'

/** How long to wait; 0, the default, is for ever. */
export interface Timeouts {
  /** Milliseconds until the head of the response. Some servers send it with the first message only. */
  connectTimeout?: number
  /** Milliseconds without a byte of an open stream; heartbeats and comments count. */
  idleTimeout?: number
}

export interface Watchdog {
  /** The response's head has come. */
  opened(): void
  /** Bytes have come. */
  alive(): void
  stop(): void
}

/** Aborts the attempt, with a StreamError `connect-timeout` or `idle-timeout` for the reason. */
export function watch(attempt: AbortController, { connectTimeout = 0, idleTimeout = 0 }: Timeouts): Watchdog {
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
    },
  }
}

/** What ended an attempt: the watchdog, where it was that, or what was caught. */
export function causeOfEnd({ signal }: AbortController, caught: unknown): unknown {
  return signal.reason instanceof StreamError ? signal.reason : caught
}
