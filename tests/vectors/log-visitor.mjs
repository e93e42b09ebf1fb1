/** A visitor of an SseReader that logs events as tests/vectors/README.md describes it. */

/** Calls `add` with each entry of the log. */
export function logVisitor(add) {
  let lastEventId = ''
  return {
    onEvent(type, data, id) {
      lastEventId = id ?? lastEventId
      add({ type: type || 'message', data, lastEventId })
    },
    onId(id) {
      lastEventId = id
      add({ lastEventId })
    },
    onRetry: retry => add({ retry }),
    onComment: comment => add({ comment }),
    onIgnoredLine: ignored => add({ ignored }),
  }
}
