/** The errors that a GraphQL response reports. */

import { isContainer } from './json-draft.ts'
import type { GraphQLErrorLike } from './types.ts'

/** The errors of a GraphQL response that are objects, as errors must be; undefined if there are none. */
export function errorsOf(value: unknown): readonly GraphQLErrorLike[] | undefined {
  const errors = isContainer(value) ? value.errors : undefined
  const list = Array.isArray(errors) ? errors.filter(isContainer) : []
  return list.length > 0 ? (list as unknown as GraphQLErrorLike[]) : undefined
}

/** Whether one of the errors has this code in its extensions. */
export function hasCode(errors: readonly GraphQLErrorLike[] | undefined, code: RegExp): boolean {
  return (errors ?? []).some(({ extensions }) => code.test(String(extensions?.code)))
}
