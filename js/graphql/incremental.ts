/** Incremental delivery: the payloads of `@defer` and `@stream` merged to whole results. */

import { StreamError } from '../stream/errors.ts'
import { assign, type Container, Draft, has, isContainer, type Key } from './json-draft.ts'
import type { ExecutionResult } from './types.ts'

/**
 * Merges the payloads of one response to the result so far. What a payload means is told by its members, never by
 * headers, so both generations are understood:
 *
 * - 2023 and later (`pending`, `incremental` with `id` and `subPath`, `completed`):
 *   https://github.com/graphql/graphql-spec/pull/1110
 * - 2022 (`incremental` with `path`; older servers have `path`, `data` and `items` at the top level):
 *   https://github.com/graphql/graphql-spec/tree/48cf7263a71a683fab03d45d309fd42d8d9a6659/spec
 *
 * Neither a result that was handed out nor a payload ever changes: a new result copies the containers on the way to
 * what is new, each once per payload, and shares the rest. So every payload that adds to a list copies that list's
 * references, however few its items: a list that comes item by item in n payloads costs n²/2 references.
 */
export class IncrementalResult {
  #result: ExecutionResult = {}
  #hasNext: boolean | undefined
  readonly #pending = new Map<unknown, Key[]>()
  /** The lists that the server gave up by `items: null` (2022), by their paths as JSON. */
  readonly #abandoned = new Set<string>()

  /** Whether the server said `hasNext: false`: nothing is missing then, however the response ends. */
  get done(): boolean {
    return this.#hasNext === false
  }

  /**
   * Merges the next payload and returns the whole result so far; undefined where the payload brings neither data nor
   * errors nor extensions (`{"hasNext":false}` alone). A result without incremental delivery is returned as it is,
   * and data without a path begins a new result, so the events of a subscription need nothing else.
   * Errors are concatenated, extensions merged member by member, lists in overlapping data item by item.
   *
   * Throws a {@link StreamError} `malformed` where the payload is of neither generation or leads to what the result
   * does not have. The response cannot be continued then; the results before stay as they are.
   */
  merge(payload: unknown): ExecutionResult | undefined {
    const top = toObject(payload)
    const underway = this.#hasNext === true
    // written out: every result comes by here
    const single = !(
      'hasNext' in top ||
      'incremental' in top ||
      'pending' in top ||
      'completed' in top ||
      'path' in top
    )
    if (single && (!underway || 'data' in top)) return this.#begin(top)

    // gqlgen omits an empty path: while more is to come, data without a path is a deferred part of the root.
    const begins = 'data' in top && top.path == null && !underway
    if (begins) this.#begin({ data: top.data as ExecutionResult['data'] })
    const before = this.#result
    const parts = toObjects(top.incremental)
    const completed = toObjects(top.completed)
    const patches = !begins && ('data' in top || 'items' in top) ? [top, ...parts] : parts
    const draft = new Draft(before.data)
    for (const { id, path } of toObjects(top.pending)) this.#pending.set(id, toPath(path))
    for (const patch of patches) this.#apply(draft, patch)
    for (const { id } of completed) {
      if (id != null) this.#pathOf(id)
      this.#pending.delete(id)
    }
    this.#hasNext = top.hasNext !== false

    const sources = [top, ...parts, ...completed]
    const isNews =
      begins || patches.length > 0 || sources.some(({ errors, extensions }) => errors ?? extensions)
    if (!isNews) return undefined
    this.#result = extend(before, draft.root, sources, this.#hasNext)
    return this.#result
  }

  #begin(result: ExecutionResult): ExecutionResult {
    this.#hasNext = undefined
    this.#pending.clear()
    this.#abandoned.clear()
    this.#result = result
    return result
  }

  /** Applies one entry of `incremental`, or an older payload that is one itself. */
  #apply(draft: Draft, patch: Container): void {
    const { id, data, items } = patch
    const path = id == null ? toPath(patch.path) : [...this.#pathOf(id), ...toPath(patch.subPath)]
    const last = path.at(-1)
    // [2022] the path of items ends with the index of the first of them; 2023 appends
    const start = id == null && typeof last === 'number' ? last : undefined
    const listPath = start === undefined ? path : path.slice(0, -1)
    if (items !== undefined) this.#addItems(draft, listPath, items, start)
    // The servers before 2022 send items one by one, each as the data at its index.
    else if (start !== undefined && draft.read(path) === undefined)
      this.#addItems(draft, listPath, [data], start)
    else if (data != null) this.#addData(draft, path, data)
    // [2022] data is null where an error reached the deferred fragment: there are only errors to add.
  }

  #addData(draft: Draft, path: Key[], data: unknown): void {
    if (this.#isAbandoned(path)) return
    const target = draft.open(path)
    if (!isContainer(data) || Array.isArray(data) || !target || Array.isArray(target))
      throw noPlace(path, 'data')
    for (const key of Object.keys(data)) mergeMember(draft, target, key, data[key])
  }

  #addItems(draft: Draft, path: Key[], items: unknown, start: number | undefined): void {
    // [2022] items is null where an error reached the list; servers may still send what follows
    if (items === null) this.#abandoned.add(JSON.stringify(path))
    if (this.#isAbandoned([...path, 0])) return
    const list = draft.open(path)
    if (!Array.isArray(list) || (start !== undefined && start > list.length))
      throw noPlace(path, 'items', start)
    const first = start ?? list.length
    for (const [i, item] of toList(items).entries()) mergeMember(draft, list, first + i, item)
  }

  /** Whether `path` leads into a list that will never be complete. */
  #isAbandoned(path: Key[]): boolean {
    return (
      this.#abandoned.size > 0 && path.some((_, i) => this.#abandoned.has(JSON.stringify(path.slice(0, i))))
    )
  }

  #pathOf(id: unknown): Key[] {
    const path = this.#pending.get(id)
    if (!path) throw malformed(`the id ${JSON.stringify(id)} is not pending`)
    return path
  }
}

/** The result before with new data, with the errors and extensions of all `sources` added. */
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

/** Sets a member of an open container, or merges into it where old and new value are containers of one kind. */
function mergeMember(draft: Draft, parent: Container, key: Key, value: unknown): void {
  const old = has(parent, key) ? parent[key] : undefined
  if (isContainer(old) && isContainer(value) && Array.isArray(old) === Array.isArray(value)) {
    const target = draft.openMember(parent, key)
    for (const name of Object.keys(value)) mergeMember(draft, target, name, value[name])
  } else {
    assign(parent, key, value)
  }
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
  return malformed(`the result has no place for ${what}${at} at the path ${JSON.stringify(path)}`)
}

function malformed(problem: string): StreamError {
  return new StreamError('malformed', `incremental delivery: ${problem}`)
}

function excerpt(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 100)
}
