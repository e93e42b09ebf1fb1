/** Runs the code of an example in the page, against the package as it was built, and observes its streams. */

const entryPoints = {
  postsource: () => import('postsource'),
  'postsource/devtools': () => import('postsource/devtools'),
  'postsource/graphql': () => import('postsource/graphql'),
  'postsource/parser': () => import('postsource/parser'),
  'postsource/testing': () => import('postsource/testing'),
}

const silentConsole = new Proxy({}, { get: () => () => {} })

/**
 * Runs `code`, a module. `show` is what the code calls to print. Resolves with the run:
 *
 * - `traces`, which grow: what the inspector saw of each stream;
 * - `finished`, which rejects with what the code throws;
 * - `drop()`, which breaks all open connections, and `stop()`, after which the server answers 204.
 */
export async function runExample(code, show) {
  const run = new AsyncFunction('load', 'show', withoutImports(code))
  const { loadInspector, watchPage } = await import('postsource/devtools')
  const cable = new Cable()

  async function load(specifier) {
    const names = Object.keys(entryPoints)
    if (!names.includes(specifier))
      throw new Error(`an example can import ${names.join(', ')}, and not ${specifier}`)
    const exported = await entryPoints[specifier]()
    if (!exported.mockServer) return exported
    return { ...exported, mockServer: () => cable.throughWhich(exported.mockServer()) }
  }

  // a stream that opens before the inspector is there would not be judged
  await loadInspector()
  const watch = watchPage({ console: silentConsole })
  await new Promise(resolve => setTimeout(resolve))

  const finished = run(load, show)
  finished.catch(() => {}) // a caller that has left does not look at it
  return {
    traces: watch.traces,
    finished,
    drop: () => cable.breakConnections(),
    stop() {
      cable.close()
      watch.stop()
    },
  }
}

const AsyncFunction = (async () => {}).constructor

/** Static imports as declarations, because the body of a function has none. */
function withoutImports(code) {
  return code.replace(
    /^import (\{[^}]*\}) from (['"][^'"]+['"])/gm,
    (_, names, specifier) => `const ${names.replaceAll(' as ', ': ')} = await load(${specifier})`,
  )
}

/** The network between the example's client and its server. */
class Cable {
  #open = new Set()
  #isClosed = false

  /** The server, as it is reached through this network. */
  throughWhich(server) {
    const fetch = async (input, init) => {
      // [spec] a server ends reconnection with 204
      if (this.#isClosed) return new Response(null, { status: 204 })
      const response = await server.fetch(input, init)
      if (!response.body) return response
      const carried = new Response(this.#carry(response.body), response)
      return Object.defineProperty(carried, 'url', { value: response.url })
    }
    return Object.create(server, { fetch: { value: fetch } })
  }

  breakConnections() {
    for (const connection of [...this.#open]) connection.break()
  }

  close() {
    this.#isClosed = true
    this.breakConnections()
  }

  #carry(body) {
    const reader = body.getReader()
    const connection = {}
    return new ReadableStream({
      start: controller => {
        connection.break = () => {
          this.#open.delete(connection)
          controller.error(new TypeError('network error'))
          reader.cancel().catch(() => {})
        }
        this.#open.add(connection)
      },
      pull: async controller => {
        const { done, value } = await reader.read()
        if (!this.#open.has(connection)) return
        if (!done) return controller.enqueue(value)
        this.#open.delete(connection)
        controller.close()
      },
      cancel: reason => {
        this.#open.delete(connection)
        return reader.cancel(reason)
      },
    })
  }
}
