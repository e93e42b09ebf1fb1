/** The types of GraphQL over HTTP. They need no graphql package and fit the types of those that exist. */

import type { ReportedError } from '../stream/errors.ts'

/**
 * One error of a result, as servers send it.
 * https://spec.graphql.org/October2021/#sec-Errors.Error-result-format
 */
export type GraphQLErrorLike = ReportedError

/** A result. https://spec.graphql.org/October2021/#sec-Response-Format */
export interface ExecutionResult<Data = Record<string, unknown>, Extensions = Record<string, unknown>> {
  readonly data?: Data | null
  readonly errors?: readonly GraphQLErrorLike[]
  readonly extensions?: Extensions
  /** Whether the server announced more of this result (`@defer`, `@stream`). */
  readonly hasNext?: boolean
}

/**
 * The types of a document's result and variables, as code generators note them: TypedDocumentNode and
 * TypedDocumentString of GraphQL Code Generator and gql.tada by `__apiType`, graphql's own TypedQueryDocumentNode by
 * the longer name. Neither member exists at run time.
 */
export interface DocumentTypeDecoration<Data, Variables> {
  __apiType?: (variables: Variables) => Data
  __ensureTypesOfVariablesAndResultMatching?: (variables: Variables) => Data
}

/** A parsed document, as far as it is looked at; graphql's DocumentNode is one. */
export interface DocumentNodeLike {
  readonly kind: string
  readonly definitions: readonly unknown[]
  readonly loc?: { readonly source?: { readonly body: string } }
}

/** A document that knows the types of its result and variables: a TypedDocumentNode or a TypedDocumentString. */
export type TypedDocument<Data, Variables> = DocumentTypeDecoration<Data, Variables> &
  // biome-ignore lint/complexity/noBannedTypes: a TypedDocumentString extends the String object
  (DocumentNodeLike | String)

/** Variables of which nothing is known. */
// biome-ignore lint/suspicious/noExplicitAny: unlike unknown, it lets values of an interface in
export type AnyVariables = Record<string, any>

/**
 * What is asked of the server. https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters
 *
 * The types of result and variables are those of a {@link TypedDocument}, and `variables` can be left out only where
 * all of them are optional. For a persisted operation `query` is empty and `extensions` tell which one it is.
 */
export type Operation<Data = Record<string, unknown>, Variables = AnyVariables> = {
  query: string | TypedDocument<Data, Variables>
  operationName?: string | null
  extensions?: Record<string, unknown> | null
  /** Gives the variables for the next attempt out of the last result, so that the server goes on behind it. */
  resume?: (last: ExecutionResult<Data>) => Variables
  // biome-ignore lint/complexity/noBannedTypes: an empty object is what leaving them out means
} & ({} extends Variables ? { variables?: NoInfer<Variables> | null } : { variables: NoInfer<Variables> })
