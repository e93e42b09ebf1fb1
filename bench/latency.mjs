/** How late a handler sees an event after the server wrote it, and how long the page is blocked meanwhile. */

import { createParser } from 'eventsource-parser'
import { EventSource } from '../dist/index.js'
import { watchTasks } from './start-up/page.mjs'

const listening = Source => (url, take) =>
  new Promise(resolve => {
    const source = new Source(url)
    source.onmessage = ({ data }) => take(data)
    source.onerror = () => {
      source.close()
      resolve()
    }
  })

const contenders = {
  'native EventSource': listening(globalThis.EventSource),
  async 'fetch + eventsource-parser'(url, take) {
    const parser = createParser({ onEvent: ({ data }) => take(data) })
    const decoder = new TextDecoder()
    const reader = (await fetch(url)).body.getReader()
    for (let read = await reader.read(); !read.done; read = await reader.read())
      parser.feed(decoder.decode(read.value, { stream: true }))
  },
  'postsource EventSource': listening(EventSource),
}

const rates = { 'one every 10 ms': 100, '10,000 a second': 10_000 }
const now = () => performance.timeOrigin + performance.now()

const at = (values, share) => values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]

/**
 * Rows of milliseconds: median and 99th percentile of the latency, and the longest time without another task, the median
 * of the rounds.
 */
export async function measureLatency(server, { rounds, seconds }, report = () => {}) {
  for (const [rate, perSecond] of Object.entries(rates)) {
    const count = perSecond * seconds
    const samples = Object.fromEntries(Object.keys(contenders).map(name => [name, { late: [], longest: [] }]))
    for (let round = 0; round < rounds; round++) {
      for (const [name, read] of Object.entries(contenders)) {
        const { late, longest } = samples[name]
        const tasks = watchTasks()
        await read(`${server}/ticks?rate=${perSecond}&count=${count}`, data => {
          late.push(now() - Number(data.slice(0, data.indexOf(' '))))
        })
        longest.push(tasks.longest())
        const expected = count * (round + 1)
        if (late.length !== expected) throw new Error(`${name} got ${late.length} of ${expected} events`)
      }
    }
    const latencies = Object.fromEntries(
      Object.entries(samples).map(([name, { late, longest }]) => [
        name,
        { p50: at(late, 0.5), p99: at(late, 0.99), longest: at(longest, 0.5) },
      ]),
    )
    await report({ rate, latencies })
  }
}
