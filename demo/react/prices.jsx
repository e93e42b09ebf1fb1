import { useSubscription } from 'postsource/react'
import { useEffect, useState } from 'react'
import { Card } from './card.jsx'

/** The prices by symbol, and how many results there were. */
const fold = (state = { count: 0, prices: {} }, { data }) => ({
  count: state.count + 1,
  prices: Object.assign(
    { ...state.prices },
    Object.fromEntries(
      data.prices.map(({ symbol, value }) => [
        symbol,
        { value, change: value - (state.prices[symbol]?.value ?? value) },
      ]),
    ),
  ),
})

/** The longest frame of the last second, in milliseconds. */
function useFrameTime() {
  const [longest, setLongest] = useState(0)
  useEffect(() => {
    let last = performance.now()
    let since = last
    let most = 0
    let frame = requestAnimationFrame(function tick(now) {
      most = Math.max(most, now - last)
      last = now
      if (now - since > 1000) {
        setLongest(most)
        since = now
        most = 0
      }
      frame = requestAnimationFrame(tick)
    })
    return () => cancelAnimationFrame(frame)
  }, [])
  return longest
}

export function Prices() {
  const [perSecond, setPerSecond] = useState(5)
  const stream = useSubscription(
    {
      query: 'subscription ($perSecond: Int!) { prices(perSecond: $perSecond) { symbol value } }',
      variables: { perSecond },
    },
    { reduce: fold },
  )
  const frameTime = useFrameTime()
  const { count = 0, prices = {} } = stream.data ?? {}
  return (
    <Card title="Prices" stream={stream} about="Every result is folded, the board is drawn once a frame.">
      <label className="rate">
        {perSecond} results a second
        <input
          type="range"
          min="1"
          max="1000"
          value={perSecond}
          onChange={event => setPerSecond(event.target.valueAsNumber)}
        />
      </label>
      <dl className="board">
        {Object.entries(prices).map(([symbol, { value, change }]) => (
          <div key={symbol} className={change > 0 ? 'up' : change < 0 ? 'down' : ''}>
            <dt>{symbol}</dt>
            <dd>{value.toFixed(2)}</dd>
          </div>
        ))}
      </dl>
      <p>
        {count} results; longest frame of the last second{' '}
        <span className="frame">{frameTime.toFixed(0)} ms</span>
      </p>
    </Card>
  )
}
