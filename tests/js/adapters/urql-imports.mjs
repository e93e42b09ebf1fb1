/** What the tests take of urql: one module, so that it can be bundled with each of its major versions. */

export { Client, mapExchange, subscriptionExchange } from '@urql/core'
export { authExchange } from '@urql/exchange-auth'
export { persistedExchange } from '@urql/exchange-persisted'
