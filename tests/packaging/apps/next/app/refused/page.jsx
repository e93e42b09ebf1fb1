import { useEventSource } from 'postsource/react'

export const dynamic = 'force-dynamic'

/** A hook in a server component: the error says what to do. */
export default function Page() {
  try {
    useEventSource('/events')
    return <p>nothing was thrown</p>
  } catch (error) {
    return <p>{error.message}</p>
  }
}
