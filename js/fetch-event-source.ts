/** `postsource/fetch-event-source`: a drop-in for @microsoft/fetch-event-source 2. */

export {
  type EventSourceMessage,
  EventStreamContentType,
  type FetchEventSourceInit,
  fetchEventSource,
} from './event-source/fetch-event-source.ts'
