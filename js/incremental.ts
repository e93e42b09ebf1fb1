/** Incremental delivery: the payloads of `@defer` and `@stream` merged to whole results. */

import { StreamError } from './errors.ts'
import type { ExecutionResult, GraphQLErrorLike } from './graphql-types.ts'
import { assign, type Container, Draft, has, isContainer, type Key } from './json-draft.ts'

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
    const single = !['hasNext', 'incremental', 'pending', 'completed', 'path'].some(name => name in top)
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
    const errors = sources.flatMap(source => toList(source.errors)) as GraphQLErrorLike[]
    const extensions = sources.map(source => source.extensions).filter(isContainer)
    if (!begins && !patches.length && !errors.length && !extensions.length) return undefined
    this.#result = { ...before, hasNext: this.#hasNext }
    const result: Container = { ...before }
    if (draft.root !== undefined) result.data = draft.root
    if (errors.length) result.errors = [...(before.errors ?? []), ...errors]
    for (const more of extensions) result.extensions = { ...(result.extensions as Container), ...more }
    result.hasNext = this.#hasNext
    this.#result = result
    return result
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
    const isIndexed = id == null && typeof last === 'number'
    // [2022] the path of items ends with the index of the first of them
    if (items !== undefined) this.#addItems(draft, isIndexed ? path.slice(0, -1) : path, items, isIndexed ? last : undefined)
    // the servers before 2022 send items one by one, each as the data of its index
    else if (isIndexed && !has(draft.read(path.slice(0, -1)), last)) this.#addItems(draft, path.slice(0, -1), [data], last)
    // [2022] data is null where a field error reached the deferred fragment
    else if (data != null) this.#addData(draft, path, data)
  }
}
