import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { IncrementalResult } from '../../../dist/graphql/incremental.js'
import { StreamError } from '../../../dist/stream/errors.js'
import { deepFreeze } from './deep-freeze.mjs'

/** Merges frozen payloads and freezes every result, so that a later mutation throws; gives all results. */
function merged(...payloads) {
  const incremental = new IncrementalResult()
  const results = []
  const texts = []
  for (const payload of payloads) {
    const result = incremental.merge(deepFreeze(payload))
    results.push(deepFreeze(result))
    texts.push(JSON.stringify(result))
  }
  assert.deepEqual(
    results.map(result => JSON.stringify(result)),
    texts,
    'earlier results are unchanged',
  )
  return results
}

const last = results => results.findLast(result => result !== undefined)

/** The last of the payloads is refused with such a message. */
function refused(message, ...payloads) {
  const offending = payloads.pop()
  const incremental = new IncrementalResult()
  for (const payload of payloads) deepFreeze(incremental.merge(deepFreeze(payload)))
  assert.throws(
    () => incremental.merge(deepFreeze(offending)),
    error => {
      assert.ok(error instanceof StreamError, String(error))
      assert.equal(error.code, 'malformed')
      assert.match(error.message, message)
      return true
    },
  )
}

describe('results without incremental delivery', () => {
  for (const result of [
    { data: { a: 1 } },
    { data: null, errors: [{ message: 'no' }] },
    { errors: [{ message: 'no' }], extensions: { code: 1 } },
  ]) {
    test(`${JSON.stringify(result)} passes through untouched`, () => {
      const incremental = new IncrementalResult()
      assert.equal(incremental.merge(deepFreeze(result)), result)
      assert.equal(incremental.merge(result), result)
    })
  }

  test('each event of a subscription starts a new result, also after an incremental one', () => {
    const plain = { data: { n: 3 } }
    const results = merged(
      { data: { n: 1 }, hasNext: true },
      { incremental: [{ path: [], data: { m: 1 }, errors: [{ message: 'x' }] }], hasNext: false },
      { data: { n: 2 }, pending: [{ id: '0', path: [] }], hasNext: true },
      { incremental: [{ id: '0', data: { m: 2 } }], completed: [{ id: '0' }], hasNext: false },
      plain,
      { errors: [{ message: 'last' }] },
    )
    assert.deepEqual(
      results.map(result => result.data),
      [{ n: 1 }, { n: 1, m: 1 }, { n: 2 }, { n: 2, m: 2 }, { n: 3 }, undefined],
    )
    assert.equal(results[3].errors, undefined)
    assert.equal(results[4], plain)
  })
})

describe('a new result', () => {
  test('a result without hasNext replaces an unfinished one', () => {
    const plain = { data: { n: 2 } }
    assert.equal(merged({ data: { n: 1 }, hasNext: true }, plain)[1], plain)
  })

  test('nothing of the previous result is left: no errors, no ids, no abandoned lists', () => {
    const first = {
      data: { list: [] },
      errors: [{ message: 'x' }],
      extensions: { cost: 1 },
      pending: [{ id: '0', path: [] }],
      incremental: [{ path: ['list', 0], items: null }],
      hasNext: false,
    }
    const again = { data: { list: ['a'] }, hasNext: true }
    const more = { incremental: [{ path: ['list', 1], items: ['b'] }], hasNext: false }
    const results = merged(first, again, more)
    assert.deepEqual(results[1], { data: { list: ['a'] }, hasNext: true })
    assert.deepEqual(results[2], { data: { list: ['a', 'b'] }, hasNext: false })
    refused(/id "0" is not pending/, first, again, { incremental: [{ id: '0', data: {} }], hasNext: true })
  })

  test('data with a path never starts a new result', () => {
    refused(/no place for data at the path \["a"\]/, { path: ['a'], data: { b: 1 }, hasNext: true })
    refused(
      /no place for data/,
      { data: { c: 1 }, hasNext: false },
      { path: ['a', 'x'], data: { b: 1 }, hasNext: true },
    )
  })

  test('errors alone give a result without data', () => {
    const results = merged({ errors: [{ message: 'x' }], hasNext: false })
    assert.deepEqual(results, [{ errors: [{ message: 'x' }], hasNext: false }])
  })
})

