/** `postsource/react`: hooks for event streams and GraphQL operations, for React 18 and 19. */

export { PostsourceProvider } from './react/provider.ts'
export { type UseEventSourceOptions, useEventSource } from './react/use-event-source.ts'
export type { Stream } from './react/use-stream.ts'
export { type UseSubscriptionOptions, useSubscription } from './react/use-subscription.ts'
export type { Flush, StreamState, StreamStatus } from './store/stream-store.ts'
