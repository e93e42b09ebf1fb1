/** Whether two operations are the same, by value. */

import { queryText } from '../graphql/query-text.ts'
import type { Operation } from '../graphql/types.ts'

/** The same text for operations that ask the same. Members of objects count whatever their order. */
export function operationKey(operation: Operation): string {
  const { query, operationName, variables, extensions, documentId, request = {} } = operation
  const text = typeof query === 'string' ? query : keyOf(query)
  const { headers, fetch, ...init } = request
  // what one user's headers ask for is not what another's do
  const asked = [[...new Headers(headers)], init]
  return stableText([
    text,
    operationName ?? null,
    variables ?? null,
    extensions ?? null,
    documentId ?? null,
    asked,
  ])
}

/** A document's own text; one without its source counts by its members. */
function keyOf(query: Exclude<Operation['query'], string>): string {
  try {
    return queryText(query)
  } catch {
    return JSON.stringify(query)
  }
}

/** JSON with the members of every object in the order of their names, and with BigInts. */
export function stableText(value: unknown): string {
  return JSON.stringify(value, (_name, member) => {
    if (typeof member === 'bigint') return `${member}n`
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