describe('2022', () => {
  test("graphql-yoga's payloads", () => {
    const results = merged(
      { data: { hello: 'world', user: { id: '1' } }, hasNext: true },
      { incremental: [{ data: { name: 'Ada' }, path: ['user'], label: 'b' }], hasNext: false },
    )
    assert.deepEqual(results, [
      { data: { hello: 'world', user: { id: '1' } }, hasNext: true },
      { data: { hello: 'world', user: { id: '1', name: 'Ada' } }, hasNext: false },
    ])
  })

  test('items go where their path says', () => {
    const results = merged(
      { data: { list: ['a'] }, hasNext: true },
      { incremental: [{ items: ['b', 'c'], path: ['list', 1] }], hasNext: true },
      {
        incremental: [
          { items: ['d'], path: ['list', 3] },
          { items: [null], path: ['list', 4] },
        ],
        hasNext: true,
      },
      { hasNext: false },
    )
    assert.deepEqual(
      results.map(result => result?.data.list),
      [['a'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd', null], undefined],
    )
  })

  test('items that arrive twice, from overlapping fragments, are merged', () => {
    const { data } = last(
      merged(
        { data: { list: [{ a: 1 }] }, hasNext: true },
        { incremental: [{ items: [{ a: 2 }], path: ['list', 1] }], hasNext: true },
        { incremental: [{ items: [{ b: 1 }, { b: 2 }, { b: 3 }], path: ['list', 0] }], hasNext: false },
      ),
    )
    assert.deepEqual(data.list, [{ a: 1, b: 1 }, { a: 2, b: 2 }, { b: 3 }])
  })

  test('a list in a list is found by its index', () => {
    const { data } = last(
      merged(
        { data: { rows: [[1]] }, hasNext: true },
        { incremental: [{ items: [[2], [3]], path: ['rows', 1] }], hasNext: true },
        { incremental: [{ items: [4], path: ['rows', 1, 1] }], hasNext: false },
      ),
    )
    assert.deepEqual(data, { rows: [[1], [2, 4], [3]] })
  })

  test('older servers: the entry itself at the top level', () => {
    const results = merged(
      { data: { user: { id: '1', posts: ['a'] } }, hasNext: true },
      { path: ['user'], label: 'x', data: { name: 'Ada' }, hasNext: true },
      { path: ['user', 'posts', 1], items: ['b'], errors: [{ message: 'e' }], hasNext: true },
      { path: ['user', 'posts', 2], data: 'c', extensions: { cost: 2 }, hasNext: true },
      { path: ['user', 'posts', 3], data: null, hasNext: true },
      { path: [], data: { more: true }, hasNext: false },
    )
    assert.deepEqual(last(results), {
      data: { user: { id: '1', posts: ['a', 'b', 'c', null], name: 'Ada' }, more: true },
      errors: [{ message: 'e' }],
      extensions: { cost: 2 },
      hasNext: false,
    })
  })

  test('gqlgen: the empty path is left out', () => {
    const results = merged(
      { data: { a: { x: 1 } }, hasNext: true },
      { data: { a: { y: 2 }, b: 3 }, label: 'root', hasNext: true },
      { incremental: [{ data: { c: 4 }, hasNext: false }], hasNext: false },
    )
    assert.deepEqual(last(results).data, { a: { x: 1, y: 2 }, b: 3, c: 4 })
  })

  test('the first payload may carry entries already', () => {
    const [result] = merged({
      data: { a: {} },
      incremental: [{ path: ['a'], data: { b: 1 } }],
      hasNext: false,
    })
    assert.deepEqual(result, { data: { a: { b: 1 } }, hasNext: false })
  })

  test('a failed fragment (null) keeps the existing data and adds its errors', () => {
    const results = merged(
      { data: { user: { id: '1' } }, errors: [{ message: 'first' }], hasNext: true },
      {
        incremental: [{ data: null, path: ['user'], errors: [{ message: 'second' }, { message: 'third' }] }],
        hasNext: false,
      },
    )
    assert.deepEqual(last(results), {
      data: { user: { id: '1' } },
      errors: [{ message: 'first' }, { message: 'second' }, { message: 'third' }],
      hasNext: false,
    })
  })

  test('after items: null the list gets no more items, and the errors are added', () => {
    const results = merged(
      { data: { list: ['a'], other: [] }, hasNext: true },
      { incremental: [{ items: null, path: ['list', 1], errors: [{ message: 'gone' }] }], hasNext: true },
      { incremental: [{ items: ['c'], path: ['list', 2], errors: [{ message: 'more' }] }], hasNext: true },
      { incremental: [{ data: { x: 1 }, path: ['list', 2] }], hasNext: true },
      { incremental: [{ data: { x: 1 }, path: ['list', 2, 'deeper'] }], hasNext: true },
      {
        incremental: [
          { items: ['d'], path: ['list', 1] },
          { items: ['o'], path: ['other', 0] },
        ],
        hasNext: false,
      },
    )
    assert.deepEqual(last(results), {
      data: { list: ['a'], other: ['o'] },
      errors: [{ message: 'gone' }, { message: 'more' }],
      hasNext: false,
    })
  })

  test('a path to a missing place is malformed', () => {
    const first = { data: { a: { n: null, s: 'text' }, list: [{}] }, hasNext: true }
    for (const path of [
      ['b', 'x'],
      ['a', 's'],
      ['a', 's', 'length'],
      ['list', 2],
      ['list', 1, 'x'],
      ['list', '01'],
      ['list', 'length'],
      ['list'],
      ['a', 0],
      ['toString', 'x'],
    ]) {
      const named = new RegExp(
        JSON.stringify(path)
          .replace(/,\d+\]$|\]$/, '')
          .replace(/[[\]]/g, '\\$&'),
      )
      refused(named, first, { incremental: [{ path, data: { x: 1 } }], hasNext: true })
      refused(named, first, { path, data: { x: 1 }, hasNext: true })
    }
    for (const path of [['b', 0], ['list', 2], ['a', 0], ['a'], [0], []]) {
      refused(/no place for items/, first, { incremental: [{ path, items: [{}] }], hasNext: true })
    }
    refused(/no place for items at index 3 .*\["list"\]/, first, {
      path: ['list', 3],
      items: [1],
      hasNext: true,
    })
    refused(/no place for data/, { data: null, hasNext: true }, { path: [], data: { x: 1 }, hasNext: true })
    refused(/no place for data/, { incremental: [{ path: [], data: {} }], hasNext: true })
  })
})

