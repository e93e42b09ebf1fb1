/** The types of GraphQL over HTTP. They do not depend on the graphql package and are compatible with its types. */

import type { ReportedError } from '../stream/errors.ts'
import type { IncrementalDelivery, PayloadMerger } from './results.ts'

/**
 * One error of a result, as a server sends it.
 * https://spec.graphql.org/October2021/#sec-Errors.Error-result-format
 */
export type GraphQLErrorLike = ReportedError

/** A result. https://spec.graphql.org/October2021/#sec-Response-Format */
export interface ExecutionResult<Data = Record<string, unknown>, Extensions = Record<string, unknown>> {
  /** The data; null if an error reached the root. */
  readonly data?: Data | null
  /** The errors; missing if there are none. */
  readonly errors?: readonly GraphQLErrorLike[]
  /** The server's extensions. */
  readonly extensions?: Extensions
  /** Whether more of this result will follow (`@defer`, `@stream`). */
  readonly hasNext?: boolean
}

/**
 * The types of a document's result and variables, as code generators write them: TypedDocumentNode and
 * TypedDocumentString of GraphQL Code Generator and gql.tada in `__apiType`, graphql's TypedQueryDocumentNode in the
 * longer name. Neither member exists at run time.
 */
export interface DocumentTypeDecoration<Data, Variables> {
  /** Carries the types. Never set. */
  __apiType?: (variables: Variables) => Data
  /** Carries the types. Never set. */
  __ensureTypesOfVariablesAndResultMatching?: (variables: Variables) => Data
}

/** The members of a parsed document that are read; graphql's DocumentNode has them. */
export interface DocumentNodeLike {
  /** `Document`. */
  readonly kind: string
  /** The operations and fragments of the document. */
  readonly definitions: readonly unknown[]
  /** The source of the document, which `parse` and `gql` keep. */
  readonly loc?: { readonly source?: { readonly body: string } }
}

/** A document that knows the types of its result and variables: a TypedDocumentNode or a TypedDocumentString. */
export type TypedDocument<Data, Variables> = DocumentTypeDecoration<Data, Variables> &
  // biome-ignore lint/complexity/noBannedTypes: a TypedDocumentString extends the String object
  (DocumentNodeLike | String)

/**
 * The kind of an operation. It is `unknown` if the document cannot be read, as with a persisted operation. An unknown
 * operation is sent like a query, but like a mutation it is not sent again automatically.
 */
export type OperationKind = 'query' | 'mutation' | 'subscription' | 'unknown'

/** Variables of any type. */
// biome-ignore lint/suspicious/noExplicitAny: unlike unknown, it lets values of an interface in
export type AnyVariables = Record<string, any>

/** Options of one operation's request, which replace those of the client: the member `request` of {@link Operation}. */
export interface RequestOverrides extends Omit<RequestInit, 'body' | 'method' | 'signal' | 'window'> {
  /** The server's address. Single connection mode ignores it. */
  url?: string | undefined
  /** `POST` or `GET`. Single connection mode ignores it. */
  method?: 'GET' | 'POST' | undefined
  /** Headers, which replace the client's of the same name. */
  headers?: HeadersInit | undefined
  /** The function to call in place of the client's `fetch`. */
  fetch?: typeof fetch | undefined
}

/**
 * What the server is asked to execute. https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters
 *
 * The types of result and variables come from a {@link TypedDocument}. `variables` may be left out only when all of
 * them are optional. A persisted operation has an empty `query` and is named by its `extensions`.
 */
export type Operation<Data = Record<string, unknown>, Variables = AnyVariables> = {
  /** The document: a text, or a parsed document (see {@link PrintDocument}). */
  query: string | TypedDocument<Data, Variables>
  /** Selects the operation of a document that has several. */
  operationName?: string | null | undefined
  /** The identifier of a persisted operation, which has an empty `query`. */
  documentId?: string | undefined
  /**
   * The kind of the operation, by default read from the document. Pass it for an operation without a document, such as a
   * persisted one. A live query, which has more than one result, is a subscription in this sense.
   */
  kind?: OperationKind | undefined
  /**
   * Whether the operation may be sent again automatically when its connection is lost or the server is busy. By default true
   * for queries and subscriptions, and false for mutations and operations of unknown kind, because the client cannot know
   * whether the server has executed them.
   * https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
   */
  idempotent?: boolean | undefined
  /** Protocol extensions, such as `persistedQuery`. */
  extensions?: Record<string, unknown> | null | undefined
  /** Options of this operation's request, which replace those of the client. They are not sent. */
  request?: RequestOverrides | undefined
  /**
   * How the payloads of `@defer` and `@stream` are delivered, if not as the client's option `incremental` says. A function makes a
   * merger of its own for each response, as an adapter needs that hands on more than whole results.
   */
  incremental?: (IncrementalDelivery | (() => PayloadMerger)) | undefined
  /** Aborting it stops the operation. A sink is not called; an iterator throws the signal's reason. */
  signal?: AbortSignal | undefined
  /** A value for the client's `url` and `headers` functions. It is not sent. */
  context?: unknown
  /** Makes the variables of the next attempt from the last result, so that the server continues after it. */
  resume?: ((last: ExecutionResult<Data>) => Variables) | undefined
  // biome-ignore lint/complexity/noBannedTypes: an empty object means that they are omitted
} & ({} extends Variables
  ? { variables?: NoInfer<Variables> | null | undefined }
  : { variables: NoInfer<Variables> })
