/** Keys that tell whether two operations are the same: by their content, and by their user. */

import type { Client } from '../graphql/client.ts'
import { optionsOf } from '../graphql/client-options.ts'
import { queryText } from '../graphql/query-text.ts'
import type { Operation } from '../graphql/types.ts'
import { resolveValue } from '../stream/request.ts'

/** Returns the same text for operations with the same content. The order of members in objects does not matter. */
export function operationKey(operation: Operation): string {
  const {
    query,
    operationName,
    variables,
    extensions,
    documentId,
    kind,
    idempotent,
    incremental,
    request = {},
  } = operation
  const text = typeof query === 'string' ? query : keyOf(query)
  const { headers, fetch, ...init } = request
  // operations with other headers may belong to another user
  const asked = [[...new Headers(headers)], init]
  return stableText([
    text,
    operationName ?? null,
    variables ?? null,
    extensions ?? null,
    documentId ?? null,
    // one that may be sent again must not share a stream with one that may not
    kind ?? null,
    idempotent ?? null,
    incremental ?? null,
    asked,
  ])
}

let failures = 0

/**
 * Returns the same text for requests that the client would send now with the same address and headers, and so for the
 * same user. Returns undefined if the client's options have no function for them, so that they are the same for all
 * requests. If such a function fails, the text is unique.
 */
export function requesterOf(client: Client, operation: Operation): Promise<string> | undefined {
  const { url = '', headers, singleConnection } = optionsOf(client) ?? {}
  if (typeof url !== 'function' && typeof headers !== 'function') return undefined
  const given = {
    attempt: 1,
    error: undefined,
    lastEventId: '',
    operation: (singleConnection ? undefined : operation) as Operation,
  }
  return Promise.all([resolveValue(url, given), resolveValue(headers, given)])
    .then(([url, headers]) => stableText([String(url), [...new Headers(headers)]]))
    .catch(() => `${++failures}`)
}

/** The text of a document, or its members if it has no source. */
function keyOf(query: Exclude<Operation['query'], string>): string {
  try {
    return queryText(query)
  } catch {
    return JSON.stringify(query)
  }
}

/** JSON with the members of every object sorted by name, and with BigInts as digits and `n`. */
export function stableText(value: unknown): string {
  return JSON.stringify(value, (_name, member) => {
    if (typeof member === 'bigint') return `${member}n`
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