describe('2023 and later', () => {
  test("Cosmo's payloads", () => {
    const results = merged(
      { data: { e: { id: 1 } }, pending: [{ id: '1', path: ['e'] }], hasNext: true },
      { incremental: [{ data: { name: 'x' }, id: '1' }], completed: [{ id: '1' }], hasNext: false },
    )
    assert.deepEqual(results, [
      { data: { e: { id: 1 } }, hasNext: true },
      { data: { e: { id: 1, name: 'x' } }, hasNext: false },
    ])
  })

  test('overlapping fragments: common fields arrive once, with a subPath from the nearer fragment', () => {
    const { data } = last(
      merged(
        {
          data: { a: { b: { id: 1 } } },
          pending: [
            { id: '0', path: [], label: 'Blue' },
            { id: '1', path: ['a'], label: 'Red' },
          ],
          hasNext: true,
        },
        {
          incremental: [
            { id: '1', subPath: ['b'], data: { c: { d: 1 } } },
            { id: '1', subPath: ['b', 'c'], data: { f: 3 } },
            { id: '1', data: { potato: 1 } },
          ],
          completed: [{ id: '1' }],
          hasNext: true,
        },
        {
          incremental: [{ id: '0', subPath: ['a', 'b', 'c'], data: { e: 2 } }],
          completed: [{ id: '0' }],
          hasNext: true,
        },
        { hasNext: false },
      ),
    )
    assert.deepEqual(data, { a: { b: { id: 1, c: { d: 1, f: 3, e: 2 } }, potato: 1 } })
  })

  test('items are appended, also to an empty list, also in a list of lists', () => {
    const results = merged(
      {
        data: { list: [], rows: [[1], [2]] },
        pending: [
          { id: 'l', path: ['list'] },
          { id: 'r', path: ['rows', 0] },
        ],
        hasNext: true,
      },
      { incremental: [{ id: 'l', items: ['a', 'b'] }], hasNext: true },
      {
        incremental: [
          { id: 'r', items: [3] },
          { id: 'l', items: ['c'] },
        ],
        completed: [{ id: 'l' }],
        hasNext: true,
      },
      { completed: [{ id: 'r' }], hasNext: false },
    )
    assert.deepEqual(results[2].data, { list: ['a', 'b', 'c'], rows: [[1, 3], [2]] })
    assert.equal(results[3], undefined)
  })

  test('stream in defer and defer in stream, announced as they appear', () => {
    const { data } = last(
      merged(
        { data: { user: { id: 1 } }, pending: [{ id: '0', path: ['user'] }], hasNext: true },
        {
          pending: [{ id: '1', path: ['user', 'friends'] }],
          incremental: [{ id: '0', data: { friends: [{ id: 2 }] } }],
          completed: [{ id: '0' }],
          hasNext: true,
        },
        {
          pending: [{ id: '2', path: ['user', 'friends', 1] }],
          incremental: [
            { id: '1', items: [{ id: 3 }] },
            { id: '2', data: { name: 'Eve' } },
          ],
          completed: [{ id: '2' }],
          hasNext: true,
        },
        {
          pending: [{ id: '3', path: ['user', 'friends', 2] }],
          incremental: [{ id: '1', items: [{ id: 4 }] }],
          hasNext: true,
        },
        {
          incremental: [{ id: '3', data: { name: 'Bob' } }],
          completed: [{ id: '3' }, { id: '1' }],
          hasNext: false,
        },
      ),
    )
    assert.deepEqual(data, {
      user: { id: 1, friends: [{ id: 2 }, { id: 3, name: 'Eve' }, { id: 4, name: 'Bob' }] },
    })
  })

  test('a failed fragment or list: the errors of completed are added', () => {
    const results = merged(
      {
        data: { a: {}, l: [1] },
        pending: [
          { id: '0', path: ['a'] },
          { id: '1', path: ['l'] },
        ],
        hasNext: true,
      },
      { completed: [{ id: '0', errors: [{ message: 'deferred', path: ['a', 'x'] }] }], hasNext: true },
      {
        incremental: [{ id: '1', items: [2], errors: [{ message: 'item' }] }],
        completed: [{ id: '1', errors: [{ message: 'streamed' }] }],
        hasNext: false,
      },
    )
    assert.deepEqual(results[1], {
      data: { a: {}, l: [1] },
      errors: [{ message: 'deferred', path: ['a', 'x'] }],
      hasNext: true,
    })
    assert.deepEqual(last(results), {
      data: { a: {}, l: [1, 2] },
      errors: [{ message: 'deferred', path: ['a', 'x'] }, { message: 'item' }, { message: 'streamed' }],
      hasNext: false,
    })
  })

  test('June 2023: pending and completed by path', () => {
    const results = merged(
      { data: { a: {}, l: [1] }, pending: [{ path: ['a'], label: 'x' }, { path: ['l'] }], hasNext: true },
      {
        incremental: [{ path: ['a'], data: { b: 1 } }],
        completed: [{ path: ['a'], label: 'x' }],
        hasNext: true,
      },
      { incremental: [{ path: ['l'], items: [2] }], completed: [{ path: ['l'] }], hasNext: false },
    )
    assert.deepEqual(last(results).data, { a: { b: 1 }, l: [1, 2] })
  })

  test('an id that is not pending is malformed', () => {
    const first = { data: { a: {} }, pending: [{ id: '0', path: ['a'] }], hasNext: true }
    const end = { completed: [{ id: '0' }], hasNext: true }
    refused(/id "7" is not pending/, first, { incremental: [{ id: '7', data: {} }], hasNext: true })
    refused(/id "7" is not pending/, first, { completed: [{ id: '7' }], hasNext: true })
    refused(/id "0" is not pending/, first, end, { incremental: [{ id: '0', data: {} }], hasNext: true })
    refused(/id "0" is not pending/, first, end, end)
    refused(/id "__proto__" is not pending/, first, {
      incremental: [{ id: '__proto__', data: {} }],
      hasNext: true,
    })
  })

  test('a pending path or a subPath to a missing place is malformed when it is used', () => {
    const first = {
      data: { a: { n: null } },
      pending: [
        { id: '0', path: ['a'] },
        { id: '1', path: ['b'] },
      ],
      hasNext: true,
    }
    const patch = entry => ({ incremental: [entry], hasNext: true })
    refused(/no place for data at the path \["b"\]/, first, patch({ id: '1', data: {} }))
    refused(/no place for data at the path \["a"\]/, first, patch({ id: '0', data: 1 }))
    refused(/no place for data at the path \["a"\]/, first, patch({ id: '0', data: [] }))
    refused(
      /no place for data at the path \["a","x","y"\]/,
      first,
      patch({ id: '0', subPath: ['x', 'y'], data: {} }),
    )
    refused(/no place for items at the path \["a"\]/, first, patch({ id: '0', items: [1] }))
  })
})

