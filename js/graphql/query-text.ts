/** From whatever may stand as an operation's query to the text that is sent. */

import type { DocumentNodeLike, TypedDocument } from './types.ts'

/** Makes the text of a parsed document; graphql's `print` is one. */
// biome-ignore lint/suspicious/noExplicitAny: graphql's DocumentNode cannot be named without depending on graphql
export type PrintDocument = (document: any) => string

/**
 * The text of a query. A string, or a String object such as TypedDocumentString, is taken as it is. A parsed document
 * is given to `print`; without one its source is taken, which `parse` and `gql` keep in `loc`. The source of a
 * document that was transformed after parsing is the one before, and with `gql` it repeats a fragment that was
 * included twice: `print` is right in both cases.
 *
 * Throws a TypeError for a document without a source, such as those that code generators write out.
 */
export function queryText(query: string | TypedDocument<unknown, never>, print?: PrintDocument): string {
  if (typeof query === 'string' || query instanceof String) return query.toString()
  const document: DocumentNodeLike = query
  const text = print ? print(document) : document.loc?.source?.body
  if (typeof text === 'string') return text
  throw new TypeError(
    'the query is a document without its source: pass `print` of the graphql package as the option `print`, or the query as a string',
  )
}
