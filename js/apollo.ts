/** `postsource/apollo`: a client as a link of Apollo Client 3 and 4. */

// with the file name, because core is a folder in Apollo Client 3, and Node's modules cannot import folders
import { ApolloLink, Observable } from '@apollo/client/core/index.js'
import { print } from 'graphql'
import type { Client } from './graphql/client.ts'
import { operationKind } from './graphql/operation-kind.ts'
import type { ExecutionResult, RequestOverrides } from './graphql/types.ts'
import { StreamError } from './stream/errors.ts'
import { essence } from './stream/request.ts'

/**
 * A terminating link for queries, mutations and subscriptions, in place of HttpLink. Unsubscribing stops the operation.
 *
 * - The operation's context reaches the request as with HttpLink: `headers`, `credentials`, `uri`, `fetchOptions` (with
 *   its `method` and `signal`), `http.includeQuery` and `http.includeExtensions`. Functions among the client's options
 *   receive the whole context as `operation.context`. The context's `response` is the response.
 * - The `clientAwareness` of the ApolloClient and of the context is sent as headers. Variables that the document does not declare
 *   are left out.
 * - A query or mutation is sent once. Use a RetryLink to repeat it.
 * - A refusal is the error that ErrorLink and RetryLink expect: its `name` is `ServerError`, with `statusCode`,
 *   `response`, `bodyText` and `result`, and `ServerError.is` of Apollo Client 4 is true for it.
 *   `CombinedProtocolErrors.is` is true for transport errors of a multipart subscription. All are StreamErrors. Apollo
 *   Client 3 calls them `networkError`.
 * - `@defer` and `@stream`: the `incrementalHandler` of Apollo Client 4 sets the `Accept` header and gets the payloads as the
 *   server sends them. Apollo Client 3 gets the whole result so far.
 *
 * https://www.apollographql.com/docs/react/api/link/introduction
 */
export class PostsourceLink extends ApolloLink {
  constructor(client: Client) {
    super(operation => new Observable(sink => send(client, operation, sink)))
  }
}

/** The members of an operation that the link reads, in either version of Apollo Client. */
type ApolloOperation = Parameters<ApolloLink['request']>[0]
type Sink = ConstructorParameters<typeof Observable<never>>[0] extends
  | ((sink: infer S) => unknown)
  | undefined
  ? S
  : never

/** The name and version of the application, for metrics. `transport` is `headers` unless it is false. */
interface ClientAwareness {
  name?: string
  version?: string
  transport?: 'headers' | false
}

/** The members of an operation's context that HttpLink reads. */
interface HttpContext {
  uri?: string
  clientAwareness?: ClientAwareness
  headers?: Record<string, string>
  credentials?: RequestCredentials
  fetchOptions?: RequestInit
  http?: {
    includeQuery?: boolean
    includeExtensions?: boolean
    /** The types that the incremental handler of Apollo Client 4 can read. */
    accept?: string[]
  }
}

function send(client: Client, operation: ApolloOperation, sink: Sink): () => void {
  const context = operation.getContext() as HttpContext
  const { includeQuery = true, includeExtensions = true, accept } = context.http ?? {}
  const { query, operationName, variables, extensions } = operation
  const kind = operationKind({ query, operationName: operationName ?? null })
  const { signal } = context.fetchOptions ?? {}
  const abort = () => {
    stop()
    sink.error(signal?.reason)
  }
  if (signal?.aborted) {
    sink.error(signal.reason)
    return () => {}
  }
  const isVersion4 = 'client' in operation
  const fail = (cause: unknown) => {
    const error = asApolloError(cause)
    // Apollo Client 3 gets a result that has data before the error
    const { result } = error as { result?: ExecutionResult }
    if (!isVersion4 && result?.data && result.errors) sink.next(result as never)
    sink.error(error)
  }
  let response: Response | undefined
  const stop = client.subscribe(
    {
      query: includeQuery ? print(query) : '',
      operationName: operationName ?? null,
      kind,
      idempotent: kind === 'subscription',
      variables: declared(variables, query),
      extensions: includeExtensions ? extensions : null,
      ...(accept && { incremental: 'raw' }),
      request: overridesOf({ ...context, clientAwareness: awarenessOf(operation, context) }),
      context,
    },
    {
      next(result) {
        const refusal = refusalOf(response, result, isVersion4)
        if (refusal) {
          stop()
          fail(refusal)
          return
        }
        const { hasNext, ...whole } = result
        // Apollo must not merge results that are already whole
        sink.next((accept && hasNext !== undefined ? result : whole) as never)
      },
      error: fail,
      complete: () => sink.complete(),
    },
    {
      response(answer) {
        response = answer
        operation.setContext({ response })
      },
    },
  )
  signal?.addEventListener('abort', abort)
  return () => {
    signal?.removeEventListener('abort', abort)
    stop()
  }
}

