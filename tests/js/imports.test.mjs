/** Importing has no side effects, in pages and on servers. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const { exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

/** Runs a module in its own process and returns the JSON that it prints. */
function run(script) {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

// Apollo Client itself changes globals
const entries = Object.entries(exports).filter(([entry]) => entry !== './apollo')

for (const [entry, target] of entries) {
  const name = entry.replace('.', 'postsource')
  if (typeof target === 'string') {
    test(`${name} is a file`, () =>
      assert.ok(readFileSync(new URL(`../../${target}`, import.meta.url)).length > 0))
    continue
  }
  test(`importing ${name} ${name === 'postsource/auto' ? 'sets EventSource alone' : 'changes no global'}, compiles and requests nothing`, () => {
    const found = run(`
      let compiled = 0
      let requested = 0
      for (const name of ['compile', 'instantiate']) WebAssembly[name] = () => { compiled++ }
      WebAssembly.Module = class { constructor() { compiled++ } }
      globalThis.fetch = () => { requested++ }
      const before = new Set(Reflect.ownKeys(globalThis))
      await import('${name}')
      const added = Reflect.ownKeys(globalThis).filter(key => !before.has(key)).map(String)
      console.log(JSON.stringify({ added, compiled, requested }))`)
    assert.deepEqual(found, {
      added: name === 'postsource/auto' ? ['EventSource'] : [],
      compiled: 0,
      requested: 0,
    })
  })
}

test('createParser works synchronously', () => {
  const data = run(`
    import { createParser } from 'postsource/parser'
    const data = []
    createParser({ onEvent: event => data.push(event.data) }).feed('data: a\\n\\n')
    console.log(JSON.stringify(data))`)
  assert.deepEqual(data, ['a'])
})

test('importing uses only Event and EventTarget of the runtime', () => {
  const found = run(`
    for (const name of ['TextDecoder', 'TextEncoder', 'AbortController', 'AbortSignal', 'FinalizationRegistry',
      'Headers', 'MessageEvent', 'ReadableStream', 'Request', 'Response', 'TransformStream', 'URL', 'WebAssembly', 'fetch', 'performance'])
      delete globalThis[name]
    const failed = []
    for (const name of ${JSON.stringify(entries.filter(([, target]) => typeof target !== 'string').map(([entry]) => entry.replace('.', 'postsource')))})
      await import(name).catch(error => failed.push(name + ': ' + error.message))
    const { EventSourceParserStream } = await import('postsource/parser')
    try { new EventSourceParserStream() } catch ({ code }) { failed.push(code) }
    console.log(JSON.stringify(failed))`)
  assert.deepEqual(found, ['unsupported'])
})

test('no file for pages uses import.meta or a module of Node', () => {
  const dist = new URL('../../dist/', import.meta.url)
  const files = readdirSync(dist, { recursive: true }).filter(
    name => /\.[cm]?js$/.test(name) && !/^(cjs\/)?cli\//.test(name),
  )
  assert.ok(files.length > 50)
  for (const name of files) {
    const source = readFileSync(new URL(name, dist), 'utf8')
    assert.doesNotMatch(source, /import\.meta|['"`]node:/, name)
  }
})

test('without WebAssembly only the fallback is loaded, and a message says so once', () => {
  const found = run(`
    delete globalThis.WebAssembly
    const said = []
    console.debug = text => said.push(text)
    const { readEvents } = await import('postsource')
    const { createParser } = await import('postsource/parser')
    const codes = []
    try { createParser({}) } catch (error) { codes.push(error.code) }
    const data = []
    for (let i = 0; i < 2; i++)
      for await (const event of readEvents(new Blob(['data: a\\n\\n']).stream())) data.push(event.data)
    createParser({ onEvent: event => data.push(event.data) }).feed('data: b\\n\\n')
    console.log(JSON.stringify({ codes, data, said: said.length }))`)
  assert.deepEqual(found, { codes: ['unsupported'], data: ['a', 'a', 'b'], said: 1 })
})

test('init({ fallback: false }) prevents the fallback: nothing is sent, and the error is unsupported', () => {
  const found = run(`
    const forbidden = () => { throw new Error('forbidden by a policy') }
    const { instantiate } = WebAssembly
    // Node's own fetch instantiates a module
    WebAssembly.instantiate = async (...given) =>
      given[0] instanceof WebAssembly.Module ? instantiate(...given) : forbidden()
    WebAssembly.Module = new Proxy(WebAssembly.Module, { construct: forbidden })
    const { EventSource, init, readEvents } = await import('postsource')
    const { createClient } = await import('postsource/graphql')
    let requested = 0
    globalThis.fetch = async () => { requested++; throw new Error('sent') }
    const codes = []
    const note = error => codes.push(error.code)
    await init({ fallback: false }).catch(note)
    try { for await (const _ of readEvents(new Blob(['']).stream())); } catch (error) { note(error) }
    const source = new EventSource('http://localhost/', { method: 'POST' })
    await new Promise(resolve => { source.onerror = ({ error }) => resolve(note(error)) })
    await new Promise(resolve =>
      createClient({ url: 'http://localhost/' }).subscribe(
        { query: 'mutation { a }' },
        { next() {}, error: error => resolve(note(error)), complete: resolve }))
    console.log(JSON.stringify({ codes, requested, state: source.readyState }))`)
  assert.deepEqual(found, { codes: Array(4).fill('unsupported'), requested: 0, state: 2 })
})

for (const [form, source] of [
  ['bytes', 'bytes'],
  ['a response', 'new Response(bytes)'],
  ['a compiled module', 'await WebAssembly.compile(bytes)'],
]) {
  test(`the module may be given as ${form}`, () => {
    const found = run(`
      import { readdirSync, readFileSync } from 'node:fs'
      import { init, readEvents } from 'postsource'
      const bytes = readFileSync(new URL(import.meta.resolve('postsource/postsource.wasm')))
      await init({ wasm: ${source} })
      const events = []
      for await (const { data } of readEvents(new Blob(['data: a\\n\\n']).stream())) events.push(data)
      console.log(JSON.stringify(events))`)
    assert.deepEqual(found, ['a'])
  })
}
