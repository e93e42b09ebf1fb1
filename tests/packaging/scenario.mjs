/**
 * The scenario that every environment runs. It imports nothing: each app imports the package in its own way and passes the
 * exports. The runner writes the server's address into a copy of this file, as an ES module and as CommonJS.
 */

const server = '__SERVER__'

/** Reports the outcome of a step to the server. */
export async function report(step, error) {
  await fetch(`${server}/report`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ step, error: error === undefined ? undefined : String(error?.stack ?? error) }),
  })
}

/** The address of a stream for the hook, which shows `hooked` when it has come. */
export const hookUrl = `${server}/hook`

/** The address of subscriptions, which count to three. */
export const graphqlUrl = `${server}/graphql`

/** Runs the four steps, and those of the app, one after the other, and reports each. Resolves when all is told. */
export async function scenario({ EventSource, createClient }, more = {}) {
  const steps = {
    post: () => resumePost(EventSource),
    graphql: () => takeTwo(createClient({ url: graphqlUrl, protocol: 'sse' })),
    multipart: () => takeTwo(createClient({ url: `${server}/multipart`, protocol: 'multipart' })),
    abort: () => abort(EventSource),
    ...more,
  }
  const failed = []
  for (const [step, run] of Object.entries(steps)) {
    try {
      await run()
      await report(step)
    } catch (error) {
      failed.push(`${step}: ${error}`)
      await report(step, error)
    }
  }
  await report('end')
  if (failed.length > 0) throw new Error(failed.join('\n'))
}

/** A POST is broken off after its first event, and resumes with the id of that event. */
async function resumePost(EventSource) {
  const key = String(Math.random())
  const source = new EventSource(`${server}/events?${key}`, {
    method: 'POST',
    body: 'asked',
    idempotent: true,
  })
  const heard = []
  await new Promise((resolve, reject) => {
    source.onmessage = ({ data, lastEventId }) => {
      heard.push(`${lastEventId}: ${data}`)
      if (heard.length === 1) fetch(`${server}/drop?${key}`, { method: 'POST' }).catch(reject)
      else resolve()
    }
    source.onerror = ({ error, willReconnectIn }) => {
      if (willReconnectIn === null) reject(error)
    }
  })
  source.close()
  same(heard, ['1: POST asked', '2: POST asked after 1'])
}

/** Two results of a subscription, which is then left. */
async function takeTwo(client) {
  const heard = []
  for await (const { data, errors } of client.iterate({ query: 'subscription { count }' })) {
    heard.push(errors ?? data?.count)
    if (heard.length === 2) break
  }
  client.dispose?.()
  same(heard, [1, 2])
}

/** The server sees that a stream is aborted: it answers /aborted only then. */
async function abort(EventSource) {
  const key = String(Math.random())
  const controller = new AbortController()
  const source = new EventSource(`${server}/endless?${key}`, { signal: controller.signal })
  await new Promise((resolve, reject) => {
    source.onmessage = resolve
    source.onerror = ({ error }) => reject(error)
  })
  controller.abort()
  const { status } = await fetch(`${server}/aborted?${key}`)
  same([source.readyState, status], [2, 200])
}

function same(actual, expected) {
  const [is, should] = [actual, expected].map(value => JSON.stringify(value))
  if (is !== should) throw new Error(`${is} in place of ${should}`)
}
