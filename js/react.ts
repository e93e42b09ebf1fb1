/** `postsource/react`: hooks for event streams and GraphQL operations, for React 18 and 19. */

export { PostsourceProvider } from './react/provider.ts'
export {
  type EventSourceStream,
  type UseEventSourceOptions,
  useEventSource,
} from './react/use-event-source.ts'
export type { Stream, StreamOptions, WithInitialData, WithoutInitialData } from './react/use-stream.ts'
export {
  type SubscriptionStream,
  type UseSubscriptionOptions,
  useSubscription,
} from './react/use-subscription.ts'
export type { Flush, StreamState, StreamStatus } from './store/stream-store.ts'
export { StreamError, type StreamErrorCode, type StreamErrorDetails } from './stream/errors.ts'
