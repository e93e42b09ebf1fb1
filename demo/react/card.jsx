/** A card with a title and the state of its stream. */

const words = {
  idle: 'not connected',
  connecting: 'connecting',
  open: 'open',
  reconnecting: 'reconnecting',
  closed: 'closed',
  failed: 'failed',
}
const tones = { reconnecting: 'waiting', closed: 'idle' }

export function Card({ title, stream, about, children }) {
  const { status, attempt, error, restart, stop } = stream
  return (
    <section className="card" aria-label={title}>
      <div className="head">
        <h2>{title}</h2>
        <output className="state" data-state={tones[status] ?? status}>
          {words[status]}
          {attempt > 1 && status !== 'open' ? `, attempt ${attempt}` : ''}
        </output>
      </div>
      <p>{about}</p>
      {children}
      {error && <p className="problem">{error.message ?? error[0]?.message}</p>}
      <div className="controls">
        <button type="button" onClick={restart}>
          Restart
        </button>
        <button type="button" onClick={stop} disabled={status === 'closed'}>
          Stop
        </button>
      </div>
    </section>
  )
}
