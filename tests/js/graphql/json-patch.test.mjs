import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { applyPatch } from '../../../dist/graphql/json-patch.js'
import { StreamError } from '../../../dist/stream/errors.js'
import { deepFreeze } from './deep-freeze.mjs'

/** Applies to frozen values, so that any mutation throws. */
function patched(document, ...patch) {
  return applyPatch(deepFreeze(structuredClone(document)), deepFreeze(structuredClone(patch)))
}

function refused(document, patch, message) {
  assert.throws(
    () => applyPatch(deepFreeze(document), deepFreeze(patch)),
    error => {
      assert.ok(error instanceof StreamError)
      assert.equal(error.code, 'malformed')
      assert.match(error.message, message)
      return true
    },
  )
}

describe('RFC 6902, appendix A', () => {
  test('A.1 adding an object member', () => {
    const after = patched({ city: 'Bern' }, { op: 'add', path: '/river', value: 'Aare' })
    assert.deepEqual(after, { city: 'Bern', river: 'Aare' })
  })

  test('A.2 adding a list element', () => {
    const after = patched({ stops: ['Bern', 'Basel'] }, { op: 'add', path: '/stops/1', value: 'Olten' })
    assert.deepEqual(after, { stops: ['Bern', 'Olten', 'Basel'] })
  })

  test('A.3 removing an object member', () => {
    assert.deepEqual(patched({ a: 1, b: 2 }, { op: 'remove', path: '/a' }), { b: 2 })
  })

  test('A.4 removing a list element', () => {
    assert.deepEqual(patched({ l: ['x', 'y', 'z'] }, { op: 'remove', path: '/l/1' }), { l: ['x', 'z'] })
  })

  test('A.5 replacing a value', () => {
    assert.deepEqual(patched({ a: 1, b: 2 }, { op: 'replace', path: '/a', value: [3] }), { a: [3], b: 2 })
  })

  test('A.6 moving a value', () => {
    const before = { from: { name: 'Ada', age: 36 }, to: { town: 'London' } }
    const after = patched(before, { op: 'move', from: '/from/age', path: '/to/years' })
    assert.deepEqual(after, { from: { name: 'Ada' }, to: { town: 'London', years: 36 } })
  })

  test('A.7 moving a list element', () => {
    const after = patched({ l: ['a', 'd', 'b', 'c'] }, { op: 'move', from: '/l/1', path: '/l/3' })
    assert.deepEqual(after, { l: ['a', 'b', 'c', 'd'] })
  })

  test('A.8 testing a value: success', () => {
    const before = { name: 'Ada', list: ['a', 2, 'c'] }
    const after = patched(
      before,
      { op: 'test', path: '/name', value: 'Ada' },
      { op: 'test', path: '/list/1', value: 2 },
    )
    assert.deepEqual(after, before)
  })

  test('A.9 testing a value: failure', () => {
    refused(
      { name: 'Ada' },
      [{ op: 'test', path: '/name', value: 'Bob' }],
      /operation 0 .*"\/name".*another value/,
    )
  })

  test('A.10 adding a nested object', () => {
    const after = patched({ a: 1 }, { op: 'add', path: '/child', value: { grandchild: {} } })
    assert.deepEqual(after, { a: 1, child: { grandchild: {} } })
  })

  test('A.11 unknown members of an operation are ignored', () => {
    assert.deepEqual(patched({ a: 1 }, { op: 'add', path: '/b', value: 2, note: 'x' }), { a: 1, b: 2 })
  })

  test('A.12 adding to a target that does not exist', () => {
    refused(
      { a: 1 },
      [{ op: 'add', path: '/b/c', value: 2 }],
      /operation 0 .*"\/b\/c".*parent does not exist/,
    )
  })

  test('A.13 an invalid document: of two equal members JSON.parse keeps the last', () => {
    const patch = JSON.parse('[{"op":"add","path":"/b","value":2,"op":"remove"}]')
    refused({ a: 1 }, patch, /operation 0 .*"remove".*leads to nothing/)
  })

  test('A.14 escapes: ~01 is ~1, not a slash', () => {
    const before = { '/': 9, '~1': 10 }
    assert.deepEqual(patched(before, { op: 'test', path: '/~01', value: 10 }), before)
    assert.deepEqual(patched(before, { op: 'replace', path: '/~1', value: 8 }), { '/': 8, '~1': 10 })
  })

  test('A.15 strings and numbers are not equal', () => {
    refused({ '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: '10' }], /another value/)
  })

  test('A.16 adding a list to the end of a list', () => {
    assert.deepEqual(patched({ l: ['a'] }, { op: 'add', path: '/l/-', value: ['b', 'c'] }), {
      l: ['a', ['b', 'c']],
    })
  })
})

describe('pointers (RFC 6901)', () => {
  const document = {
    '': 0,
    'a/b': 1,
    'm~n': 2,
    ' ': 3,
    'c%d': 4,
    'k"l': 5,
    l: ['x', ['y']],
    1: 6,
    '-': 7,
    é: 8,
  }

  for (const [path, value] of [
    ['', document],
    ['/', 0],
    ['/a~1b', 1],
    ['/m~0n', 2],
    ['/ ', 3],
    ['/c%d', 4],
    ['/k"l', 5],
    ['/l/1/0', 'y'],
    ['/1', 6],
    ['/-', 7],
    ['/é', 8],
  ]) {
    test(`${JSON.stringify(path)} is found`, () => {
      assert.deepEqual(patched(document, { op: 'test', path, value }), document)
    })
  }

  for (const path of ['a', 'l/0', '/~', '/~2', '/m~n', '/a~1~', undefined, null, 1, ['l']]) {
    test(`${JSON.stringify(path)} is not a pointer`, () => {
      refused(document, [{ op: 'replace', path, value: 1 }], /operation 0 .*path is not a JSON Pointer/)
      refused(document, [{ op: 'copy', from: path, path: '/z' }], /operation 0 .*from is not a JSON Pointer/)
    })
  }

  for (const index of ['00', '01', '+1', '-1', '1.0', '1e0', ' 1', '', 'length', 'x', '9', '-']) {
    test(`"${index}" is not an element of a list`, () => {
      for (const op of ['replace', 'remove', 'test']) {
        refused({ l: ['a', 'b'] }, [{ op, path: `/l/${index}`, value: 1 }], /nothing|another value/)
      }
      refused({ l: ['a', 'b'] }, [{ op: 'copy', from: `/l/${index}`, path: '/z' }], /from leads to nothing/)
      if (index === '-') return
      refused({ l: ['a', 'b'] }, [{ op: 'add', path: `/l/${index}`, value: 1 }], /no such index/)
    })
  }
})

describe('operations', () => {
  test('elements are added at the beginning and at the end, but not after it', () => {
    assert.deepEqual(patched([1], { op: 'add', path: '/0', value: 0 }), [0, 1])
    assert.deepEqual(patched([1], { op: 'add', path: '/1', value: 2 }), [1, 2])
    assert.deepEqual(patched([], { op: 'add', path: '/0', value: 0 }), [0])
    refused([1], [{ op: 'add', path: '/2', value: 2 }], /no such index/)
  })

  test('add replaces a member that exists, null counts as a value', () => {
    assert.deepEqual(patched({ a: 1 }, { op: 'add', path: '/a', value: null }), { a: null })
    assert.deepEqual(patched({ a: null }, { op: 'test', path: '/a', value: null }), { a: null })
    assert.deepEqual(patched({ a: null }, { op: 'move', from: '/a', path: '/b' }), { b: null })
    refused({ a: null }, [{ op: 'add', path: '/a/b', value: 1 }], /parent does not exist/)
    refused({ a: 'text' }, [{ op: 'test', path: '/a/0', value: 't' }], /another value/)
    refused({ a: 'text' }, [{ op: 'add', path: '/a/-', value: 't' }], /parent does not exist/)
  })

  test('the whole document is added, replaced and copied, but never removed', () => {
    assert.deepEqual(patched({ a: 1 }, { op: 'add', path: '', value: [2] }), [2])
    assert.equal(patched(1, { op: 'replace', path: '', value: 'two' }), 'two')
    assert.deepEqual(patched({ a: 1 }, { op: 'copy', from: '', path: '/b' }), { a: 1, b: { a: 1 } })
    assert.deepEqual(patched({ a: { b: 2 } }, { op: 'move', from: '/a', path: '' }), { b: 2 })
    assert.equal(applyPatch(undefined, [{ op: 'add', path: '', value: 1 }]), 1)
    refused({ a: 1 }, [{ op: 'remove', path: '' }], /whole document/)
    refused({ a: 1 }, [{ op: 'move', from: '', path: '/b' }], /path is inside from/)
  })

  test('later operations see the results of earlier ones', () => {
    const after = patched(
      {},
      { op: 'add', path: '/l', value: [] },
      { op: 'add', path: '/l/-', value: { n: 1 } },
      { op: 'replace', path: '/l/0/n', value: 2 },
      { op: 'copy', from: '/l/0', path: '/l/-' },
      { op: 'replace', path: '/l/1/n', value: 3 },
      { op: 'add', path: '/l/0/m', value: 4 },
    )
    assert.deepEqual(after, { l: [{ n: 2, m: 4 }, { n: 3 }] })
  })

  test('a value copied inside itself makes no cycle', () => {
    const after = patched(
      { a: { b: 1 } },
      { op: 'copy', from: '', path: '/a/c' },
      { op: 'remove', path: '/a/b' },
    )
    assert.deepEqual(after, { a: { c: { a: { b: 1 } } } })
  })

  test('a value cannot be moved into itself, and moving it to its own place changes nothing', () => {
    refused([[], {}], [{ op: 'move', from: '/0', path: '/0/x' }], /path is inside from/)
    refused({ a: {} }, [{ op: 'move', from: '/a', path: '/a/b' }], /path is inside from/)
    assert.deepEqual(patched({ a: {}, ab: {} }, { op: 'move', from: '/a', path: '/ab/c' }), { ab: { c: {} } })
    assert.deepEqual(patched([1, 2], { op: 'move', from: '/1', path: '/1' }), [1, 2])
    refused([1], [{ op: 'move', from: '/1', path: '/1' }], /from leads to nothing/)
  })

  test('objects are equal in any order, lists in one, numbers by value', () => {
    const equal = (a, b) => patched({ a }, { op: 'test', path: '/a', value: b })
    equal({ x: 1, y: [{ z: null }] }, { y: [{ z: null }], x: 1 })
    equal(1, 1.0)
    equal([], [])
    for (const [a, b] of [
      [
        [1, 2],
        [2, 1],
      ],
      [[1], [1, 2]],
      [{}, []],
      [{ x: 1 }, { x: 1, y: 2 }],
      [{ x: 1 }, { y: 1 }],
      [{ toString: 1 }, { valueOf: 1 }],
      [null, {}],
      [0, false],
      ['', null],
    ]) {
      assert.throws(() => equal(a, b), StreamError)
      assert.throws(() => equal(b, a), StreamError)
    }
  })

  for (const [name, patch, message] of [
    ['an object', { op: 'remove', path: '/a' }, /must be a list/],
    ['null', null, /must be a list/],
    ['an operation that is no object', [1], /operation 0 \[\]/],
    ['no operation', [{ path: '/a' }], /operation 0 \["\/a"\]: there is no such operation/],
    ['an unknown operation', [{ op: 'toString', path: '/a' }], /no such operation/],
    ['add without a value', [{ op: 'add', path: '/b' }], /value is missing/],
    ['replace without a value', [{ op: 'replace', path: '/a' }], /value is missing/],
    ['test without a value', [{ op: 'test', path: '/a' }], /value is missing/],
    ['copy without from', [{ op: 'copy', path: '/b' }], /from is not a JSON Pointer/],
    ['replace of nothing', [{ op: 'replace', path: '/b', value: 1 }], /leads to nothing/],
    [
      'remove of nothing',
      [
        { op: 'test', path: '/a', value: 1 },
        { op: 'remove', path: '/b' },
      ],
      /operation 1 /,
    ],
  ]) {
    test(`${name} is malformed`, () => refused({ a: 1 }, patch, message))
  }
})

describe('sharing', () => {
  test('unchanged objects are shared, changed ones are copied', () => {
    const before = deepFreeze({ a: { b: { c: 1 }, d: {} }, e: [{}, {}] })
    const after = applyPatch(before, [{ op: 'add', path: '/a/b/x', value: 2 }])
    assert.notEqual(after.a.b, before.a.b)
    assert.equal(after.a.d, before.a.d)
    assert.equal(after.e, before.e)
  })

  test('a patch that only tests gives the same document', () => {
    const before = deepFreeze({ a: { b: 1 } })
    assert.equal(applyPatch(before, [{ op: 'test', path: '/a/b', value: 1 }]), before)
    assert.equal(applyPatch(before, []), before)
  })

  test('the values of a patch are not changed by its later operations', () => {
    const patch = deepFreeze([
      { op: 'add', path: '/l', value: { deep: [] } },
      { op: 'add', path: '/l/deep/-', value: 1 },
    ])
    assert.deepEqual(applyPatch({}, patch), { l: { deep: [1] } })
    assert.deepEqual(applyPatch({}, patch), { l: { deep: [1] } })
  })
})

describe('names with a meaning in JavaScript', () => {
  const parsed = text => deepFreeze(JSON.parse(text))

  test('prototypes are neither read nor changed', () => {
    for (const path of ['/__proto__/x', '/constructor/prototype/x', '/a/__proto__/x', '/l/__proto__/x']) {
      refused({ a: {}, l: [] }, [{ op: 'add', path, value: 1 }], /parent does not exist/)
    }
    for (const path of ['/toString', '/__proto__', '/constructor', '/l/constructor']) {
      refused({ l: [] }, [{ op: 'remove', path }], /leads to nothing/)
      refused({ l: [] }, [{ op: 'replace', path, value: 1 }], /leads to nothing/)
      refused({ l: [] }, [{ op: 'copy', from: path, path: '/z' }], /leads to nothing/)
    }
    assert.equal({}.x, undefined)
  })

  test('__proto__ is a member like any other', () => {
    const after = applyPatch({}, parsed('[{"op":"add","path":"/__proto__","value":{"x":1}}]'))
    assert.equal(JSON.stringify(after), '{"__proto__":{"x":1}}')
    assert.equal(Object.getPrototypeOf(after), Object.prototype)
    assert.equal(after.x, undefined)
    const more = applyPatch(deepFreeze(after), [
      { op: 'add', path: '/__proto__/y', value: 2 },
      { op: 'test', path: '/__proto__', value: { x: 1, y: 2 } },
    ])
    assert.equal(JSON.stringify(more), '{"__proto__":{"x":1,"y":2}}')
    assert.equal(JSON.stringify(applyPatch(more, [{ op: 'remove', path: '/__proto__' }])), '{}')
  })
})
