/** What the tests of useEventSource render, by name. */

import { useEventSource } from 'postsource/react'
import * as React from 'react'
import { Show, useCounts } from './show.jsx'

const { events } = Object.fromEntries(new URLSearchParams(globalThis.location?.search))

/** Counts frames and messages, so that a test can see both go on. */
function Fast() {
  const { data, status } = useEventSource(`${events}/fast`, {
    events: ['message', 'end'],
    retry: () => null,
    initialData: { count: 0, sum: 0 },
    reduce: ({ count, sum }, { data, type }) =>
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

function Source({ path, events: names, ...options }) {
  // new objects with every render: only their values count
  const {
    lastEvent,
    data: all,
    status,
    error,
    attempt,
    retryAt,
    stop,
    reconnect,
    reset,
  } = useEventSource(new URL(path, events ?? 'http://localhost'), {
    retry: (_, { retryable }) => (retryable ? 100 : null),
    ...options,
    ...(names && { events: [...names] }),
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
      <Show id="waits" value={retryAt === undefined ? '' : retryAt - Date.now()} />
      <button id="reconnect" type="button" onClick={reconnect}>
        reconnect
      </button>
      <button id="reset" type="button" onClick={reset}>
        reset
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
  DisabledSource: () => <Sources enabled={false} />,
  Table: () => <Sources path="/table" events={['update', 'delete']} limit={3} />,
}
