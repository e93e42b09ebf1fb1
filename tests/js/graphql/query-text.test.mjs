import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gql } from '@apollo/client'
import { parse, print } from 'graphql'
import { queryText } from '../../../dist/graphql/query-text.js'

class TypedDocumentString extends String {
  constructor(value) {
    super(value)
    this.value = value
  }
  toString() {
    return this.value
  }
}

test('strings and String objects are used unchanged, with or without print', () => {
  for (const print of [undefined, () => assert.fail()]) {
    assert.equal(queryText('{ a }', print), '{ a }')
    assert.equal(queryText('', print), '')
    assert.equal(queryText(new TypedDocumentString('{ b }'), print), '{ b }')
    assert.equal(typeof queryText(new TypedDocumentString('{ b }'), print), 'string')
  }
})

test('a parsed document gives its source, with the fragments that gql inserted', () => {
  assert.equal(queryText(parse('{ a  }')), '{ a  }')
  const fragment = gql('fragment F on A { id }')
  const text = queryText(gql`
    {
      a {
        ...F
      }
    }
    ${fragment}
  `)
  assert.equal(print(parse(text)), '{\n  a {\n    ...F\n  }\n}\n\nfragment F on A {\n  id\n}')
})

test('print takes precedence over the source', () => {
  assert.equal(queryText(parse('{ a  }'), print), '{\n  a\n}')
})

test('a document without a source needs print', () => {
  const document = JSON.parse(JSON.stringify(parse('{ a }', { noLocation: true })))
  assert.equal(queryText(document, print), '{\n  a\n}')
  assert.throws(() => queryText(document), { name: 'TypeError', message: /`print`/ })
})
