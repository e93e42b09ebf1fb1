/**
 * GraphQL. /graphql is graphql-yoga: subscriptions by SSE, `@defer` by SSE or multipart. /graphql/multipart answers
 * subscriptions by multipart only, like Apollo Router.
 */

import { useDeferStream } from '@graphql-yoga/plugin-defer-stream'
import { parse, subscribe, validate } from 'graphql'
import { createYoga } from 'graphql-yoga'
import { HttpError, readJson } from '../http.mjs'

const heartbeatMs = 5000

export function graphql(schema) {
  const yoga = createYoga({
    schema,
    plugins: [useDeferStream()],
    maskedErrors: false,
    logging: false,
    graphiql: false,
    cors: false,
  })
  return ({ request, response }) => yoga(request, response)
}

/** https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol */
export function multipartSubscriptions(schema) {
  return async ({ request, response }) => {
    if (request.method !== 'POST') throw new HttpError(405, 'only POST is accepted here')
    if (!/multipart\/mixed/.test(request.headers.accept))
      throw new HttpError(406, 'the Accept header must name multipart/mixed')
    const { query, variables, operationName } = await readJson(request)
    const write = part =>
      response.write(`\r\n--graphql\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(part)}\r\n`)
    const results = await subscribeTo(schema, query, variables, operationName)
    response.writeHead(200, { 'content-type': 'multipart/mixed; subscriptionSpec=1.0; boundary=graphql' })
    if (!(Symbol.asyncIterator in results)) {
      write({ payload: results })
      return response.end('--graphql--')
    }
    response.flushHeaders()
    const timer = setInterval(() => write({}), heartbeatMs)
    response.on('close', () => {
      clearInterval(timer)
      results.return()
    })
    try {
      for await (const payload of results) write({ payload })
    } catch (error) {
      write({ payload: null, errors: [{ message: error.message }] })
    }
    response.end('--graphql--\r\n')
  }
}

async function subscribeTo(schema, query, variableValues, operationName) {
  try {
    const document = parse(String(query))
    const errors = validate(schema, document)
    return errors.length > 0
      ? { errors }
      : await subscribe({ schema, document, variableValues, operationName })
  } catch (error) {
    return { errors: [error] }
  }
}
