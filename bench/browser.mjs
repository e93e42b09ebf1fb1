/** The script of the benchmark's page. It posts each row to the server that served it. */

import { measureEndToEnd } from './end-to-end.mjs'
import { measureGraphql, measureLateness } from './graphql.mjs'
import { measureAll } from './measure.mjs'

const post = (kind, row) => fetch('/report', { method: 'POST', body: JSON.stringify({ kind, row }) })

try {
  const { quick, filter, streams } = await (await fetch('/settings')).json()
  await measureAll({ quick, filter }, row => post('parse', row))
  await measureGraphql({ quick, filter }, row => post('graphql', row))
  if (!filter) await post('lateness', await measureLateness())
  if (!filter) await measureEndToEnd(streams, { rounds: quick ? 3 : 7 }, row => post('end-to-end', row))
  await post('done', navigator.userAgent)
} catch (error) {
  await post('failed', String(error.stack ?? error))
}
