'use client'

/** Provides a client to the hooks in a tree. */

import { createContext, createElement, type ReactNode, useMemo } from 'react'
import type { Client } from '../graphql/client.ts'
import { shareOperations } from '../store/share-operations.ts'

export const ClientContext = createContext<Client | undefined>(undefined)

/**
 * Provides `client` to {@link useSubscription} in the components below it.
 *
 * With `dedupe` (false by default) components whose operations are equal by value share one stream, which ends with the
 * last of them. A component that joins later gets the last result at once, and so does one that restarts, while the
 * stream goes on for the others. A stream is shared only among requests with the same address and headers, so that
 * nobody gets the results of another user: functions among the client's `url` and `headers` are called for every
 * component. Cookies are not seen; after a sign-out with cookies, provide a new client.
 */
export function PostsourceProvider({
  client,
  dedupe = false,
  children,
}: {
  client: Client
  dedupe?: boolean
  children?: ReactNode
}) {
  const value = useMemo(() => (dedupe ? shareOperations(client) : client), [client, dedupe])
  return createElement(ClientContext.Provider, { value }, children)
}
