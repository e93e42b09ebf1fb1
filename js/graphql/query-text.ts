/** Converts the query of an operation, in any of its forms, to the text that is sent. */

import type { DocumentNodeLike, TypedDocument } from './types.ts'

/** Converts a parsed document to text, as graphql's `print` does. */
// biome-ignore lint/suspicious/noExplicitAny: graphql's DocumentNode cannot be named without depending on graphql
export type PrintDocument = (document: any) => string

/**
 * Returns the text of a query. A string, or a String object such as TypedDocumentString, is used unchanged. A parsed document
 * is passed to `print`. Without `print` its source is used, which `parse` and `gql` keep in `loc`. The source is wrong
 * for a document that was transformed after it was parsed, and `gql` repeats in it a fragment that was included twice:
 * use `print` in both cases.
 *
 * Throws a TypeError for a document without a source, such as those that code generators write.
 */
export function queryText(query: string | TypedDocument<unknown, never>, print?: PrintDocument): string {
  if (typeof query === 'string' || query instanceof String) return query.toString()
  const document: DocumentNodeLike = query
  const text = print ? print(document) : document.loc?.source?.body
  if (typeof text === 'string') return text
  throw new TypeError(
    'the query is a parsed document without its source: set the option `print` to the `print` function of the graphql package, or pass the query as a string',
  )
}
