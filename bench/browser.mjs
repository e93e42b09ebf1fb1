/** The script of the benchmark's page. It posts each row to the server that served it. */

import { measureEndToEnd } from './end-to-end.mjs'
import { measureGraphql, measureLateness } from './graphql.mjs'
import { measureLatency } from './latency.mjs'
import { measureAll } from './measure.mjs'
import { measureMemory } from './memory.mjs'

const post = (kind, row) => fetch('/report', { method: 'POST', body: JSON.stringify({ kind, row }) })

try {
  const { quick, filter, parts, engine, servers } = await (await fetch('/settings')).json()
  // only Chromium is told to accept the certificate, and only its HTTP/1.1 is compared between engines
  const reachable = engine === 'chromium' ? servers : { 'HTTP/1.1': servers['HTTP/1.1'] }
  const measures = {
    parse: report => measureAll({ quick, filter }, report),
    graphql: report => measureGraphql({ quick, filter }, report),
    lateness: async report => report(await measureLateness()),
    'end-to-end': report =>
      measureEndToEnd(reachable, { rounds: quick ? 3 : 7, bytes: quick ? 8 << 20 : 32 << 20 }, report),
    latency: report => measureLatency(servers['HTTP/1.1'], { rounds: quick ? 3 : 5, seconds: 2 }, report),
    memory: report => measureMemory({ messages: quick ? 36_000 : 360_000 }, servers['HTTP/1.1'], report),
  }
  for (const [kind, measure] of Object.entries(measures))
    if (parts.includes(kind)) await measure(row => post(kind, row))
  await post('done', navigator.userAgent)
} catch (error) {
  await post('failed', String(error.stack ?? error))
}
