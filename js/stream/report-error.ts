/**
 * Reports what a callback of the user has thrown, as the platform reports it for an event listener: where it has no
 * `reportError`, as Node, by an uncaught exception, unless an `error` event `tells` of it too.
 */
export function reportError(error: unknown, tells = false): void {
  if (typeof globalThis.reportError === 'function') globalThis.reportError(error)
  else if (!tells)
    setTimeout(() => {
      throw error
    })
}

/** Calls a callback of the user whose failure must not stop the stream. */
export function callSafely<Given extends unknown[]>(
  callback: ((...given: Given) => unknown) | undefined,
  ...given: Given
): void {
  try {
    callback?.(...given)
  } catch (error) {
    reportError(error)
  }
}
