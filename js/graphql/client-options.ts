/** The options of the clients there are, for what stands on a client and must know whose results it gets. */

import type { ClientOptions } from './options.ts'

const optionsOfClients = new WeakMap<object, ClientOptions<boolean>>()

export function keepOptions(client: object, options: ClientOptions<boolean>): void {
  optionsOfClients.set(client, options)
}

/** The options that `createClient` was called with; undefined for a client of another make. */
export function optionsOf(client: object): ClientOptions<boolean> | undefined {
  return optionsOfClients.get(client)
}
