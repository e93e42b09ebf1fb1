/** The types of GraphQL over HTTP. They do not depend on the graphql package and are compatible with its types. */

import type { ReportedError } from '../stream/errors.ts'

/**
 * One error of a result, as a server sends it.
 * https://spec.graphql.org/October2021/#sec-Errors.Error-result-format
 */
export type GraphQLErrorLike = ReportedError

/** A result. https://spec.graphql.org/October2021/#sec-Response-Format */
export interface ExecutionResult<Data = Record<string, unknown>, Extensions = Record<string, unknown>> {
  readonly data?: Data | null
  readonly errors?: readonly GraphQLErrorLike[]
  readonly extensions?: Extensions
  /** Whether more of this result will follow (`@defer`, `@stream`). */
  readonly hasNext?: boolean
}

/**
 * The types of a document's result and variables, as code generators write them down: TypedDocumentNode and
 * TypedDocumentString of GraphQL Code Generator and gql.tada in `__apiType`, graphql's TypedQueryDocumentNode in the
 * longer name. Neither member exists at run time.
 */
export interface DocumentTypeDecoration<Data, Variables> {
  __apiType?: (variables: Variables) => Data
  __ensureTypesOfVariablesAndResultMatching?: (variables: Variables) => Data
}

/** The members of a parsed document that are read; graphql's DocumentNode has them. */
export interface DocumentNodeLike {
  readonly kind: string
  readonly definitions: readonly unknown[]
  readonly loc?: { readonly source?: { readonly body: string } }
}

/** A document that knows the types of its result and variables: a TypedDocumentNode or a TypedDocumentString. */
export type TypedDocument<Data, Variables> = DocumentTypeDecoration<Data, Variables> &
  // biome-ignore lint/complexity/noBannedTypes: a TypedDocumentString extends the String object
  (DocumentNodeLike | String)

/**
 * What an operation is. `unknown` is one whose document cannot be read, such as a persisted one: it is asked for as a
 * query is, and is not sent again by itself, as a mutation is not.
 */
export type OperationKind = 'query' | 'mutation' | 'subscription' | 'unknown'

/** Variables of any type. */
// biome-ignore lint/suspicious/noExplicitAny: unlike unknown, it lets values of an interface in
export type AnyVariables = Record<string, any>

/** How one operation is requested, where that differs from the client's options: {@link Operation.request}. */
export interface RequestOverrides extends Omit<RequestInit, 'body' | 'method' | 'signal' | 'window'> {
  /** The server's address. Single connection mode ignores it. */
  url?: string
  /** `POST` or `GET`. Single connection mode ignores it. */
  method?: 'GET' | 'POST'
  /** Headers that replace those of the same name, the client's own among them. */
  headers?: HeadersInit
  /** The function to call in place of `fetch`. */
  fetch?: typeof fetch
}

/**
 * What the server is asked to execute. https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters
 *
 * The types of result and variables come from a {@link TypedDocument}. `variables` may be left out only when all of
 * them are optional. A persisted operation has an empty `query` and is named by its `extensions`.
 */
export type Operation<Data = Record<string, unknown>, Variables = AnyVariables> = {
  query: string | TypedDocument<Data, Variables>
  operationName?: string | null
  /** The identifier of a persisted operation, which has an empty `query`. */
  documentId?: string
  /**
   * What the operation is. It is read from the document; give it where there is none, as with persisted operations. A
   * live query, which has more than one result, is a subscription in this sense.
   */
  kind?: OperationKind
  /**
   * Whether the operation may be sent again by itself when its connection is lost or the server is busy. By default
   * queries and subscriptions may, mutations and operations of unknown kind may not, because nobody can know whether
   * the server has executed them.
   * https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
   */
  idempotent?: boolean
  extensions?: Record<string, unknown> | null
  /** How this operation is requested, where that differs from the client's options. It is not sent. */
  request?: RequestOverrides
  /** Aborting it stops the operation: a sink is told nothing, an iterator throws the signal's reason. */
  signal?: AbortSignal | undefined
  /** Anything that the client's `url` and `headers` functions want to know of this operation. It is not sent. */
  context?: unknown
  /** Makes the variables of the next attempt from the last result, so that the server continues behind it. */
  resume?: (last: ExecutionResult<Data>) => Variables
  // biome-ignore lint/complexity/noBannedTypes: an empty object is what leaving them out means
} & ({} extends Variables ? { variables?: NoInfer<Variables> | null } : { variables: NoInfer<Variables> })
