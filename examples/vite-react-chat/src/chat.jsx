import { streamEvents } from 'postsource'
import { useRef, useState } from 'react'

export function Chat() {
  const [messages, setMessages] = useState([])
  const [isBusy, setIsBusy] = useState(false)
  const asking = useRef()

  const add = message => setMessages(messages => [...messages, message])
  const changeLast = change =>
    setMessages(messages => [...messages.slice(0, -1), { ...messages.at(-1), ...change(messages.at(-1)) }])

  async function ask(event) {
    event.preventDefault()
    const form = event.currentTarget
    const prompt = new FormData(form).get('prompt')
    form.reset()
    add({ author: 'you', text: prompt })
    add({ author: 'model', text: '' })
    setIsBusy(true)
    asking.current = new AbortController()
    const { signal } = asking.current
    try {
      for await (const { data } of streamEvents('/chat', { json: { prompt }, until: '[DONE]', signal })) {
        const { text } = JSON.parse(data)
        changeLast(answer => ({ text: answer.text + text }))
      }
    } catch (error) {
      changeLast(() => ({ problem: signal.aborted ? 'stopped' : `incomplete: ${error.message}` }))
    } finally {
      setIsBusy(false)
    }
  }

  return (
    <>
      <ol>
        {messages.map(({ author, text, problem }, i) => (
          // messages are only added
          <li key={i}>
            <b>{author}</b> {text} {problem && <em role="alert">{problem}</em>}
          </li>
        ))}
      </ol>
      <form onSubmit={ask}>
        <input name="prompt" aria-label="prompt" required disabled={isBusy} />
        <button type="submit" disabled={isBusy}>
          Ask
        </button>
        <button type="button" disabled={!isBusy} onClick={() => asking.current.abort()}>
          Stop
        </button>
      </form>
    </>
  )
}
