/** The process of {@link startApollo}: prints the server's address, and serves until it is killed. */

import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'

const later = (value, ms) => new Promise(resolve => setTimeout(resolve, ms, value))

let bumped = 0
const server = new ApolloServer({
  typeDefs: `#graphql
    directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
    type Query { hello: String! bumped: Int! me: Person! }
    type Mutation { bump: Int! bumpInParts: Person! }
    type Person { id: ID! bio: String! }
  `,
  resolvers: {
    Query: { hello: () => 'Hello, world!', bumped: () => bumped, me: () => ({ id: '1' }) },
    Mutation: { bump: () => ++bumped, bumpInParts: () => ({ id: String(++bumped) }) },
    Person: { bio: () => later('writes programs', 5) },
  },
  includeStacktraceInErrorResponses: false,
})
const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } })
console.log(url)