describe('both generations', () => {
  test('extensions are merged member by member, errors are concatenated', () => {
    const results = merged(
      {
        data: { a: {} },
        errors: [{ message: '1' }],
        extensions: { cost: 1, trace: { x: 1 } },
        hasNext: true,
      },
      {
        incremental: [{ path: ['a'], data: { b: 1 }, extensions: { cost: 2 } }],
        extensions: { more: true },
        hasNext: true,
      },
      { errors: [{ message: '2' }], hasNext: true },
      { extensions: { cost: 3 }, hasNext: false },
    )
    assert.deepEqual(last(results), {
      data: { a: { b: 1 } },
      errors: [{ message: '1' }, { message: '2' }],
      extensions: { cost: 3, trace: { x: 1 }, more: true },
      hasNext: false,
    })
  })

  test('a payload with hasNext alone gives no result', () => {
    const incremental = new IncrementalResult()
    incremental.merge({ data: {}, hasNext: true })
    assert.equal(incremental.merge({ hasNext: true }), undefined)
    assert.equal(incremental.merge({ hasNext: false }), undefined)
  })

  test('an error while more is announced keeps the data', () => {
    const results = merged({ data: { a: 1 }, hasNext: true }, { errors: [{ message: 'upstream' }] })
    assert.deepEqual(last(results), { data: { a: 1 }, errors: [{ message: 'upstream' }], hasNext: true })
  })

  test('overlapping data is merged in depth, lists item by item, anything else is replaced', () => {
    const { data } = last(
      merged(
        {
          data: { a: { b: { c: 1 }, l: [{ x: 1 }, { x: 2 }, 3], n: null, k: { z: 1 }, m: [1] } },
          hasNext: true,
        },
        {
          path: ['a'],
          data: { b: { d: 2 }, l: [{ y: 1 }, { y: 2 }], n: { o: 1 }, k: null, m: { not: 'a list' } },
          hasNext: false,
        },
      ),
    )
    assert.deepEqual(data, {
      a: {
        b: { c: 1, d: 2 },
        l: [{ x: 1, y: 1 }, { x: 2, y: 2 }, 3],
        n: { o: 1 },
        k: null,
        m: { not: 'a list' },
      },
    })
  })

  test('a new result shares unchanged objects with the previous one', () => {
    const [first, second] = merged(
      { data: { a: { x: {}, y: {} }, list: [{}, { z: {} }], b: {} }, hasNext: true },
      {
        incremental: [
          { path: ['a'], data: { w: 1 } },
          { path: ['list', 1], data: { w: 1 } },
        ],
        hasNext: true,
      },
    )
    assert.notEqual(second, first)
    assert.notEqual(second.data.a, first.data.a)
    assert.equal(second.data.a.x, first.data.a.x)
    assert.equal(second.data.b, first.data.b)
    assert.equal(second.data.list[0], first.data.list[0])
    assert.equal(second.data.list[1].z, first.data.list[1].z)
    assert.deepEqual(first.data.list, [{}, { z: {} }])
  })

  test('many items in one payload cost one copy of their list', () => {
    let copies = 0
    class CountedList extends Array {
      slice() {
        copies++
        return super.slice()
      }
    }
    const incremental = Array.from({ length: 100 }, (_, i) => ({ path: ['list', i], items: [i] }))
    const { data } = last(
      merged({ data: { list: new CountedList() }, hasNext: true }, { incremental, hasNext: false }),
    )
    assert.equal(data.list.length, 100)
    assert.equal(copies, 1)
  })

  for (const [name, message, payload] of [
    ['null', /null stands where an object/, null],
    ['a list', /\[1\] stands where an object/, [1]],
    ['a string', /"x" stands where an object/, 'x'],
    ['nothing', /undefined stands where an object/, undefined],
    ['incremental that is no list', /\{\} stands where a list/, { incremental: {}, hasNext: true }],
    ['an entry that is no object', /7 stands where an object/, { incremental: [7], hasNext: true }],
    ['pending that is no list', /"0" stands where a list/, { pending: '0', hasNext: true }],
    ['a pending entry that is null', /null stands where an object/, { pending: [null], hasNext: true }],
    [
      'completed that is no list',
      /\{"id":"0"\} stands where a list/,
      { completed: { id: '0' }, hasNext: false },
    ],
    [
      'errors that are no list',
      /\{"message":"x"\} stands where a list/,
      { errors: { message: 'x' }, hasNext: true },
    ],
    ['a path that is no list', /"a" stands where a list/, { path: 'a', data: {}, hasNext: true }],
    ['a path with null in it', /\["a",null\] is not a path/, { path: ['a', null], data: {}, hasNext: true }],
    [
      'a path with -1 in it',
      /\["list",-1\] is not a path/,
      { path: ['list', -1], items: [1], hasNext: true },
    ],
    [
      'a path with 0.5 in it',
      /\["list",0.5\] is not a path/,
      { path: ['list', 0.5], items: [1], hasNext: true },
    ],
    ['items that are no list', /"xy" stands where a list/, { path: ['list', 0], items: 'xy', hasNext: true }],
    [
      'data that is a list',
      /no place for data at the path \["a"\]/,
      { path: ['a'], data: [1], hasNext: true },
    ],
    [
      'data that is a string',
      /no place for data at the path \["a"\]/,
      { path: ['a'], data: 'x', hasNext: true },
    ],
  ]) {
    test(`${name} is malformed`, () =>
      refused(message, { data: { a: {}, list: [] }, hasNext: true }, payload))
  }

  test('prototypes are neither read nor changed', () => {
    const first = { data: { a: {}, list: [] }, pending: [{ id: '0', path: ['a'] }], hasNext: true }
    for (const path of [
      ['__proto__', 'x'],
      ['constructor', 'prototype'],
      ['list', '__proto__'],
    ]) {
      refused(/no place for data/, first, { path, data: { polluted: 1 }, hasNext: true })
    }
    for (const path of [['__proto__'], ['a', '__proto__']]) {
      const { data } = last(merged(first, { path, data: { polluted: 1 }, hasNext: true }))
      const parent = path.length > 1 ? data.a : data
      assert.equal(Object.getPrototypeOf(parent), Object.prototype)
      assert.equal(parent.polluted, undefined)
      assert.deepEqual(Object.getOwnPropertyDescriptor(parent, '__proto__').value, { polluted: 1 })
    }
    refused(/no place/, first, { incremental: [{ id: '0', subPath: ['__proto__'], data: { polluted: 1 } }] })
    const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
    const patch = () => ({
      incremental: [{ id: '0', data: JSON.parse(text), extensions: JSON.parse(text) }],
      hasNext: true,
    })
    const results = merged(first, patch(), patch())
    const { data, extensions } = last(results)
    assert.equal(JSON.stringify(data.a), text)
    assert.equal(JSON.stringify(extensions), text)
    for (const value of [data.a, extensions, {}]) {
      assert.equal(Object.getPrototypeOf(value), Object.prototype)
      assert.equal(value.polluted, undefined)
    }
  })
})

