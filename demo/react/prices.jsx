import { useSubscription } from 'postsource/react'
import { useEffect, useRef, useState } from 'react'
import { Card } from './card.jsx'

const nothing = { count: 0, prices: {} }

/** Folds a result into the prices by symbol, and counts it. */
const fold = (state, { data }) => ({
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

/** Measures the last second: its longest frame in milliseconds, and by how much `count` grew. */
function useLastSecond(count) {
  const [figures, setFigures] = useState({ longest: 0, results: 0 })
  const latest = useRef(count)
  latest.current = count
  useEffect(() => {
    let last = performance.now()
    let begin = { time: last, count: latest.current }
    let longest = 0
    let frame = requestAnimationFrame(function tick(time) {
      longest = Math.max(longest, time - last)
      last = time
      if (time - begin.time > 1000) {
        // a new stream counts from 0
        const results = Math.max(0, latest.current - begin.count) / ((time - begin.time) / 1000)
        setFigures({ longest, results })
        begin = { time, count: latest.current }
        longest = 0
      }
      frame = requestAnimationFrame(tick)
    })
    return () => cancelAnimationFrame(frame)
  }, [])
  return figures
}

const number = value => Math.round(value).toLocaleString('en')

export function Prices() {
  const [magnitude, setMagnitude] = useState(1)
  const perSecond = 10 ** magnitude
  const stream = useSubscription(
    {
      query: 'subscription ($perSecond: Int!) { prices(perSecond: $perSecond) { symbol value } }',
      variables: { perSecond },
    },
    { initialData: nothing, reduce: fold },
  )
  const { count, prices } = stream.data
  const { longest, results } = useLastSecond(count)
  return (
    <Card title="Prices" stream={stream} about="Every result is folded, the board is drawn once a frame.">
      <label className="rate">
        {number(perSecond)} results a second
        <input
          type="range"
          min="0"
          max="4"
          value={magnitude}
          aria-valuetext={`${number(perSecond)} results a second`}
          onChange={event => setMagnitude(event.target.valueAsNumber)}
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
      <dl className="figures">
        <div>
          <dt>results folded</dt>
          <dd>{number(count)}</dd>
        </div>
        <div>
          <dt>in the last second</dt>
          <dd>{number(results)}</dd>
        </div>
        <div>
          <dt>its longest frame</dt>
          <dd>{number(longest)} ms</dd>
        </div>
      </dl>
    </Card>
  )
}
