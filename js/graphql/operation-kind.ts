/** The kind of an operation: query, mutation, subscription or unknown. */

import type { DocumentNodeLike, Operation, OperationKind } from './types.ts'

const keywords = ['query', 'mutation', 'subscription', 'fragment']

interface Definition {
  readonly kind: string
  readonly name: string | undefined
}

/**
 * Returns the kind of the operation that a server would execute: `operation.kind`, else the kind of the document's
 * definition that `operationName` selects.
 *
 * [spec] without a name the document must have exactly one operation: https://spec.graphql.org/draft/#GetOperation()
 */
export function operationKind({ kind, query, operationName }: Operation): OperationKind {
  if (kind) return kind
  const isText = typeof query === 'string' || query instanceof String
  const definitions = isText ? definitionsOfText(query.toString()) : definitionsOf(query)
  const kinds = new Set(
    definitions.filter(({ name }) => !operationName || name === operationName).map(({ kind }) => kind),
  )
  return kinds.size === 1 ? ([...kinds][0] as OperationKind) : 'unknown'
}

/** Whether an operation may be sent again although the server may have executed it: see {@link Operation.idempotent}. */
export function isRepeatable(operation: Operation, kind: OperationKind): boolean {
  return operation.idempotent ?? (kind === 'query' || kind === 'subscription')
}

/** Whether an operation of this kind has one result and is complete with it, whatever follows. */
export function hasSingleResult(kind: OperationKind): boolean {
  return kind === 'query' || kind === 'mutation'
}

function definitionsOf(document: DocumentNodeLike | undefined): Definition[] {
  const definitions = (document?.definitions ?? []) as readonly {
    readonly kind?: string
    readonly operation?: string
    readonly name?: { readonly value: string }
  }[]
  return definitions
    .filter(({ kind }) => kind === 'OperationDefinition')
    .map(({ operation = 'query', name }) => ({ kind: operation, name: name?.value }))
}

/** Block strings, strings, comments, words, and every other single character. */
const lexeme =
  /"""[^"\\]*(?:(?:\\(?:"""|(?!"""))|"(?!""))[^"\\]*)*"""|"(?!"")[^"\\\n\r]*(?:\\[^\n\r][^"\\\n\r]*)*"|#[^\n\r]*|\w+|./gs
/** [spec] Ignored: byte order marks, white space, commas and comments. And strings, which before a keyword are descriptions. */
const ignored = /^(?:[\uFEFF\t\n\r ,#]|".*")/s

/**
 * The operations that a text defines; none where it is no executable document.
 *
 * [spec] a definition is a selection set alone, or a keyword, a name and more before a selection set, which is the
 * first `{` outside of all brackets. https://spec.graphql.org/draft/#sec-Document
 */
function definitionsOfText(text: string): Definition[] {
  const definitions: Definition[] = []
  let header: string[] = []
  let depth = 0
  for (const [token] of text.matchAll(lexeme)) {
    if (ignored.test(token)) continue
    if (token === '"') return [] // an unterminated string
    if ('([{'.includes(token)) depth++
    else if (!')]}'.includes(token)) {
      if (depth === 0) header.push(token)
    } else if (--depth < 0) return []
    if (token !== '}' || depth > 0) continue
    const [kind = 'query', name = ''] = header
    if (!keywords.includes(kind)) return []
    if (kind !== 'fragment') definitions.push({ kind, name: /^\w/.test(name) ? name : undefined })
    header = []
  }
  return depth + header.length === 0 ? definitions : []
}
