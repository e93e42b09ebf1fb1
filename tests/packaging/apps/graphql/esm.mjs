import { parse, print } from 'graphql'
import { EventSource } from 'postsource'
import { createClient } from 'postsource/graphql'
import { graphqlUrl, scenario } from './scenario.mjs'

/** A document that graphql has parsed, and has to print. */
async function document() {
  const client = createClient({ url: graphqlUrl, print })
  const counts = []
  for await (const { data } of client.iterate({
    query: parse('subscription { count }', { noLocation: true }),
  }))
    counts.push(data.count)
  if (counts.join() !== '1,2,3') throw new Error(`the client has got ${counts}`)
}

await scenario({ EventSource, createClient }, { document })
