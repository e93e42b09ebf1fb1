/** A plugin of graphql-yoga that notes what it was sent, and may ask for a token. */

/**
 * Notes in `requests` the headers, method, address and GraphQL parameters of each request. Where `required.token` is
 * set, a request with another `authorization` is refused with 401.
 */
export function recordRequests(requests, required = {}) {
  return {
    onRequest({ request, endResponse, fetchAPI }) {
      requests.push({ method: request.method, headers: request.headers, url: request.url })
      if (required.token === undefined || request.headers.get('authorization') === required.token) return
      endResponse(
        new fetchAPI.Response('{"errors":[{"message":"who are you?"}]}', {
          status: 401,
          headers: { 'content-type': 'application/json' },
        }),
      )
    },
    onParams({ params }) {
      requests.at(-1).params = params
    },
  }
}
