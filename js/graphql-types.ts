/** The types of GraphQL over HTTP. They need no graphql package and fit the types of those that exist. */

/**
 * One error of a result, as servers send it.
 * https://spec.graphql.org/October2021/#sec-Errors.Error-result-format
 */
export interface GraphQLErrorLike {
  readonly message: string
  readonly locations?: readonly { readonly line: number; readonly column: number }[]
  readonly path?: readonly (string | number)[]
  readonly extensions?: { readonly [name: string]: unknown }
}

/** A result. https://spec.graphql.org/October2021/#sec-Response-Format */
export interface ExecutionResult<Data = Record<string, unknown>, Extensions = Record<string, unknown>> {
  readonly data?: Data | null
  readonly errors?: readonly GraphQLErrorLike[]
  readonly extensions?: Extensions
  /** Whether the server announced more of this result (`@defer`, `@stream`). */
  readonly hasNext?: boolean
}
