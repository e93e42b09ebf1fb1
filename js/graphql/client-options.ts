/** The options of all clients, for modules that share a client's streams and must know whose results they carry. */

import type { ClientOptions } from './options.ts'

const optionsOfClients = new WeakMap<object, ClientOptions<boolean>>()

export function keepOptions(client: object, options: ClientOptions<boolean>): void {
  optionsOfClients.set(client, options)
}

/** The options that `createClient` was called with; undefined for a client of another library. */
export function optionsOf(client: object): ClientOptions<boolean> | undefined {
  return optionsOfClients.get(client)
}
