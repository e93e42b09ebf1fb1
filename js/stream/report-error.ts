/** What a callback of the user has thrown, reported as the platform reports it for an event listener. */

/** https://html.spec.whatwg.org/multipage/webappapis.html#report-the-exception; in Node an uncaught exception. */
export function reportError(error: unknown): void {
  if (typeof globalThis.reportError === 'function') globalThis.reportError(error)
  else
    setTimeout(() => {
      throw error
    })
}
