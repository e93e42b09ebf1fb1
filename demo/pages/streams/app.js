/** The demo's three streams. */

import { EventSource } from '/dist/index.js'
import { Connection } from './connection.js'

const card = kind => document.querySelector(`[data-kind="${kind}"]`)
const json = { 'content-type': 'application/json' }

// the clock

const figure = card('clock').querySelector('.figure')
const clock = new Connection(card('clock'), {
  open: () => new EventSource('/clock'),
  onEvent: (_type, _data, id) => {
    figure.value = id
  },
})

// the table: its rows change only by events of the stream

const table = '/realtime-demo/message'
const rows = new Map()
const body = card('table').querySelector('tbody')

function upsert(record) {
  const row = rows.get(record.id) ?? body.insertRow()
  rows.set(record.id, row)
  row.replaceChildren()
  row.dataset.id = record.id
  for (const text of [record.id, record.title, record.content]) {
    const cell = row.insertCell()
    cell.textContent = text
    cell.title = text
  }
  const change = () => {
    const title = prompt(`A new title for ${record.id}`, record.title)
    if (title !== null)
      return fetch(`${table}/${record.id}`, { method: 'PUT', headers: json, body: JSON.stringify({ title }) })
  }
  const remove = () => fetch(`${table}/${record.id}`, { method: 'DELETE' })
  row.insertCell().append(button('Edit', change), ' ', button('Delete', remove))
  row.classList.remove('changed')
  requestAnimationFrame(() => row.classList.add('changed'))
}

function button(text, onClick) {
  const element = document.createElement('button')
  Object.assign(element, { type: 'button', textContent: text, onclick: onClick })
  return element
}

new Connection(card('table'), {
  open: () => new EventSource(`${table}?stream=sse`),
  types: ['message', 'update', 'delete', 'publish', 'ping'],
  onOpen: () => {
    // the server sends all rows on every connection
    rows.clear()
    body.replaceChildren()
  },
  onEvent: (type, data) => {
    const record = JSON.parse(data)
    if (type === 'update') upsert(record)
    if (type === 'delete') {
      rows.get(record.id)?.remove()
      rows.delete(record.id)
    }
  },
}).connect()

card('table')
  .querySelector('form')
  .addEventListener('submit', async event => {
    event.preventDefault()
    const form = event.target
    await fetch(table, {
      method: 'POST',
      headers: json,
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    })
    form.reset()
  })

// the answer

const text = card('answer').querySelector('.answer')
const form = card('answer').querySelector('form')
const answer = new Connection(card('answer'), {
  open: () =>
    new EventSource(form.ids.checked ? '/answer?ids=1' : '/answer', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ prompt: form.prompt.value }),
      idempotent: form.ids.checked, // with ids the server resumes the answer; without, it would begin another one
    }),
  types: ['message', 'done'],
  onEvent: (type, data) => {
    if (type === 'done') return answer.close('done')
    text.value += JSON.parse(data).token
  },
})
form.addEventListener('submit', event => {
  event.preventDefault()
  text.value = ''
  answer.connect()
})

clock.connect()
