/** jsdom has no fetch: an environment that lends it Node's, as jest-fixed-jsdom and others do. */
const { default: JsdomEnvironment } = require('jest-environment-jsdom')

const names = ['fetch', 'Request', 'Response', 'Headers', 'ReadableStream', 'TextDecoder', 'TextEncoder']

module.exports = class extends JsdomEnvironment {
  constructor(...given) {
    super(...given)
    for (const name of [...names, 'AbortController', 'AbortSignal']) this.global[name] = globalThis[name]
  }
}
