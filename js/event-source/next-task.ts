/** Waits for the event loop. */

// saved at import, so that tests that replace the clock do not stop the streams
const { setImmediate, setTimeout } = globalThis as typeof globalThis & {
  setImmediate?: (callback: () => void) => void
}

/** How many waits share one message. */
const waitsPerMessage = 128

const waiting: (() => void)[] = []
let request: (() => void) | undefined

/**
 * Resolves in a new task, when all queued microtasks, and those that they queue, have run. In workerd, whose messages are
 * no tasks, it resolves some microtasks later.
 */
export function nextTask(): Promise<void> {
  if (setImmediate) return new Promise(resolve => setImmediate(resolve))
  if (!globalThis.MessageChannel) return new Promise(resolve => void setTimeout(resolve))
  request ??= openChannel()
  return new Promise(resolve => {
    waiting.push(resolve)
    request?.()
  })
}

/**
 * A message costs as much as handling ten events. The browser performs a microtask checkpoint after each listener of a
 * message, so one message serves as many waits as it has listeners.
 * https://html.spec.whatwg.org/multipage/webappapis.html#clean-up-after-running-script
 */
function openChannel(): () => void {
  const { port1, port2 } = new MessageChannel()
  let isOnItsWay = false
  const post = () => {
    if (!isOnItsWay) port2.postMessage(null)
    isOnItsWay = true
  }
  const serve = (message: Event) => {
    const resolve = waiting.shift()
    if (resolve) return resolve()
    message.stopImmediatePropagation()
    isOnItsWay = false
  }
  for (let i = 0; i < waitsPerMessage; i++) port1.addEventListener('message', message => serve(message))
  port1.addEventListener('message', () => {
    isOnItsWay = false
    if (waiting.length > 0) post()
  })
  port1.start()
  return post
}
