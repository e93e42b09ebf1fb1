/** The address of a stream. */

/**
 * Returns the absolute address, resolved against the page. Throws a SyntaxError DOMException if it does not parse.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource
 */
export function parseAddress(url: string | URL): string {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href
  try {
    return new URL(url, base).href
  } catch {
    throw new DOMException(
      `${url} is not a valid URL${base ? '' : ' (there is no page to resolve it against)'}`,
      'SyntaxError',
    )
  }
}
