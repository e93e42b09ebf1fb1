/** What the tests take of Apollo Client: one module, so that it can be bundled with either of its major versions. */

export { ApolloClient, ApolloLink, from, gql, InMemoryCache } from '@apollo/client/core'
export { setContext } from '@apollo/client/link/context'
export { onError } from '@apollo/client/link/error'
export { HttpLink } from '@apollo/client/link/http'
export { createPersistedQueryLink } from '@apollo/client/link/persisted-queries'
export { RetryLink } from '@apollo/client/link/retry'
export { PostsourceLink } from 'postsource/apollo'