/**
 * The error for a JSON answer with a status that HttpLink does not accept. That of Apollo Client 4 accepts every status of
 * `application/graphql-response+json`, which tells a result from the answer of a proxy.
 */
function refusalOf(
  response: Response | undefined,
  result: ExecutionResult,
  isVersion4: boolean,
): StreamError | undefined {
  if (response === undefined || response.status < 300) return undefined
  const type = essence(response)
  const isResult = isVersion4 && type === 'application/graphql-response+json'
  if (isResult || !type.endsWith('json')) return undefined
  const { status, statusText, headers } = response
  const reason = result.errors?.[0]?.message
  const message = `the server answered ${status} ${statusText}`.trimEnd()
  return new StreamError('http-status', reason ? `${message}: ${reason}` : message, {
    status,
    headers,
    body: JSON.stringify(result),
    errors: result.errors,
  })
}

/** Some servers refuse variables that the document does not declare. */
function declared(
  variables: ApolloOperation['variables'],
  { definitions }: ApolloOperation['query'],
): ApolloOperation['variables'] {
  const known = definitions.flatMap(definition =>
    'variableDefinitions' in definition ? (definition.variableDefinitions ?? []) : [],
  )
  const names = new Set(known.map(({ variable }) => variable.name.value))
  return Object.fromEntries(Object.entries(variables ?? {}).filter(([name]) => names.has(name)))
}

/** Apollo Client 3 puts its option into the context; the HttpLink of Apollo Client 4 reads it from the client. */
function awarenessOf(operation: ApolloOperation, { clientAwareness }: HttpContext): ClientAwareness {
  // a private member, which HttpLink reads too
  const { client } = operation as unknown as { client?: { queryManager?: { clientOptions?: HttpContext } } }
  return { ...client?.queryManager?.clientOptions?.clientAwareness, ...clientAwareness }
}

/** The types of a result that is not incremental, for after those of an incremental handler. */
const singleResult = ['application/graphql-response+json', 'application/json;q=0.9']

function overridesOf({
  uri,
  headers,
  credentials,
  fetchOptions = {},
  http,
  clientAwareness: { name, version, transport } = {},
}: HttpContext): RequestOverrides {
  const isTold = transport !== false
  const { body, signal, window, method, headers: more, ...init } = fetchOptions
  return {
    ...init,
    ...(uri && { url: uri }),
    ...(credentials && { credentials }),
    ...(method && { method: method as 'GET' }),
    headers: {
      ...(http?.accept && { accept: [...http.accept, ...singleResult].join(',') }),
      ...(isTold && name && { 'apollographql-client-name': name }),
      ...(isTold && version && { 'apollographql-client-version': version }),
      ...Object.fromEntries(new Headers(more)),
      ...headers,
    },
  }
}

/** The symbol by which Apollo Client 4 recognizes its own errors across copies of the package. */
const apolloErrorName = Symbol.for('apollo.error')

/** Adds the members that Apollo's links expect to a StreamError, which may come from another copy of the library. */
function asApolloError(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'StreamError') return error
  const { code, status, headers, body = '' } = error as StreamError
  if (code === 'transport') return rename(error, 'CombinedProtocolErrors', {})
  if (status === undefined) return error
  return rename(error, 'ServerError', {
    statusCode: status,
    response: new Response(null, { status, headers: headers ?? [] }),
    bodyText: body,
    result: parse(body),
  })
}

function rename(error: Error, name: string, details: object): Error {
  Object.defineProperty(error, apolloErrorName, { value: name, configurable: true })
  return Object.assign(error, { name }, details)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
