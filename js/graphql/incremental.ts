/** Incremental delivery: merges the payloads of `@defer` and `@stream` to whole results. */

import { StreamError } from '../stream/errors.ts'
import { type Failure, Failures } from './failures.ts'
import { assign, type Container, Draft, excerpt, has, isContainer, type Key } from './json-draft.ts'
import type { ExecutionResult } from './types.ts'

/**
 * Merges the payloads of one response to the result so far. The members of a payload decide its form, not the headers. All
 * forms are supported:
 *
 * - 2023 and later (`pending`, `incremental` with `id` and `subPath`, `completed`):
 *   https://github.com/graphql/graphql-spec/pull/1110
 * - 2022 (`incremental` with `path`; older servers have `path`, `data` and `items` at the top level):
 *   https://github.com/graphql/graphql-spec/tree/48cf7263a71a683fab03d45d309fd42d8d9a6659/spec
 * - fields deferred by themselves, as graphql-ruby and async-graphql send them: `data` is the value of the field at
 *   `path`, of any type; until then the field is null or missing.
 *
 * Results and payloads are never mutated. A new result copies the containers on the paths to new data, each once per
 * payload, and shares the rest. A payload that adds to a list copies all references of the list, so a list that is
 * streamed item by item in n payloads costs n²/2 copied references.
 */
export class IncrementalResult {
  #result: ExecutionResult = {}
  #hasNext: boolean | undefined
  readonly #pending = new Map<unknown, Place>()
  #failures = new Failures()

  /**
   * Merges the next payload and returns the whole result so far, or undefined when the payload has neither data nor
   * errors nor extensions (`{"hasNext":false}` alone). Returns a result without incremental delivery as it is. Data
   * without a path begin a new result, so the results of a subscription need nothing else. Errors are concatenated,
   * extensions are merged member by member, lists in overlapping data item by item.
   *
   * Data and items for a place that an error has taken are dropped, their errors are kept: the place lies below null,
   * or it is missing from a fragment or a list that failed.
   *
   * Throws a {@link StreamError} `malformed` when the payload has none of these forms, or leads to a place that the
   * result does not have. The response cannot be continued then; the results before it stay as they are.
   */
  merge(payload: unknown): ExecutionResult | undefined {
    const top = toObject(payload)
    const underway = this.#hasNext === true
    const single = !('hasNext' in top || isPart(top))
    if (single && (!underway || 'data' in top)) return this.#begin(top)

    // gqlgen omits an empty path: while more is to come, data without a path are a deferred part of the root
    const begins = 'data' in top && top.path == null && !underway
    if (begins) {
      this.#begin({ data: top.data as ExecutionResult['data'] })
      this.onPart('first', { path: [] })
    }
    const before = this.#result
    const parts = toObjects(top.incremental)
    const completed = toObjects(top.completed)
    const patches = !begins && ('data' in top || 'items' in top) ? [top, ...parts] : parts
    // the data is a member of a container, so that the root is handled like any other place
    const draft = new Draft({ data: before.data })
    for (const { id, path, label } of toObjects(top.pending))
      this.#pending.set(id, { path: toPath(path), label })
    if (!patches.includes(top)) this.#noteErrors(top)
    for (const patch of patches) {
      this.#apply(draft, patch)
      this.#noteErrors(patch)
    }
    for (const { id, errors } of completed) {
      const place = id == null ? undefined : this.#placeOf(id)
      if (place && errors) this.#failures.add(place.path, true)
      if (place) this.onPart(errors ? 'failed' : 'whole', place, errors)
      this.#pending.delete(id)
    }
    this.#hasNext = top.hasNext !== false

    const sources = [top, ...parts, ...completed]
    const isNews =
      begins || patches.length > 0 || sources.some(({ errors, extensions }) => errors ?? extensions)
    if (!isNews) return undefined
    this.#result = extend(before, draft.read(root), sources, this.#hasNext)
    return this.#result
  }

  /** For a subclass: a part of the result has arrived. A list is told when it is complete, after its items. */
  protected onPart(_event: PartEvent, _place: Place, _errors?: unknown): void {}

