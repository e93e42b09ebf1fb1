/** The places of a result that errors have removed, by path. */

import { has, type Key } from './json-draft.ts'

/** A place in the result at or below which there was an error. */
export interface Failure {
  /** Whether a deferred fragment or a streamed list failed here, so that its data will not arrive. */
  isIncomplete: boolean
  readonly below: Map<Key, Failure>
}

/** The failures of one response as a tree, so that a lookup costs the length of its path. */
export class Failures {
  #root: Failure | undefined

  /** Adds an error at a path. `isIncomplete`: it ended a deferred fragment or a streamed list there. */
  add(path: Iterable<Key>, isIncomplete = false): void {
    this.#root ??= newFailure()
    let failure = this.#root
    for (const key of path) {
      const next = failure.below.get(key) ?? newFailure()
      failure.below.set(key, next)
      failure = next
    }
    failure.isIncomplete ||= isIncomplete
  }

  /** The failures at and below a path; undefined if there are none. */
  at(path: Iterable<Key>): Failure | undefined {
    let failure = this.#root
    for (const key of path) failure = failure?.below.get(key)
    return failure
  }

  /**
   * Whether no data can be placed at `path`, because an error removed a container on the way: it is null, or it is missing
   * from a fragment or a list that failed.
   */
  haveTaken(data: unknown, path: readonly Key[]): boolean {
    let value = data
    let failure = this.#root
    let isIncomplete = false
    for (const key of path) {
      isIncomplete ||= failure?.isIncomplete ?? false
      if (value === null) return true
      if (!has(value, key)) return isIncomplete
      value = value[key]
      failure = failure?.below.get(key)
    }
    return false
  }
}

function newFailure(): Failure {
  return { isIncomplete: false, below: new Map() }
}
