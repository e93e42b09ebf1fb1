/** What the snippets take for granted: the reader's own code, and what other snippets have made. */

import { createClient } from 'postsource/graphql'

globalThis.url = '/graphql'
globalThis.createClient = createClient
globalThis.client = createClient({ url: '/graphql' })

/** Rows by their ids, after what has happened to one of them. */
globalThis.apply = (rows, type, { id, ...record }) => {
  const { [id]: _, ...others } = rows
  return type === 'delete' ? others : { ...others, [id]: record }
}
