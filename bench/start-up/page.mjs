/** Measures a contender once on a page that has just been loaded, reports, and goes on to the next page. */

/** The page is loaded and idle: what is measured now is the contender's alone. */
async function isIdle() {
  if (document.readyState !== 'complete') await new Promise(resolve => addEventListener('load', resolve))
  await new Promise(resolve => requestIdleCallback(resolve))
}

/** Asks for tasks all the time; `longest()` is the longest time, in milliseconds, for which none was let in. */
export function watchTasks() {
  const { port1, port2 } = new MessageChannel()
  let last = performance.now()
  let longest = 0
  const note = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  port1.onmessage = () => {
    note()
    port2.postMessage(null)
  }
  port2.postMessage(null)
  return {
    longest() {
      note()
      port1.close()
      return longest
    },
  }
}

async function report(figures) {
  const response = await fetch('/report', { method: 'POST', body: JSON.stringify(figures) })
  const next = await response.text()
  if (next) location.replace(next)
}

/** `open(onOpen, onEvent)` opens the stream `/events` and tells of its response and of its first event. */
export async function measureStream(open) {
  await isIdle()
  const { fetch } = globalThis
  let begin = 0
  const figures = {}
  const since = () => performance.now() - begin
  globalThis.fetch = (...given) => {
    figures['fetch called'] ??= since()
    return fetch(...given)
  }
  const tasks = watchTasks()
  begin = performance.now()
  await new Promise(resolve => {
    open(() => {
      figures.open ??= since()
    }, resolve)
    figures.constructor = since()
  })
  figures['first event'] = since()
  figures['longest block'] = tasks.longest()
  globalThis.fetch = fetch
  await report(figures)
}

/** `load()` loads what reads a stream, which is what WebAssembly adds to a start. */
export async function measureLoading(load) {
  await isIdle()
  const tasks = watchTasks()
  const begin = performance.now()
  await load()
  const loaded = performance.now() - begin
  await report({ loaded, 'longest block': tasks.longest() })
}

/** `parse()` makes a parser and reads an event with it. */
export async function measureParser(parse) {
  await isIdle()
  const begin = performance.now()
  parse()
  await report({ 'parser and first event': performance.now() - begin })
}
