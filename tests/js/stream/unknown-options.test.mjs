import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** What the statements write to standard error, in a process of their own. */
function warningsOf(statements, env) {
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', statements], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  assert.equal(status, 0, stderr)
  return stderr
}

const misspelt = `
  import { EventSource } from 'postsource'
  import { createClient } from 'postsource/graphql'
  for (let i = 0; i < 3; i++) {
    new EventSource('http://localhost:1/', { header: {}, headers: {}, duplex: 'half' }).close()
    createClient({ url: 'http://localhost:1/', protocols: 'sse', maxRetries: 0 })
  }`

test('an unknown option is told once', () => {
  const lines = warningsOf(misspelt, { NODE_ENV: 'development' }).trim().split('\n')
  assert.equal(lines.length, 2, lines.join('\n'))
  assert.match(lines[0], /^postsource: EventSource has no option "header" and ignores it\. .*\bheaders\b/)
  assert.match(
    lines[1],
    /^postsource: createClient\(\) has no option "protocols" and ignores it\. .*\bprotocol\b/,
  )
})

test('so is an option that the connection mode ignores, and one that streamEvents has no use for', () => {
  const statements = `
    import { streamEvents } from 'postsource'
    import { createClient } from 'postsource/graphql'
    import { createClient as graphqlSse } from 'postsource/graphql-sse'
    const url = 'http://localhost:1/'
    createClient({ url, singleConnection: true, accept: 'a/b', method: 'GET', lazy: true })
    createClient({ url, lazyCloseTimeout: 5, lazy: undefined, protocol: 'sse' })
    for (const singleConnection of [true, false])
      graphqlSse({ url, singleConnection, lazy: true, generateID: () => '1' })
    void streamEvents(url, { onEvent() {}, signal: AbortSignal.abort() }).next().catch(() => {})`
  assert.deepEqual(
    warningsOf(statements, { NODE_ENV: 'development' }).match(/postsource: .* has no option "\w+"/g),
    [
      'postsource: createClient() in single connection mode has no option "accept"',
      'postsource: createClient() in single connection mode has no option "method"',
      'postsource: createClient() without single connection mode has no option "lazyCloseTimeout"',
      'postsource: streamEvents() has no option "onEvent"',
    ],
  )
})

test('so is one of each function that takes options', () => {
  const statements = `
    import { readEventBatches, readEvents } from 'postsource'
    import { createParser, EventSourceParserStream } from 'postsource/parser'
    import { fetchEventSource } from 'postsource/fetch-event-source'
    import { readParts, readResults } from 'postsource/graphql'
    const response = new Response('')
    for (let i = 0; i < 2; i++) {
      readEvents(response, { typo: 1 })
      void readEventBatches(response, () => {}, { typo: 1 }).catch(() => {})
      readResults(response, { typo: 1 })
      readParts(response, { typo: 1 })
      createParser({ typo: 1 })
      new EventSourceParserStream({ typo: 1 })
      void fetchEventSource('http://localhost:1/', { typo: 1, signal: AbortSignal.abort() })
    }`
  const owners = [
    ...['readEvents()', 'readEventBatches()', 'readResults()', 'readParts()', 'createParser()'],
    ...['EventSourceParserStream', 'fetchEventSource()'],
  ]
  assert.deepEqual(
    warningsOf(statements, { NODE_ENV: 'development' }).match(/postsource: .* has no option "typo"/g),
    owners.map(owner => `postsource: ${owner} has no option "typo"`),
  )
  assert.equal(warningsOf(statements, { NODE_ENV: 'production' }), '')
})

test('the list for streamEvents has until, and not onEvent', () => {
  const statements = `
    import { streamEvents } from 'postsource'
    streamEvents('http://localhost:1/', { onEvent() {}, until: 'x', maxRetries: 0 }).next().catch(() => {})`
  const told = warningsOf(statements, { NODE_ENV: 'development' })
  assert.match(told, /^postsource: streamEvents\(\) has no option "onEvent" and ignores it\. .*\buntil\b/)
  assert.doesNotMatch(told, /option "until"|are .*\bonEvent\b/)
})

test('the developer tools tell in every environment', () => {
  const statements = `
    import { traceStream } from 'postsource/devtools'
    const trace = traceStream('http://localhost:1/', { header: {}, maxBytes: 1, reconnect: false })
    trace.stop()`
  assert.match(
    warningsOf(statements, { NODE_ENV: 'production' }),
    /^postsource: traceStream\(\) has no option "header"/,
  )
})

test('in production nothing is told', () => {
  assert.equal(warningsOf(misspelt, { NODE_ENV: 'production' }), '')
})

test('without a bundler a page has no process, and nothing is told', () => {
  assert.equal(
    warningsOf(
      `const { error } = console; delete globalThis.process; ${misspelt.replace(/import \{ (\w+) \} from ('.*')/g, 'const { $1 } = await import($2)')}`,
    ),
    '',
  )
})

for (const entry of ['index', 'graphql', 'parser', 'fetch-event-source']) {
  test(`a production bundle of ${entry} has neither the warning nor the names`, async () => {
    const { outputFiles } = await build({
      entryPoints: [`${root}dist/${entry}.js`],
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
    })
    const { text } = outputFiles[0]
    for (const trace of ['has no option', 'process.', 'dispatcher', 'lazyCloseTimeout:!0', 'try{}'])
      assert.ok(!text.includes(trace), trace)
  })
}
