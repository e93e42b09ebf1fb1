/** JSON Patch (RFC 6902) over JSON Pointers (RFC 6901), without mutation. */

import { StreamError } from '../stream/errors.ts'
import { assign, type Container, Draft, excerpt, has, isContainer, type Key } from './json-draft.ts'

/** One operation of a patch. https://www.rfc-editor.org/rfc/rfc6902#section-4 */
export type JsonPatchOperation =
  | { op: 'add' | 'replace' | 'test'; path: string; value: unknown }
  | { op: 'remove'; path: string }
  | { op: 'move' | 'copy'; from: string; path: string }

/**
 * Applies a patch to a JSON document and returns the new document. The document and the patch are not changed; the result
 * shares unchanged values with both. All operations succeed, or none does. Throws a {@link StreamError} `malformed` with the
 * operation's index and pointers if the patch is malformed, a location does not exist or a test fails. The whole document
 * can be added, replaced, copied and tested, but not removed.
 *
 * https://www.rfc-editor.org/rfc/rfc6902
 */
export function applyPatch(document: unknown, patch: readonly JsonPatchOperation[]): unknown {
  if (!Array.isArray(patch)) throw new StreamError('malformed', 'a JSON Patch must be a list of operations')
  const draft = new Draft(document)
  patch.forEach((operation: unknown, index) => {
    const members = isContainer(operation) ? operation : {}
    const problem = apply(draft, members)
    if (problem) {
      const said = excerpt([members.op, members.from, members.path].filter(member => member !== undefined))
      throw new StreamError('malformed', `JSON Patch, operation ${index} ${said}: ${problem}`)
    }
  })
  return draft.root
}

/** Applies one operation, or returns the reason why it cannot be applied. */
function apply(draft: Draft, operation: Container): string | undefined {
  const { op, value } = operation
  const path = parsePointer(operation.path)
  if (!path) return 'path is not a JSON Pointer'
  switch (op) {
    case 'remove':
      return remove(draft, path)
    case 'add':
    case 'replace':
    case 'test':
      if (value === undefined) return 'value is missing'
      if (op === 'test')
        return equal(draft.read(path), value) ? undefined : 'the document has another value there'
      return put(draft, path, value, op === 'add')
    case 'copy':
    case 'move': {
      const from = parsePointer(operation.from)
      if (!from) return 'from is not a JSON Pointer'
      const source = draft.read(from)
      if (source === undefined) return 'from leads to nothing'
      if (op === 'copy') draft.share()
      else if (operation.from === operation.path) return undefined
      // [spec] The "from" location MUST NOT be a proper prefix of the "path" location
      else if (from.every((token, i) => token === path[i])) return 'path is inside from'
      else remove(draft, from)
      return put(draft, path, source, true)
    }
    default:
      return 'there is no such operation'
  }
}

function put(draft: Draft, path: Key[], value: unknown, isNew: boolean): string | undefined {
  const key = path.at(-1)
  if (key === undefined) {
    draft.root = value
    return undefined
  }
  const parent = draft.open(path.slice(0, -1))
  if (!parent) return 'the parent does not exist'
  if (!isNew || !Array.isArray(parent)) {
    if (!isNew && !has(parent, key)) return 'path leads to nothing'
    assign(parent, key, value)
    return undefined
  }
  // [spec] The specified index MUST NOT be greater than the number of elements in the array
  const end = parent.length
  if (key !== '-' && key !== String(end) && !has(parent, key)) return 'the list has no such index'
  parent.splice(key === '-' ? end : Number(key), 0, value)
}

function remove(draft: Draft, path: Key[]): string | undefined {
  const key = path.at(-1)
  if (key === undefined) return 'the whole document cannot be removed'
  const parent = draft.open(path.slice(0, -1))
  if (!has(parent, key)) return 'path leads to nothing'
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else delete parent[key]
}

/** The tokens of a pointer; undefined if the text is not a pointer. https://www.rfc-editor.org/rfc/rfc6901#section-3 */
function parsePointer(text: unknown): Key[] | undefined {
  if (typeof text !== 'string' || /^[^/]|~(?![01])/.test(text)) return undefined
  // [spec] first ~1, then ~0; in the opposite order, ~01 would become a slash
  return text
    .split('/')
    .slice(1)
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Equality of JSON values. https://www.rfc-editor.org/rfc/rfc6902#section-4.6 */
function equal(a: unknown, b: unknown): boolean {
  // a worklist instead of recursion, because deep values would overflow the stack
  const pairs = [[a, b]]
  for (const [a, b] of pairs) {
    if (!isContainer(a) || !isContainer(b)) {
      if (a !== b) return false
      continue
    }
    const keys = Object.keys(a)
    if (Array.isArray(a) !== Array.isArray(b) || keys.length !== Object.keys(b).length) return false
    for (const key of keys) {
      if (!has(b, key)) return false
      pairs.push([a[key], b[key]])
    }
  }
  return true
}
