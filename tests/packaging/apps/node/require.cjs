const { EventSource } = require('postsource')
const { createClient } = require('postsource/graphql')
const { scenario } = require('./scenario.cjs')

scenario({ EventSource, createClient })
