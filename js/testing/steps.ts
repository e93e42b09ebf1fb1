/** The steps of a scripted stream: what a server sends on it, and what happens to it. */

/** A step that is not a value to send. The functions of this file make them. */
export class Control {
  readonly kind: 'wait' | 'drop' | 'end' | 'complete' | 'comment' | 'raw'
  /** The milliseconds of `wait`. */
  readonly ms: number
  /** What `comment` and `raw` send. */
  readonly content: string | Uint8Array

  constructor(
    kind: Control['kind'],
    { ms = 0, content = '' }: { ms?: number; content?: string | Uint8Array } = {},
  ) {
    this.kind = kind
    this.ms = ms
    this.content = content
  }
}

/** A value to send, or a {@link Control}. */
export type Step<Value> = Value | Control

/**
 * The steps of a stream, one after the other. A function makes them anew for every request; use one for a generator, which
 * can be run only once.
 */
export type Steps<Value> =
  | Iterable<Step<Value>>
  | AsyncIterable<Step<Value>>
  | (() => Iterable<Step<Value>> | AsyncIterable<Step<Value>>)

/** Waits some milliseconds: on the timers of the environment, which may be fake, or until `server.advance` skips them. */
export function wait(ms: number): Control {
  if (!(ms >= 0)) throw new RangeError(`wait takes a number of milliseconds from 0, not ${ms}`)
  return new Control('wait', { ms })
}

/** Breaks the connection off: what was sent before is read, then reading fails as it does after a network error. */
export function drop(): Control {
  return new Control('drop')
}

/** Ends the response as a server does that has no more to say. */
export function end(): Control {
  return new Control('end')
}

/** Completes a GraphQL operation as its protocol has it, and ends the response. */
export function complete(): Control {
  return new Control('complete')
}

/** Sends a sign of life that is no event: a comment of an event stream, or the heartbeat of a multipart subscription. */
export function comment(text = ''): Control {
  return new Control('comment', { content: text })
}

/** Sends text or bytes as they are: half an event before a `drop`, or something that no server should send. */
export function raw(content: string | Uint8Array): Control {
  return new Control('raw', { content })
}
