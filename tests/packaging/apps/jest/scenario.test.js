const { EventSource } = require('postsource')
const { createClient } = require('postsource/graphql')
const { scenario } = require('./scenario.cjs')

test('the scenario', () => scenario({ EventSource, createClient }), 60_000)
