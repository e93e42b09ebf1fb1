/** Building blocks of the dialects. `⏎` stands for CR LF, `↵` for LF. */

export const times = (count, piece) => Array.from({ length: count }, (_, i) => piece(i + 1)).flat()
export const part = json => `⏎--graphql⏎Content-Type: application/json⏎⏎${json}`
export const next = json => `event: next↵data: ${json}↵↵`
export const tick = n => `{"data":{"tick":${n}}}`
export const payload = json => `{"payload":${json}}`

export const subscription = 'subscription {\n  tick\n}'
export const deferred = 'query {\n  user {\n    id\n    ... @defer { friends { name } }\n  }\n}'
export const eventStream = 'text/event-stream'
export const multipart = 'multipart/mixed; subscriptionSpec=1.0; boundary=graphql'
export const routerType = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
export const commaType = 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json'
