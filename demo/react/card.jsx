/** A card with a title and the state of its stream. */

import { useEffect, useState } from 'react'

const words = {
  idle: 'not connected',
  connecting: 'connecting',
  open: 'open',
  reconnecting: 'reconnecting',
  closed: 'closed',
  failed: 'failed',
}
const tones = { reconnecting: 'waiting', closed: 'idle' }

/** Counts the seconds down to a time. */
function Countdown({ until }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 200)
    return () => clearInterval(timer)
  }, [])
  return <> in {Math.max(0, Math.ceil((until - now) / 1000))} s</>
}

export function Card({ title, stream, about, children }) {
  const { status, attempt, error, graphQLErrors, retryAt, reconnect, reset, stop } = stream
  return (
    <section className="card" aria-label={title}>
      <div className="head">
        <h2>{title}</h2>
        <output className="state" data-state={tones[status] ?? status}>
          {words[status]}
          {retryAt ? (
            <Countdown until={retryAt} />
          ) : (
            attempt > 1 && status !== 'open' && `, attempt ${attempt}`
          )}
        </output>
      </div>
      <p>{about}</p>
      {children}
      {(error ?? graphQLErrors) && <p className="problem">{error?.message ?? graphQLErrors[0].message}</p>}
      <div className="controls">
        <button type="button" onClick={reconnect}>
          Reconnect
        </button>
        <button type="button" onClick={reset}>
          Reset
        </button>
        <button type="button" onClick={stop} disabled={status === 'closed'}>
          Stop
        </button>
      </div>
    </section>
  )
}
