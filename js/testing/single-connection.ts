/** The server's side of GraphQL over SSE in single connection mode. */

import type { Clock } from './clock.ts'
import type { Format, Playback } from './playback.ts'
import {
  type Exchange,
  type Reply,
  type ResponseHead,
  respond,
  responseOf,
  streamed,
  writeEvent,
} from './replies.ts'
import { Control, raw, type Step, type Steps } from './steps.ts'

const tokenHeader = 'x-graphql-event-stream-token'

/** A reservation: its stream, once the client has asked for it, and the operations that run on it. */
interface Reservation {
  readonly token: string
  stream: Playback<object> | undefined
  readonly operations: Map<string, AbortController>
}

/**
 * Answers the reservation (PUT), the event stream (GET), operations (POST) and their ends (DELETE). Each operation gets the
 * steps; `wait` and `complete` among them are the operation's own, all others are those of the stream.
 *
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#single-connection-mode
 */
export function singleConnection(steps: Steps<object>, head: ResponseHead): Reply<object> {
  const reservations = new Map<string, Reservation>()
  const open = streamed<object>(head, ({ request, play }) => {
    const reservation = reservations.get(tokenOf(request)) as Reservation
    reservation.stream = play(formatOf(reservation), [])
    return reservation.stream
  })
  const ofMethod: Record<string, (exchange: Exchange, reservation: Reservation) => Reply> = {
    GET: () => open as Reply,
    POST({ request, clock }, reservation) {
      const id = String(request.json().extensions?.operationId)
      const running = new AbortController()
      reservation.operations.set(id, running)
      void run(id, typeof steps === 'function' ? steps() : steps, { reservation, running, clock })
      return respond(202)
    },
    DELETE({ request }, { operations }) {
      const id = new URL(request.url).searchParams.get('operationId') ?? ''
      operations.get(id)?.abort()
      operations.delete(id)
      return respond(200)
    },
  }
  return {
    respond(exchange) {
      const { method } = exchange.request
      if (method === 'PUT') {
        const token = `token ${reservations.size + 1}`
        reservations.set(token, { token, stream: undefined, operations: new Map() })
        return responseOf(respond(201, { body: token }), exchange)
      }
      const reservation = reservations.get(tokenOf(exchange.request))
      const reply = reservation && ofMethod[method]?.(exchange, reservation)
      return responseOf(reply ?? respond(404, { body: 'there is no such reservation' }), exchange)
    },
  }
}

function tokenOf({ headers, url }: Exchange['request']): string {
  return headers.get(tokenHeader) ?? new URL(url).searchParams.get('token') ?? ''
}

/** What is sent by hand goes to every operation that is running. */
function formatOf({ operations }: Reservation): Format<object> {
  return {
    contentType: 'text/event-stream',
    value: payload => [...operations.keys()].map(id => writeNext(id, payload)).join(''),
    comment: text => `: ${text}\n\n`,
  }
}

const writeNext = (id: string, payload: object) => writeEvent({ event: 'next', data: { id, payload } })

/** Performs the steps of one operation on the stream of its reservation. */
async function run(
  id: string,
  steps: Iterable<Step<object>> | AsyncIterable<Step<object>>,
  { reservation, running, clock }: { reservation: Reservation; running: AbortController; clock: Clock },
): Promise<void> {
  for await (const step of steps) {
    if (running.signal.aborted) return
    const isControl = step instanceof Control
    if (isControl && step.kind === 'wait') await clock.wait(step.ms, running.signal)
    else if (isControl && step.kind === 'complete') {
      reservation.operations.delete(id)
      await reservation.stream?.send([raw(writeEvent({ event: 'complete', data: { id } }))])
      return
    } else await reservation.stream?.send([isControl ? step : raw(writeNext(id, step))])
  }
}
