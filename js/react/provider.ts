'use client'

/** Gives a client to the hooks below it. */

import { createContext, createElement, type ReactNode, useMemo } from 'react'
import type { Client } from '../graphql/client.ts'
import { shareOperations } from '../store/share-operations.ts'

export const ClientContext = createContext<Client | undefined>(undefined)

/**
 * Gives a client to the hooks below it. With `dedupe` equal operations share one stream, which ends with the last
 * component that wants it; who joins later has the last result at once. So does who restarts: for the others the
 * stream goes on.
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