describe('places that errors have removed', () => {
  const gone = (...path) => [{ message: 'gone', path }]
  const more = (...incremental) => ({ incremental, hasNext: true })
  const whole = (...payloads) => last(merged(...payloads, { hasNext: false }))

  for (const [name, first, ...payloads] of [
    [
      'data for a parent that an error has made null',
      { data: { a: null, b: {} }, errors: gone('a', 'x') },
      more({ path: ['a'], data: { y: 1 }, errors: gone('a', 'y') }, { path: ['b'], data: { z: 2 } }),
    ],
    [
      'data for what lies below null',
      { data: { a: null, b: {} }, errors: gone('a', 'x') },
      more({ path: ['a', 'x', 0], data: { y: 1 }, errors: gone('a', 'y') }, { path: ['b'], data: { z: 2 } }),
    ],
    [
      'data by id for a parent that is null',
      { data: { a: null, b: {} }, errors: gone('a', 'x'), pending: [{ id: '0', path: [] }] },
      more(
        { id: '0', subPath: ['a'], data: { y: 1 }, errors: gone('a', 'y') },
        { id: '0', subPath: ['b'], data: { z: 2 } },
      ),
    ],
    [
      'items for a list that is null',
      { data: { a: null, b: {} }, errors: gone('a', 0) },
      more({ path: ['a', 1], items: ['x'], errors: gone('a', 'y') }, { path: ['b'], data: { z: 2 } }),
    ],
    [
      'the rest of an object that an overlapping fragment has made null',
      { data: { a: { x: 1 }, b: {} } },
      more(
        { path: [], data: { a: null }, errors: gone('a', 'x') },
        { path: [], data: { a: { y: 1 }, b: { z: 2 } }, errors: gone('a', 'y') },
      ),
    ],
  ]) {
    test(`${name} is dropped, its errors are kept, and the operation goes on`, () => {
      const { data, errors } = whole({ ...first, hasNext: true }, ...payloads)
      assert.deepEqual(data, { a: null, b: { z: 2 } })
      assert.equal(errors.length, 2)
    })
  }

  test('data inside a failed fragment is dropped, not malformed', () => {
    const { data, errors } = whole(
      { data: { a: {} }, hasNext: true },
      more({ path: ['a'], data: null, errors: gone('a', 'x') }),
      more({ path: ['a', 'x', 'y'], data: { z: 1 } }, { path: ['a', 'list', 0], items: [1] }),
    )
    assert.deepEqual(data, { a: {} })
    assert.equal(errors.length, 1)
  })

  test('after items: null, data of existing items is merged', () => {
    const { data } = whole(
      { data: { list: [{ n: 0 }] }, hasNext: true },
      more({ path: ['list', 1], items: null, errors: gone('list', 1) }),
      more({ path: ['list', 0], data: { x: 1 } }, { path: ['list', 1], data: { x: 2 } }),
    )
    assert.deepEqual(data, { list: [{ n: 0, x: 1 }] })
  })

  test('after a stream that completed with errors, data of existing items is merged', () => {
    const { data } = whole(
      {
        data: { list: [{ n: 0 }] },
        pending: [
          { id: '0', path: ['list'] },
          { id: '1', path: ['list', 0] },
        ],
        hasNext: true,
      },
      { completed: [{ id: '0', errors: gone('list', 1) }], hasNext: true },
      { incremental: [{ id: '1', data: { x: 1 } }], completed: [{ id: '1' }], hasNext: false },
    )
    assert.deepEqual(data, { list: [{ n: 0, x: 1 }] })
  })

  test('data by id inside a failed fragment is dropped', () => {
    const { data } = whole(
      {
        data: { a: {} },
        pending: [
          { id: '0', path: ['a'] },
          { id: '1', path: ['a', 'b'] },
        ],
        hasNext: true,
      },
      { completed: [{ id: '0', errors: gone('a', 'b') }], hasNext: true },
      { incremental: [{ id: '1', data: { x: 1 } }], completed: [{ id: '1' }], hasNext: false },
    )
    assert.deepEqual(data, { a: {} })
  })

  test('null without an error is a place for data', () => {
    const { data } = whole(
      { data: { a: null, b: { c: null } }, errors: gone('b', 'd'), hasNext: true },
      more({ path: ['a'], data: { x: 1 } }, { path: ['b', 'c'], data: [1] }, { path: ['b'], data: { e: 2 } }),
    )
    assert.deepEqual(data, { a: { x: 1 }, b: { c: [1], e: 2 } })
  })

  test('a value with an error inside is placed', () => {
    const { data } = whole(
      { data: { a: null }, hasNext: true },
      more({ path: ['a'], data: { x: null, y: 1 }, errors: gone('a', 'x') }),
    )
    assert.deepEqual(data, { a: { x: null, y: 1 } })
  })

  test('very many failed fragments cost no more than their bytes', () => {
    const path = Array.from({ length: 2000 }, (_, i) => `k${i}`)
    const incremental = new IncrementalResult()
    incremental.merge({ data: {}, errors: [{ message: 'x', path }], hasNext: true })
    const entries = Array.from({ length: 2000 }, (_, i) => ({ path: [`f${i}`], data: {} }))
    incremental.merge(more(...entries))
    incremental.merge(more(...entries.map(({ path }) => ({ path, data: null, errors: gone(...path) }))))
    incremental.merge(more(...entries.map(entry => ({ path: [...entry.path, 'x', 'y'], data: {} }))))
    assert.equal(Object.keys(incremental.merge({ data: {}, path: [], hasNext: false }).data).length, 2000)
  })
})

