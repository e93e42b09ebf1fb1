/** Apollo Server. With LEGACY it executes `@defer` in the older form, for clients that ask for that. */

import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'

let bumped = 0
const later = value => new Promise(resolve => setTimeout(resolve, 5, value))
const legacy = process.env.LEGACY && (await import('@yaacovcr/transform')).legacyExecuteIncrementally
const server = new ApolloServer({
  typeDefs: `#graphql
    directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
    type Query { hello: String! fails: String bumped: Int! live: Int! me: Person! }
    type Mutation { bump: Int! }
    type Person { id: ID! bio: String! }
  `,
  resolvers: {
    Query: {
      hello: () => 'Hello, world!',
      fails() {
        throw new Error('the resolver failed')
      },
      bumped: () => bumped,
      live: () => 0,
      me: () => ({ id: '1' }),
    },
    Mutation: { bump: () => ++bumped },
    Person: { bio: () => later('writes programs') },
  },
  ...(legacy && { legacyExperimentalExecuteIncrementally: legacy }),
})
await startStandaloneServer(server, { listen: { port: Number(process.env.PORT), host: '127.0.0.1' } })
