/** From fetch to the handler, over loopback, in a browser. The native EventSource is among the contenders. */

import { EventStreamContentType, fetchEventSource } from '@microsoft/fetch-event-source'
import { createParser } from 'eventsource-parser'
import { EventSource, readEventBatches, readEvents } from '../dist/index.js'
import { streamed } from './workloads.mjs'

/** Each reads the stream at `url` to its end and resolves with the number of events. */
const contenders = {
  async 'fetch, thrown away'(url) {
    const reader = (await fetch(url)).body.getReader()
    while (!(await reader.read()).done);
  },
  async 'fetch + eventsource-parser'(url) {
    let count = 0
    const parser = createParser({ onEvent: () => count++ })
    const decoder = new TextDecoder()
    const reader = (await fetch(url)).body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return count
      parser.feed(decoder.decode(value, { stream: true }))
    }
  },
  async 'fetch-event-source'(url) {
    let count = 0
    await fetchEventSource(url, {
      openWhenHidden: true,
      onopen: async response => {
        if (response.headers.get('content-type') !== EventStreamContentType)
          throw new Error('no event stream')
      },
      onmessage: ({ data }) => {
        if (data !== '') count++
      },
    })
    return count
  },
  async 'postsource readEventBatches'(url) {
    let count = 0
    await readEventBatches(await fetch(url), batch => {
      count += batch.length
    })
    return count
  },
  async 'postsource readEvents'(url) {
    let count = 0
    for await (const _ of readEvents(await fetch(url))) count++
    return count
  },
}

/** The ways in which pages listen to events of a type. Each calls `take` once for an event. */
const waysToListen = {
  message: {
    onmessage: (source, take) => {
      source.onmessage = take
    },
    'three listeners': (source, take) => {
      for (const listener of [take, () => {}, () => {}]) source.addEventListener('message', listener)
    },
  },
  next: { 'a named event': (source, take) => source.addEventListener('next', take) },
}

/** The browser's EventSource and ours, for each way to listen to a stream whose events are of this type. */
function eventSources(type) {
  const sources = {}
  for (const [way, listen] of Object.entries(waysToListen[type])) {
    for (const [name, Source] of [
      ['native EventSource', globalThis.EventSource],
      ['postsource EventSource', EventSource],
    ]) {
      sources[`${name}, ${way}`] = url => countEvents(new Source(url), listen)
    }
  }
  return sources
}

function countEvents(source, listen) {
  return new Promise(resolve => {
    let count = 0
    listen(source, ({ data }) => {
      if (data !== '') count++
    })
    source.onerror = () => {
      source.close()
      resolve(count)
    }
  })
}

/** Rows of MB/s for the streams of `bytes` on each of the servers, by protocol. */
export async function measureEndToEnd(servers, { rounds, bytes }, report = () => {}) {
  const streams = Object.entries(servers).flatMap(([protocol, server]) =>
    streamed.map((name, n) => ({ name, protocol, url: `${server}/stream/${n}?bytes=${bytes}` })),
  )
  for (const { name, protocol, url } of streams) {
    const measured = { ...contenders, ...eventSources(name.includes('next') ? 'next' : 'message') }
    const times = Object.fromEntries(Object.keys(measured).map(contender => [contender, []]))
    const counts = new Set()
    const names = Object.keys(measured)
    for (let round = 0; round < rounds + 1; round++) {
      for (let i = 0; i < names.length; i++) {
        const contender = names[(i + round) % names.length]
        const run = measured[contender]
        const begin = performance.now()
        const count = await run(`${url}&round=${round}-${encodeURIComponent(contender)}`)
        if (round > 0) times[contender].push(performance.now() - begin)
        if (count !== undefined) counts.add(count)
      }
    }
    if (counts.size !== 1) throw new Error(`${name}: the contenders counted ${[...counts].join(', ')} events`)
    const median = values => values.sort((a, b) => a - b)[values.length >> 1]
    const mbPerSecond = Object.fromEntries(
      Object.entries(times).map(([contender, values]) => [contender, bytes / 1000 / median(values)]),
    )
    await report({ workload: name, protocol, mbPerSecond })
  }
}
