import { useEventSource, useSubscription } from 'postsource/react'
import { useState } from 'react'

export function Chat({ events }) {
  const [count, setCount] = useState(0)
  const { data: messages = [], status } = useSubscription(
    { query: 'subscription { messages(topic: "refresh") }' },
    { reduce: (list = [], { data }) => [...list, data.messages] },
  )
  const { data: ticks } = useEventSource(`${events}/ticks`)
  return (
    <>
      <h1>first edition</h1>
      <output id="messages">{JSON.stringify(messages)}</output>
      <output id="status">{status}</output>
      <output id="ticks">{ticks.map(({ data }) => data).join(' ')}</output>
      <button id="count" type="button" onClick={() => setCount(count + 1)}>
        {count}
      </button>
    </>
  )
}
