/** Incremental delivery for those who take the parts of a result one by one, as Relay does. */

import { IncrementalResult, type PartEvent, type Place } from './incremental.ts'
import { has, isContainer, type Key } from './json-draft.ts'
import type { ExecutionResult, GraphQLErrorLike } from './types.ts'

/** A part of a result that has arrived: a deferred fragment, an item of a streamed list, or what came first. */
export interface ResultPart {
  readonly isFirst: boolean
  /** Its place in the result. */
  readonly path: readonly Key[]
  /** The label of its `@defer` or `@stream`; undefined if it has none. */
  readonly label: string | undefined
  /** The result's data at its place, which may have more members than the part; null if an error has taken it. */
  readonly data: unknown
  /** The errors at and below its place that the server sent with it. */
  readonly errors: readonly GraphQLErrorLike[]
}

/** A result so far. While a response is delivered incrementally it has `parts`: what is new. */
export interface ResultWithParts extends ExecutionResult {
  readonly parts?: readonly ResultPart[]
}

/** Merges the payloads of one response to results that tell their new parts. */
export class PartedResult extends IncrementalResult {
  #last: ExecutionResult = {}
  #parts: { event: PartEvent; place: Place; errors: unknown[] }[] = []
  /** The errors of the pieces of fragments that are not whole yet. */
  readonly #errors = new Map<Place, unknown[]>()

  override merge(payload: unknown): ResultWithParts | undefined {
    this.#parts = []
    const merged = super.merge(payload)
    if (merged) this.#last = merged
    // a payload that only says that a fragment is whole adds nothing to the result
    else if (this.#parts.length === 0) return undefined
    const result = merged ?? { ...this.#last, hasNext: (payload as ExecutionResult).hasNext !== false }
    if (result.hasNext === undefined) return result
    const errorsAt = errorsByPlace()
    const parts = this.#parts.map(({ event, place: { path, label }, errors }) => ({
      isFirst: event === 'first',
      path,
      label: label == null ? undefined : String(label),
      data: event === 'failed' ? null : (valueAt(result.data, path) ?? null),
      errors: errorsAt(errors, path),
    }))
    // the items of a list have been told
    return { ...result, parts: parts.filter(({ data }) => !Array.isArray(data)) }
  }

  protected override onPart(event: PartEvent, place: Place, given?: unknown): void {
    const errors = Array.isArray(given) ? given : []
    const before = this.#errors.get(place) ?? []
    if (event !== 'piece')
      this.#parts.push({ event, place, errors: before.length > 0 ? [...before, ...errors] : errors })
    else if (errors.length > 0) this.#errors.set(place, [...before, ...errors])
  }
}

function valueAt(data: unknown, path: readonly Key[]): unknown {
  let value = data
  for (const key of path) value = has(value, key) ? value[key] : undefined
  return value
}

/** Finds the errors below a path in a list that many parts share, such as the items of one payload. */
function errorsByPlace(): (errors: unknown[], path: Key[]) => GraphQLErrorLike[] {
  const known = new Map<unknown[], Map<string, GraphQLErrorLike[]>>()
  const keyOf = (path: unknown[]) => JSON.stringify(path)
  return (errors, path) => {
    if (errors.length === 0) return []
    let byPlace = known.get(errors)
    if (!byPlace) {
      byPlace = new Map()
      known.set(errors, byPlace)
      for (const error of errors as GraphQLErrorLike[]) {
        const key = keyOf(isContainer(error?.path) ? [...error.path].slice(0, path.length) : path)
        byPlace.set(key, [...(byPlace.get(key) ?? []), error])
      }
    }
    return byPlace.get(keyOf(path)) ?? []
  }
}
