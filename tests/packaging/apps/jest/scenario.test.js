const { EventSource } = require('postsource')
const { createClient } = require('postsource/graphql')
const { scenario } = require('./scenario.cjs')

const more = typeof document === 'undefined' ? {} : require('./hook.js')

test('the scenario', () => scenario({ EventSource, createClient }, more), 60_000)
