/** `postsource/apollo`: a client as a link of Apollo Client 3 and 4. */

import { ApolloLink, Observable } from '@apollo/client/core'
import { print } from 'graphql'
import type { Client } from './graphql/client.ts'

/**
 * A terminating link: subscriptions, and queries with `@defer`, whose results it hands on whole, each as far as it has
 * come. Unsubscribing stops the operation; errors are those of the client: the `networkError` of Apollo Client 3
 * (with `useSubscription` the `cause`), the error itself of Apollo Client 4.
 * https://www.apollographql.com/docs/react/api/link/introduction
 */
export class PostsourceLink extends ApolloLink {
  constructor(client: Client) {
    super(
      ({ query, operationName, variables, extensions }) =>
        new Observable(sink =>
          client.subscribe(
            { query: print(query), operationName: operationName ?? null, variables, extensions },
            {
              // whole results need none of Apollo's own merging
              next: ({ hasNext, ...result }) => sink.next(result as never),
              error: error => sink.error(error),
              complete: () => sink.complete(),
            },
          ),
        ),
    )
  }
}
