/** Compiled, never run: `npx tsc -p tests/types`. */

import type { TypedDocumentNode } from '@apollo/client'
import {
  type DocumentNode,
  type FormattedExecutionResult,
  parse,
  print,
  type TypedQueryDocumentNode,
} from 'graphql'
import type { RequestParams } from 'graphql-sse'
import { queryText } from 'postsource/graphql/query-text'
import type { AnyVariables, ExecutionResult, Operation, TypedDocument } from 'postsource/graphql/types'

/** Holds only where both types are the same, `any` included. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : { not: [A, B] }
declare function same<A, B>(proof: Same<A, B>): void

/** The shape of the client's functions. */
declare function results<Data = Record<string, unknown>, Variables = AnyVariables, Extensions = unknown>(
  operation: Operation<Data, Variables>,
): Promise<ExecutionResult<Data, Extensions>>

type Post = { post: { id: string } }
type ById = { id: string }
type Paged = { first?: number }
declare const node: TypedDocumentNode<Post, ById>
declare const paged: TypedDocumentNode<Post, Paged>
declare const bare: TypedDocumentNode<Post, { [key: string]: never }>
declare const official: TypedQueryDocumentNode<Post, ById>
declare const untyped: DocumentNode

/** As GraphQL Code Generator's client preset writes it with documentMode: 'string'. */
declare class TypedDocumentString<Result, Variables> extends String {
  __apiType?: (variables: Variables) => Result
  private value: string
  __meta__?: AnyVariables
  constructor(value: string, meta?: AnyVariables)
  override toString(): string & { __apiType?: (variables: Variables) => Result }
}
declare const text: TypedDocumentString<Post, ById>

/** As gql.tada types its documents. */
interface TadaDocument<Result, Variables> extends DocumentNode {
  __apiType?: (variables: Variables) => Result
  __ensureTypesOfVariablesAndResultMatching?: (variables: Variables) => Result
}
declare const tada: TadaDocument<Post, ById>

export async function typedDocuments() {
  const variables = { id: '1' }
  const data1 = await results({ query: node, variables })
  same<(typeof data1)['data'], Post | null | undefined>(true)
  const data2 = await results({ query: text, variables })
  same<(typeof data2)['data'], Post | null | undefined>(true)
  const data3 = await results({ query: text.toString(), variables })
  same<(typeof data3)['data'], Post | null | undefined>(true)
  const data4 = await results({ query: official, variables, operationName: 'Post' })
  same<(typeof data4)['data'], Post | null | undefined>(true)
  const data5 = await results({ query: tada, variables, extensions: { persistedQuery: {} } })
  same<(typeof data5)['data'], Post | null | undefined>(true)
  const data6 = await results({ query: paged })
  same<(typeof data6)['data'], Post | null | undefined>(true)
  await results({ query: paged, variables: { first: 1 } })
  await results({ query: paged, variables: null })
  await results({ query: bare })
}

export function wrongVariables() {
  // @ts-expect-error variables are missing
  results({ query: node })
  // @ts-expect-error variables are missing
  results({ query: text })
  // @ts-expect-error variables are missing
  results({ query: official })
  // @ts-expect-error id is a string
  results({ query: node, variables: { id: 1 } })
  // @ts-expect-error id is missing
  results({ query: text, variables: {} })
  // @ts-expect-error there is no such variable
  results({ query: node, variables: { id: '1', name: 'x' } })
  // @ts-expect-error first is a number
  results({ query: paged, variables: { first: 'x' } })
  // @ts-expect-error the query is missing
  results({ variables: {} })
  // @ts-expect-error not a query
  results({ query: { text: '{ a }' } })
}

export async function untypedQueries(request: RequestParams) {
  interface Variables {
    id: number
  }
  const byInterface: Variables = { id: 1 }
  const data1 = await results({ query: '{ a }', variables: byInterface })
  same<(typeof data1)['data'], Record<string, unknown> | null | undefined>(true)
  const data2 = await results<Post>({ query: '{ a }', variables: { anything: 1 } })
  same<(typeof data2)['data'], Post | null | undefined>(true)
  await results<Post, ById>({ query: '{ a }', variables: { id: '1' } })
  // @ts-expect-error variables are missing
  await results<Post, ById>({ query: '{ a }' })
  await results({ query: untyped })
  await results({ query: '', extensions: { persistedQuery: { version: 1, sha256Hash: '' } } })
  await results(request)
}

export function queryTexts() {
  const texts: string[] = [
    queryText('{ a }'),
    queryText(node),
    queryText(text),
    queryText(official, print),
    queryText(tada, document => print(document)),
    queryText(parse('{ a }'), print),
  ]
  return texts
}

/** Code that passes operations on, generic in both types. */
export function passOn<Data, Variables>(operation: Operation<Data, Variables>) {
  return results(operation)
}

export function build<Data, Variables extends AnyVariables>(
  query: TypedDocument<Data, Variables>,
  variables: Variables,
) {
  const operation = { query, variables } as Operation<Data, Variables>
  return results(operation)
}

/** Our results go where graphql's results of the wire go. */
export const formatted: FormattedExecutionResult<Post> = {} as ExecutionResult<Post, Record<string, unknown>>
