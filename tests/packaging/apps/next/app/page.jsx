import { readEvents } from 'postsource'
import { hookUrl } from '../scenario.mjs'
import { Client } from './client.jsx'

export const dynamic = 'force-dynamic'

/** A server component that reads a stream itself, on the server. */
export default async function Page() {
  const { body } = await fetch(hookUrl)
  for await (const { data } of readEvents(body)) return <Client fromServer={data} />
}
