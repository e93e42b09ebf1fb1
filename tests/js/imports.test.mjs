/** What importing does: nothing, on a server as well. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const { exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

/** Runs a module in a process of its own and gives what it prints as JSON. */
function run(script) {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

// Apollo Client changes globals of its own
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

test('createParser needs no waiting', () => {
  const data = run(`
    import { createParser } from 'postsource/parser'
    const data = []
    createParser({ onEvent: event => data.push(event.data) }).feed('data: a\\n\\n')
    console.log(JSON.stringify(data))`)
  assert.deepEqual(data, ['a'])
})

test('without WebAssembly the error says so', () => {
  const found = run(`
    delete globalThis.WebAssembly
    const { readEvents } = await import('postsource')
    const { createParser } = await import('postsource/parser')
    const codes = []
    try { for await (const _ of readEvents(new Blob(['data: a\\n\\n']).stream())); } catch (error) { codes.push(error.code) }
    try { createParser({}) } catch (error) { codes.push(error.code) }
    console.log(JSON.stringify(codes))`)
  assert.deepEqual(found, ['unsupported', 'unsupported'])
})

for (const [form, source] of [
  ['bytes', 'bytes'],
  ['a response', 'new Response(bytes)'],
  ['a compiled module', 'await WebAssembly.compile(bytes)'],
]) {
  test(`the module may be given as ${form}`, () => {
    const found = run(`
      import { readFileSync } from 'node:fs'
      import { init, readEvents } from 'postsource'
      const bytes = readFileSync(new URL(import.meta.resolve('postsource/postsource.wasm')))
      await init({ wasm: ${source} })
      const events = []
      for await (const { data } of readEvents(new Blob(['data: a\\n\\n']).stream())) events.push(data)
      console.log(JSON.stringify(events))`)
    assert.deepEqual(found, ['a'])
  })
}
