/** What the tests of useEventSource render, by name. */

import { useEventSource } from 'postsource/react'
import * as React from 'react'
import { Show, useCounts } from './show.jsx'

const { events } = Object.fromEntries(new URLSearchParams(globalThis.location?.search))

/** Counts frames and messages, so that a test can see both go on. */
function Fast() {
  const { data = { count: 0, sum: 0 }, status } = useEventSource(`${events}/fast`, {
    types: ['message', 'end'],
    retry: () => null,
    reduce: ({ count, sum } = { count: 0, sum: 0 }, { data, type }) =>
      type === 'end' ? { count, sum } : { count: count + 1, sum: sum + Number(data) },
  })
  useCounts()
  return (
    <>
      <Show id="count" value={data.count} />
      <Show id="sum" value={data.sum} />
      <Show id="status" value={status} />
    </>
  )
}

function Source({ path, types, ...options }) {
  // new objects with every render: only their values count
  const {
    lastEvent,
    events: all,
    status,
    error,
    attempt,
    stop,
    restart,
  } = useEventSource(new URL(path, events ?? 'http://localhost'), {
    retry: (_, { retryable }) => (retryable ? 100 : null),
    ...options,
    ...(types && { types: [...types] }),
  })
  useCounts()
  return (
    <>
      <Show id="last" value={lastEvent?.type ?? ''} />
      <Show id="events" value={all.map(({ type, data }) => `${type} ${data}`)} />
      <Show id="status" value={status} />
      <Show id="error" value={error ? `${error.code} ${error.status ?? ''}`.trim() : ''} />
      <Show id="attempt" value={attempt} />
      <button id="stop" type="button" onClick={stop}>
        stop
      </button>
      <button id="restart" type="button" onClick={restart}>
        restart
      </button>
    </>
  )
}

const Plain = ({ children }) => children

/** A test gives its options with `globalThis.change`. */
function Sources({ within: Within = Plain, ...initial }) {
  const [options, setOptions] = React.useState({ shown: true, mode: 'visible', path: '/echo', ...initial })
  const { shown, mode, ...asked } = options
  globalThis.change = more => setOptions(before => ({ ...before, ...more }))
  return <Within mode={mode}>{shown && <Source {...asked} />}</Within>
}

export const eventScenes = {
  Fast,
  Sources: () => <Sources />,
  SourceWithinActivity: () => <Sources within={React.Activity} />,
  SkippedSource: () => <Sources skip />,
  Table: () => <Sources path="/table" types={['update', 'delete']} limit={3} />,
}
