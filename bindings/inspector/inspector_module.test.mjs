// Runs the vectors of tests/vectors/inspector through the module: `node --test bindings/inspector`, after a build.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const at = path => new URL(`../../${path}`, import.meta.url)
const { default: createModule } = await import(at('build/wasm/inspector.mjs'))
const inspector = await createModule({ wasm: readFileSync(at('build/wasm/inspector.wasm')) })

function expand(input) {
  if (typeof input === 'string') return Buffer.from(input)
  if (Array.isArray(input)) return Buffer.concat(input.map(expand))
  if ('hex' in input) return Buffer.from(input.hex, 'hex')
  return Buffer.concat(Array(input.times).fill(expand(input.repeat)))
}

const parse = lines => (lines === '' ? [] : lines.split('\n').map(line => JSON.parse(line)))

function inspect({ context, chunks, end }, size = Number.POSITIVE_INFINITY) {
  const handle = inspector.open(JSON.stringify(context))
  try {
    const messages = []
    for (const [ms, input] of chunks) {
      const bytes = expand(input)
      for (let from = 0; from < bytes.length; from += size) {
        messages.push(...parse(inspector.feed(handle, bytes.subarray(from, from + size), ms)))
      }
    }
    messages.push(...parse(inspector.finish(handle, end ?? chunks.at(-1)[0])))
    return messages
  } finally {
    inspector.close(handle)
  }
}

for (const file of readdirSync(at('tests/vectors/inspector')).filter(name => name.endsWith('.json'))) {
  for (const vector of JSON.parse(readFileSync(at(`tests/vectors/inspector/${file}`)))) {
    for (const [what, { input, findings, kinds, ...stream }] of Object.entries({
      itself: vector,
      ...(vector.nearby && { nearby: vector.nearby }),
    })) {
      test(`${file}: ${vector.name}${what === 'nearby' ? ', nearby' : ''}`, () => {
        stream.chunks ??= [[0, input]]
        const messages = inspect(stream)
        const found = messages.flatMap(message =>
          message.findings.map(({ rule, byte }) => ({ rule, message: message.number, byte })),
        )
        const listed = findings.map(({ rule, message, byte }) => ({ rule, message, byte }))
        assert.deepEqual(found, listed)
        if (kinds)
          assert.deepEqual(
            messages.map(({ kind }) => kind),
            kinds,
          )
        assert.deepEqual(inspect(stream, 1), messages, 'byte by byte')
      })
    }
  }
}

test('rules() lists the rules of the table', () => {
  const rules = parse(inspector.rules())
  assert.ok(rules.length > 60)
  for (const { rule, severity, standard, sentence } of rules) {
    assert.match(rule, /^[a-z0-9-]+$/)
    assert.match(severity, /^(error|warning|note)$/)
    assert.match(standard, /^https:/)
    assert.match(sentence, /\.$/)
  }
})

test('a number is out of range exactly where a double is infinite', () => {
  const context = { contentType: 'application/json', protocol: 'plain' }
  const rule = number =>
    inspect({ context, chunks: [[0, number]] }).flatMap(({ findings }) => findings.map(found => found.rule))
  for (const number of [
    '1.7976931348623157e308',
    '1e308',
    '0.000179e312',
    '-17976931348623157e292',
    '5e-324',
    '0e999',
  ]) {
    assert.deepEqual(rule(number), [], number)
  }
  for (const number of ['1.8e308', '1e309', '-1e999999999999', '0.0018e311', `1${'0'.repeat(309)}`]) {
    assert.deepEqual(rule(number), ['json-number'], number)
  }
})