  #begin(result: ExecutionResult): ExecutionResult {
    this.#hasNext = undefined
    this.#pending.clear()
    this.#failures = new Failures()
    this.#result = result
    return result
  }

  /** Records the paths of errors, which explain null there or above. */
  #noteErrors({ errors }: Container): void {
    for (const error of toList(errors)) {
      const path = isContainer(error) ? error.path : undefined
      this.#failures.add(Array.isArray(path) ? path : [])
    }
  }

  /** Applies one entry of `incremental`, or an older payload that is one itself. */
  #apply(draft: Draft, { id, path, subPath, data, items, label, errors }: Container): void {
    const pending = id == null ? undefined : this.#placeOf(id)
    const place = pending ? [...pending.path, ...toPath(subPath)] : toPath(path)
    if (items === undefined) {
      if (data === undefined) return
      this.#addData(draft, place, data, id != null)
      // [2022] an entry is a whole fragment; [2023] `completed` says when it is whole
      if (pending) this.onPart('piece', pending, errors)
      else this.onPart(data === null ? 'failed' : 'whole', { path: place, label }, errors)
      return
    }
    const last = place.at(-1)
    // [2022] the path of items ends with the index of the first of them; 2023 appends
    const isIndexed = !pending && typeof last === 'number'
    const list = isIndexed ? place.slice(0, -1) : place
    const first = this.#addItems(draft, list, items, isIndexed ? last : undefined)
    for (const i of toList(items).keys())
      this.onPart('whole', { path: [...list, first + i], label: pending?.label ?? label }, errors)
  }

  /** Merges data into the object at `path`. The value of a field that was deferred by itself replaces the field. */
  #addData(draft: Draft, path: Key[], data: unknown, isFragment: boolean): void {
    const place = [...root, ...path]
    const old = draft.read(place)
    if (data === null && old != null) {
      // [2022] data is null if an error reached the deferred fragment
      this.#failures.add(path, true)
    } else if (!this.#failures.haveTaken(draft.read(root), path) && !(isFragment && old === null)) {
      const key = place.pop() as Key
      const parent = draft.open(place)
      const expected = isFragment || path.length === 0 ? old : (old ?? data)
      if (!parent || !canHold(parent, key) || kindOf(expected) !== kindOf(data)) throw noPlace(path, 'data')
      put(draft, parent, key, data, this.#failures.at(path))
    }
  }

  /** Adds items to the list at `path`: from an index on, or at its end. Returns the index of the first. */
  #addItems(draft: Draft, path: Key[], items: unknown, start?: number): number {
    if (items === null) {
      // [2022] items is null if an error reached the list
      this.#failures.add(path, true)
      return 0
    }
    const list = draft.open([...root, ...path])
    const length = Array.isArray(list) ? list.length : 0
    const first = start ?? length
    if (this.#failures.haveTaken(draft.read(root), [...path, first])) return first
    if (!Array.isArray(list) || first > length) throw noPlace(path, 'items', start)
    const failure = this.#failures.at(path)
    for (const [i, item] of toList(items).entries())
      put(draft, list, first + i, item, failure?.below.get(first + i))
    return first
  }

  #placeOf(id: unknown): Place {
    const place = this.#pending.get(id)
    if (!place) throw malformed(`the id ${excerpt(id)} is not pending`)
    return place
  }
}

/** What came first, a piece of a deferred fragment, or a whole one or an item; or the fragment has failed. */
export type PartEvent = 'first' | 'piece' | 'whole' | 'failed'

/** Where the data of a `@defer` or `@stream` belong, and its label. */
export interface Place {
  readonly path: Key[]
  readonly label?: unknown
}

/** Whether a payload is part of a result that has others, by another sign than `hasNext`. Each result comes by here. */
export function isPart(payload: Container): boolean {
  return 'incremental' in payload || 'pending' in payload || 'completed' in payload || 'path' in payload
}

/** The previous result with new data, and with the errors and extensions of all `sources` added. */
function extend(
  before: ExecutionResult,
  data: unknown,
  sources: Container[],
  hasNext: boolean,
): ExecutionResult {
  const result: Container = { ...before }
  if (data !== undefined) result.data = data
  for (const { errors, extensions } of sources) {
    if (errors) result.errors = [...toList(result.errors), ...toList(errors)]
    if (isContainer(extensions)) result.extensions = { ...toObject(result.extensions ?? {}), ...extensions }
  }
  result.hasNext = hasNext
  return result
}

/** The key of the data in the root of the {@link Draft}. */
const root: readonly Key[] = ['data']

/**
 * Sets a member of an open container, or merges the value into the old one if both are objects or both are lists.
 * `failure` tells which members an error made null. They stay null, because the rest of their data is lost.
 */
function put(draft: Draft, parent: Container, key: Key, value: unknown, failure: Failure | undefined): void {
  const merging: { target: Container; added: Container; failure: Failure | undefined }[] = []
  const putMember = (parent: Container, key: Key, value: unknown, failure: Failure | undefined) => {
    const old = has(parent, key) ? parent[key] : undefined
    if (isContainer(old) && isContainer(value) && kindOf(old) === kindOf(value))
      merging.push({ target: draft.openMember(parent, key), added: value, failure })
    else if (old !== null || !failure || !isContainer(value)) assign(parent, key, value)
  }
  putMember(parent, key, value, failure)
  // a worklist instead of recursion, because deep data would overflow the stack
  for (const { target, added, failure } of merging)
    for (const name of Object.keys(added))
      putMember(target, name, added[name], failure?.below.get(Array.isArray(added) ? Number(name) : name))
}

/** Whether a container can hold a value under `key`. A list accepts its indices and the next one. */
function canHold(container: Container, key: Key): boolean {
  return Array.isArray(container)
    ? typeof key === 'number' && key <= container.length
    : typeof key === 'string'
}

function kindOf(value: unknown): 'list' | 'object' | 'scalar' {
  if (Array.isArray(value)) return 'list'
  return isContainer(value) ? 'object' : 'scalar'
}

function toObject(value: unknown): Container {
  if (isContainer(value) && !Array.isArray(value)) return value
  throw malformed(`${excerpt(value)} stands where an object is expected`)
}

function toObjects(value: unknown): Container[] {
  return toList(value).map(toObject)
}

function toList(value: unknown): unknown[] {
  if (Array.isArray(value ?? [])) return (value ?? []) as unknown[]
  throw malformed(`${excerpt(value)} stands where a list is expected`)
}

function toPath(value: unknown): Key[] {
  const path = toList(value)
  if (path.every(isPathSegment)) return path
  throw malformed(`${excerpt(path)} is not a path`)
}

function isPathSegment(key: unknown): key is Key {
  return typeof key === 'string' || (Number.isInteger(key) && (key as number) >= 0)
}

function noPlace(path: Key[], what: string, index?: number): StreamError {
  const at = index === undefined ? '' : ` at index ${index}`
  return malformed(`the result has no place for ${what}${at} at the path ${excerpt(path)}`)
}

function malformed(problem: string): StreamError {
  return new StreamError('malformed', `incremental delivery: ${problem}`)
}
