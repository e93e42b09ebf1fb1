/** Makes the MessageEvents of a stream. */

import type { StreamEvent } from '../stream/types.ts'
import { makeEnumerable } from './webidl.ts'

type MakeMessageEvent = (event: StreamEvent, origin: string) => MessageEvent

let base: typeof MessageEvent | undefined
let make: MakeMessageEvent

/** Makes events of the current global MessageEvent, which test environments replace. */
export function messageEventMaker(): MakeMessageEvent {
  if (base !== globalThis.MessageEvent) {
    base = globalThis.MessageEvent
    make = isFamiliar(base) ? fastMaker(base) : plainMaker(base)
  }
  return make
}

function plainMaker(Base: typeof MessageEvent): MakeMessageEvent {
  const plain: MakeMessageEvent = ({ type, data, lastEventId }, origin) =>
    new Base(type, { data, lastEventId, origin })
  // workerd's MessageEvent reads only the data from its init dictionary
  const takesAll = new Base('message', { lastEventId: '1' }).lastEventId === '1'
  return takesAll
    ? plain
    : (event, origin) => withOwn(plain(event, origin), { lastEventId: event.lastEventId, origin })
}

/** Defines members on the event that replace those of its class. */
function withOwn(event: MessageEvent, members: Partial<MessageEvent>): MessageEvent {
  for (const [name, value] of Object.entries(members))
    Object.defineProperty(event, name, { value, enumerable: true, configurable: true })
  return event
}

/** The members of MessageEvent.prototype that a fast event has. */
const members = /^(constructor|data|lastEventId|origin|source|ports|userActivation|initMessageEvent)$/

/**
 * Whether a fast event can stand in for an event of this class: the class is the browser's own, and has its members on
 * its prototype, none of which is unknown here. Those of Node and jsdom are JavaScript, and gain nothing; that of
 * workerd does not show its members.
 */
function isFamiliar(Base: typeof MessageEvent): boolean {
  const names = Object.getOwnPropertyNames(Base.prototype)
  const isNative = Function.prototype.toString.call(Base).includes('[native code]')
  return isNative && names.includes('data') && names.every(name => members.test(name))
}

/**
 * In browsers, reading its init dictionary is most of what a MessageEvent costs. A fast event is the browser's own
 * Event, and a MessageEvent by its prototype chain, whose members of MessageEvent it answers itself.
 */
function fastMaker(Base: typeof MessageEvent): MakeMessageEvent {
  const noPorts = Object.freeze([])

  class FastMessageEvent extends Event {
    #init: MessageEventInit
    #origin: string

    constructor(event: StreamEvent, origin: string) {
      super(event.type)
      this.#init = event
      this.#origin = origin
    }
    get data(): unknown {
      return this.#init.data
    }
    get origin(): string {
      return this.#origin
    }
    get lastEventId(): string {
      return this.#init.lastEventId as string
    }
    get source(): MessageEventSource | null {
      return this.#init.source ?? null
    }
    get ports(): readonly MessagePort[] {
      return this.#init.ports ?? noPorts
    }
    get userActivation(): null {
      return null
    }
    initMessageEvent(
      type: string,
      bubbles = false,
      cancelable = false,
      data: unknown = null,
      origin = '',
      lastEventId = '',
      source: MessageEventSource | null = null,
      ports: MessagePort[] = [],
    ): void {
      // [spec] an event that is being dispatched is not changed
      if (this.eventPhase !== Event.NONE) return
      this.initEvent(type, bubbles, cancelable)
      this.#init = {
        data,
        lastEventId: `${lastEventId}`,
        source,
        ports: Object.freeze([...ports]) as MessagePort[],
      }
      this.#origin = `${origin}`
    }
  }
  const { prototype } = FastMessageEvent
  Object.setPrototypeOf(prototype, Base.prototype)
  makeEnumerable(prototype)
  Reflect.deleteProperty(prototype, 'constructor') // inherited: MessageEvent
  return (event, origin) => new FastMessageEvent(event, origin) as unknown as MessageEvent
}
