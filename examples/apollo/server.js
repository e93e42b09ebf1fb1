/** A GraphQL server with a slow field and a subscription. */

import { setTimeout as wait } from 'node:timers/promises'
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream'
import { createSchema, createYoga } from 'graphql-yoga'

export const yoga = createYoga({
  plugins: [useDeferStream()],
  logging: 'warn',
  schema: createSchema({
    typeDefs: /* GraphQL */ `
      type Query {
        report: Report!
      }
      type Report {
        title: String!
        summary: String!
      }
      type Subscription {
        price: Float!
      }
    `,
    resolvers: {
      Query: {
        report: () => ({ title: 'Sales' }),
      },
      Report: {
        async summary() {
          await wait(1000)
          return 'Better than ever'
        },
      },
      Subscription: {
        price: {
          resolve: price => price,
          async *subscribe() {
            for (let price = 100; ; price++) {
              yield price
              await wait(500)
            }
          },
        },
      },
    },
  }),
})
