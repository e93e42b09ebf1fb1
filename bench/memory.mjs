/** What streams take of the page's heap. Needs Chromium's `gc` and `performance.memory`. */

import { EventSource } from '../dist/index.js'

async function heap() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc()
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return performance.memory.usedJSHeapSize
}

/** Streams that never end, and have brought one event. */
function idleSource(Source) {
  const body = new ReadableStream({ start: c => c.enqueue(new TextEncoder().encode('data: a\n\n')) })
  const fetch = async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  return new Promise(resolve => {
    const source = new Source('/', { fetch })
    source.onmessage = () => resolve(source)
  })
}

/** `perStream` in bytes, of 200 open sources; `grown` in bytes, after so many messages on one. */
export async function measureMemory({ messages }, server, report = () => {}) {
  if (!globalThis.gc || !performance.memory) return
  ;(await idleSource(EventSource)).close()
  const before = await heap()
  const sources = []
  for (let i = 0; i < 200; i++) sources.push(await idleSource(EventSource))
  const perStream = ((await heap()) - before) / sources.length
  for (const source of sources) source.close()

  const read = count =>
    new Promise(resolve => {
      let left = count
      const source = new EventSource(`${server}/ticks?rate=50000&count=${count}`)
      source.onmessage = () => {
        left--
      }
      source.onerror = () => {
        source.close()
        resolve(left)
      }
    })
  await read(1000)
  const start = await heap()
  const lost = await read(messages)
  if (lost !== 0) throw new Error(`${lost} of ${messages} messages are missing`)
  await report({ perStream, messages, grown: (await heap()) - start })
}
