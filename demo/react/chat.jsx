import { useSubscription } from 'postsource/react'
import { useEffect, useRef, useState } from 'react'
import { Card } from './card.jsx'

const subscription = 'subscription ($room: String!) { chat(room: $room) { id author text time } }'
const mutation =
  'mutation ($room: String!, $author: String!, $text: String!) { post(room: $room, author: $author, text: $text) { id } }'

/** Adds a message unless it is there: a new connection sends the earlier messages again. */
const addMessage = (messages, { data }) =>
  !data || messages.some(({ id }) => id === data.chat.id) ? messages : [...messages, data.chat]

export function Chat({ client }) {
  const [room, setRoom] = useState('lobby')
  const [author] = useState(() => `guest ${Math.ceil(Math.random() * 99)}`)
  const stream = useSubscription(
    { query: subscription, variables: { room } },
    { initialData: [], reduce: addMessage },
  )
  const messages = stream.data
  const end = useRef(null)
  useEffect(() => {
    if (messages.length > 0) end.current?.scrollIntoView({ block: 'nearest' })
  }, [messages.length])

  async function post(event) {
    event.preventDefault()
    const form = event.currentTarget
    const text = form.elements.text.value
    form.reset()
    for await (const _ of client.iterate({ query: mutation, variables: { room, author, text } }));
  }

  return (
    <Card
      title="Chat"
      stream={stream}
      about="A GraphQL subscription; what is posted is a mutation of the same client."
    >
      <label className="room">
        Room
        <select value={room} onChange={event => setRoom(event.target.value)}>
          <option>lobby</option>
          <option>kitchen</option>
        </select>
      </label>
      <ol className="messages">
        {messages.map(({ id, author: from, text, time }) => (
          <li key={id} className={from === author ? 'own' : ''}>
            <span>{from}</span> {text} <time dateTime={time}>{time.slice(11, 16)}</time>
          </li>
        ))}
        <li ref={end} aria-hidden="true" />
      </ol>
      {messages.length === 0 && <p>Nobody has said anything yet.</p>}
      <form onSubmit={post} autoComplete="off">
        <input
          name="text"
          placeholder={`Say something as ${author}`}
          aria-label="message"
          maxLength={500}
          required
        />
        <button type="submit">Send</button>
      </form>
    </Card>
  )
}
