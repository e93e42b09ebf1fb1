/** `postsource/testing`: a `fetch` that plays scripted responses, for tests and stories of code that reads streams. */

export type { Recording } from './devtools/recording.ts'
export type { ReplayOptions } from './devtools/replay.ts'
export type { MockRequest } from './testing/mock-request.ts'
export { type MockServer, mockServer } from './testing/mock-server.ts'
export {
  type AnyReply,
  events,
  type MockEvent,
  type Reply,
  type ResponseHead,
  recorded,
  respond,
  silence,
} from './testing/replies.ts'
export { type MockProtocol, type MockResult, type ResultsOptions, results } from './testing/results.ts'
export type { MockRoute } from './testing/route.ts'
export {
  type Control,
  comment,
  complete,
  drop,
  end,
  raw,
  type Step,
  type Steps,
  wait,
} from './testing/steps.ts'
