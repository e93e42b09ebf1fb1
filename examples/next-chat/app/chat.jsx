'use client'

import { streamEvents } from 'postsource'
import { useRef, useState } from 'react'

export function Chat() {
  const [answer, setAnswer] = useState('')
  const [problem, setProblem] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const asking = useRef()

  async function ask(event) {
    event.preventDefault()
    const prompt = new FormData(event.currentTarget).get('prompt')
    setAnswer('')
    setProblem('')
    setIsBusy(true)
    asking.current = new AbortController()
    const { signal } = asking.current
    try {
      for await (const { data } of streamEvents('/chat', { json: { prompt }, until: '[DONE]', signal })) {
        // the shape of OpenAI's chat completions
        const [choice] = JSON.parse(data).choices
        if (choice?.delta.content) setAnswer(answer => answer + choice.delta.content)
      }
    } catch (error) {
      setProblem(signal.aborted ? 'stopped' : `incomplete: ${error.message}`)
    } finally {
      setIsBusy(false)
    }
  }

  return (
    <form onSubmit={ask}>
      <input name="prompt" aria-label="prompt" required />
      <button type="submit" disabled={isBusy}>
        Ask
      </button>
      <button type="button" disabled={!isBusy} onClick={() => asking.current.abort()}>
        Stop
      </button>
      <p>
        <output>{answer}</output> {problem && <em role="alert">{problem}</em>}
      </p>
    </form>
  )
}