describe('fields that are deferred without a fragment', () => {
  for (const [what, value] of [
    ['a scalar', 'Hay Bale'],
    ['false', false],
    ['null', null],
    ['a list', [{ n: 1 }, null]],
    ['an object', { n: 1 }],
  ]) {
    for (const [before, thing] of [
      ['is missing', { id: 1 }],
      ['is null', { id: 1, field: null }],
    ]) {
      test(`graphql-ruby, async-graphql: ${what} for what ${before}`, () => {
        for (const wrap of [patch => patch, patch => ({ incremental: [patch] })]) {
          const results = merged(
            { data: { things: [thing] }, hasNext: true },
            { ...wrap({ path: ['things', 0, 'field'], data: value }), hasNext: false },
          )
          assert.deepEqual(last(results).data, { things: [{ id: 1, field: value }] })
        }
      })
    }
  }

  test('the root takes an object only', () => {
    refused(
      /no place for data at the path \[\]/,
      { data: {}, hasNext: true },
      { path: [], data: 1, hasNext: true },
    )
    refused(
      /no place for data at the path \[\]/,
      { data: {}, hasNext: true },
      { path: [], data: [], hasNext: true },
    )
  })
})

test('a merge of JSON that is 20,000 deep does not overflow the stack', () => {
  const deep = (depth, end) => JSON.parse('{"a":['.repeat(depth) + end + ']}'.repeat(depth))
  const incremental = new IncrementalResult()
  incremental.merge({ data: deep(20_000, '{"x":1}'), hasNext: true })
  let { data } = incremental.merge({ path: [], data: deep(20_000, '{"y":2}'), hasNext: true })
  for (let depth = 0; depth < 20_000; depth++) data = data.a[0]
  assert.deepEqual(data, { x: 1, y: 2 })
})

test('an error about JSON that is 20,000 deep is a StreamError all the same', () => {
  const deep = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000))
  const first = { data: { a: {} }, hasNext: true }
  for (const payload of [
    deep,
    { incremental: deep, hasNext: true },
    { incremental: [{ path: deep, data: {} }], hasNext: true },
    { incremental: [{ id: deep, data: {} }], hasNext: true },
    { errors: { deep }, hasNext: true },
  ]) {
    const incremental = new IncrementalResult()
    incremental.merge(first)
    assert.throws(() => incremental.merge(payload), { name: 'StreamError', code: 'malformed' })
  }
})
