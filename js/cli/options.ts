/** The command's options. */

import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { TraceOptions } from '../devtools/trace-stream.ts'

export const help = `Opens a stream and shows its messages: server-sent events, GraphQL over SSE, multipart.

Usage: postsource URL [options]
       postsource RECORDING [--inspect] [--json]    a file of --record, or - for standard input

What to ask for:
  -q, --query QUERY        A GraphQL operation
  -f, --query-file FILE    The same from a file
  -v, --variables JSON     Its variables
      --operation-name N   Which of the query's operations
  -H, --header 'N: VALUE'  A request header; may be repeated
  -X, --method METHOD      GET, or POST where there is a query or data
  -d, --data DATA          The request's body; @FILE reads a file
      --sse, --multipart   Ask for this protocol only, not for whatever the server offers

How long:
  -n, --count N            End after N events, results or parts
  -t, --timeout SECONDS    End after that time
  -r, --reconnect          Connect again when the connection is lost, and resume the stream
      --idempotent         With -r: send a POST or a mutation again too; it may be carried out twice

What to show:
  -i, --inspect            Judge every message by the rules of its protocol
      --strict             Let warnings count as errors for the exit status
      --json               One JSON object a line, on a terminal too
      --color WHEN         auto, always or never
      --quiet              Nothing about connections on standard error
  -o, --record FILE        Write the stream and its times to a file
      --rules              List the rules of the inspector
  -h, --help, --version

On a terminal the output is for people; in a pipe it is one JSON object a line. Standard error has what happens to the
connections and, beside JSON, the summary of --inspect.

Examples:
  postsource https://example.com/events
  postsource https://example.com/graphql -q 'subscription { prices { symbol value } }' -H 'authorization: Bearer TOKEN'
  postsource https://example.com/chat -d '{"prompt":"Hello"}' -n 10 | jq .payload
  postsource https://example.com/graphql -f feed.graphql --inspect --timeout 60 --record feed.json
  postsource feed.json --inspect

Exit status:
  0    the stream is complete, --count is reached, or --timeout with an answer and no --count
  1    --inspect has found errors, or warnings with --strict
  2    the options or a file cannot be read, or the output cannot be written
  3    the server refuses: its status, or a response of another type
  4    the connection cannot be made, or has broken off
  5    what came cannot be read: it breaks its protocol, or is larger than the limit
  6    the server has ended the subscription with an error
  124  --timeout came before --count, or before any answer
  130  interrupted by Ctrl-C
`

const options = {
  query: { type: 'string', short: 'q' },
  'query-file': { type: 'string', short: 'f' },
  variables: { type: 'string', short: 'v' },
  'operation-name': { type: 'string' },
  header: { type: 'string', short: 'H', multiple: true },
  method: { type: 'string', short: 'X' },
  data: { type: 'string', short: 'd' },
  sse: { type: 'boolean' },
  multipart: { type: 'boolean' },
  count: { type: 'string', short: 'n' },
  timeout: { type: 'string', short: 't' },
  reconnect: { type: 'boolean', short: 'r' },
  idempotent: { type: 'boolean' },
  inspect: { type: 'boolean', short: 'i' },
  strict: { type: 'boolean' },
  json: { type: 'boolean' },
  color: { type: 'string', default: 'auto' },
  quiet: { type: 'boolean' },
  record: { type: 'string', short: 'o' },
  rules: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const

export type Values = ReturnType<typeof readOptions>['values']

/** An option or a file is invalid. The message says what to pass instead. */
export class UsageError extends Error {}

/** Parses the arguments. Throws a UsageError for an unknown option. */
export function readOptions(args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (cause) {
    throw new UsageError((cause as Error).message.replaceAll('\n', ' '), { cause })
  }
}

/**
 * Returns the options of `traceStream`. Throws a UsageError if options contradict one another, or a file or request is bad.
 */
export function followOptionsOf(url: string, values: Values): TraceOptions {
  const { query, method, data, sse, multipart, idempotent, reconnect = false } = values
  const queryFile = values['query-file']
  if (query !== undefined && queryFile !== undefined)
    throw new UsageError('pass --query or --query-file, not both')
  if (sse && multipart) throw new UsageError('pass --sse or --multipart, not both')
  const text = queryFile === undefined ? query : readText(queryFile)
  if (idempotent && !reconnect) throw new UsageError('--idempotent needs --reconnect')
  if (text !== undefined && data !== undefined) throw new UsageError('pass --data or a query, not both')
  for (const name of ['variables', 'operation-name'] as const) {
    if (text === undefined && values[name] !== undefined) throw new UsageError(`--${name} needs a query`)
  }
  if (text !== undefined && method !== undefined && !/^(get|post)$/i.test(method))
    throw new UsageError(`a query cannot be sent by ${method}; use GET or POST`)
  const body = data?.startsWith('@') ? readBody(data.slice(1)) : data
  checkRequest(url, method ?? (body === undefined ? 'GET' : 'POST'), body)
  const headers = headersOf(values.header ?? [])
  if (body !== undefined && !headers.has('content-type') && isJson(`${body}`))
    headers.set('content-type', 'application/json')
  return {
    query: text,
    variables: values.variables === undefined ? undefined : variablesOf(values.variables),
    operationName: values['operation-name'],
    method,
    body,
    headers,
    reconnect,
    idempotent,
    protocol: sse ? 'sse' : multipart ? 'multipart' : 'auto',
  }
}

/** Throws a UsageError for a request that `fetch` refuses to send, which would look like a network error. */
function checkRequest(url: string, method: string, body: BodyInit | undefined): void {
  try {
    new Request(url, { method, ...(body !== undefined && { body }) })
  } catch (cause) {
    throw new UsageError(`this request cannot be sent: ${(cause as Error).message}`, { cause })
  }
}

/** Reads a file, or standard input for `-`. Throws a UsageError if that fails. */
export function readText(path: string): string {
  return readBytes(path).toString()
}

/** Reads a request's body, as a string if it is UTF-8, because recordings can keep strings. */
function readBody(path: string): string | Uint8Array<ArrayBuffer> {
  const bytes = readBytes(path)
  return isUtf8(bytes) ? bytes.toString() : new Uint8Array(bytes)
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path)
  } catch (cause) {
    throw new UsageError(`${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

function headersOf(lines: string[]): Headers {
  const headers = new Headers()
  for (const line of lines) {
    const colon = line.indexOf(':')
    try {
      if (colon < 1) throw new Error('it has no colon')
      headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
    } catch (cause) {
      throw new UsageError(`a header is written as 'name: value': ${line} (${(cause as Error).message})`, {
        cause,
      })
    }
  }
  return headers
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function variablesOf(text: string): Record<string, unknown> {
  try {
    const variables = JSON.parse(text)
    if (typeof variables === 'object' && variables !== null && !Array.isArray(variables)) return variables
    throw new Error('it is not an object')
  } catch (cause) {
    throw new UsageError(`--variables must be a JSON object: ${(cause as Error).message}`, { cause })
  }
}

/** Reads the value of an option that must be a positive number. Throws a UsageError for any other value. */
export function positive(values: Values, name: 'count' | 'timeout'): number | undefined {
  const text = values[name]
  if (text === undefined) return undefined
  const number = Number(text)
  const isRight = number > 0 && (name === 'timeout' ? number <= 2_000_000 : Number.isInteger(number))
  if (!isRight) throw new UsageError(`--${name} must be a positive number, not ${text}`)
  return number
}
