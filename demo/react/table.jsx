import { useEventSource } from 'postsource/react'
import { Card } from './card.jsx'

const address = '/realtime-demo/message'
const headers = { 'content-type': 'application/json' }

/** Folds an event into the rows by key. A new connection begins with `connected`, and brings all rows. */
function fold(rows, { type, data }) {
  const record = JSON.parse(data)
  if (record.type === 'connected') return {}
  if (type === 'update') return { ...rows, [record.id]: record }
  const { [record.id]: _gone, ...rest } = rows
  return rest
}

export function Table() {
  const stream = useEventSource(`${address}?stream=sse`, {
    events: ['message', 'update', 'delete'],
    initialData: {},
    reduce: fold,
    resumeById: false,
    disconnectWhenHidden: true,
  })

  async function add(event) {
    event.preventDefault()
    const form = event.currentTarget
    const body = JSON.stringify(Object.fromEntries(new FormData(form)))
    form.reset()
    await fetch(address, { method: 'POST', headers, body })
  }

  return (
    <Card
      title="Table"
      stream={stream}
      about="Named events of a table stream, folded to rows outside of rendering."
    >
      <table>
        <thead>
          <tr>
            <th scope="col">id</th>
            <th scope="col">title</th>
            <th scope="col">
              <span className="hidden">actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {Object.values(stream.data).map(({ id, title }) => (
            <tr key={id} className="changed">
              <td>{id}</td>
              <td title={title}>{title}</td>
              <td>
                <button type="button" onClick={() => fetch(`${address}/${id}`, { method: 'DELETE' })}>
                  Delete
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <form onSubmit={add} autoComplete="off">
        <input name="title" placeholder="Title" aria-label="title of the new row" maxLength={80} required />
        <button type="submit">Add</button>
      </form>
    </Card>
  )
}
