/**
 * Reports an exception of a user's callback, as the platform reports that of an event listener. Without `reportError`, as
 * in Node, it becomes an uncaught exception, unless an `error` event `tells` it too.
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
