/** The GraphQL page: an operation and its results. */

import { createClient } from '/dist/graphql.js'

const mostResults = 200

const presets = {
  'a clock': { query: 'subscription {\n  clock(everyMs: 1000) {\n    n\n    time\n  }\n}' },
  'a chat': {
    query: 'subscription ($room: String!) {\n  chat(room: $room) {\n    author\n    text\n  }\n}',
    variables: '{ "room": "lobby" }',
  },
  'post to the chat': {
    query: 'mutation ($text: String!) {\n  post(author: "you", text: $text) {\n    id\n    time\n  }\n}',
    variables: '{ "text": "Hello!" }',
  },
  prices: { query: 'subscription {\n  prices(perSecond: 4) {\n    symbol\n    value\n  }\n}' },
  'a report with @defer': {
    query:
      'query {\n  report {\n    title\n    ... @defer { summary }\n    ... @defer { figures { name value } }\n  }\n}',
  },
  'a list with @stream': { query: 'query {\n  countdown(from: 8) @stream(initialCount: 1)\n}' },
  'a failure after two results': { query: 'subscription {\n  failing(after: 2)\n}' },
  'a mistake': { query: 'subscription {\n  nothing\n}' },
}

const form = document.querySelector('form')
const state = document.querySelector('.state')
const exchange = document.querySelector('.exchange')
const results = document.querySelector('.results')
const { preset, query, variables, url, protocol, incremental, headers, stop, clear } = form.elements

let end = () => {}
let count = 0

preset.append(...Object.keys(presets).map(name => new Option(name)))
preset.addEventListener('change', () => {
  query.value = presets[preset.value].query
  variables.value = presets[preset.value].variables ?? ''
})
preset.dispatchEvent(new Event('change'))

function show(name, text) {
  state.dataset.state = name
  state.textContent = text
  stop.disabled = !['connecting', 'open', 'waiting'].includes(name)
}

function line(list, className, ...texts) {
  const item = document.createElement('li')
  item.className = className
  for (const text of texts) {
    const part = document.createElement('span')
    part.textContent = text
    item.append(part)
  }
  list.prepend(item)
  if (list.children.length > mostResults) list.lastChild.remove()
  return item
}

function addResult(label, text, className = '') {
  results.querySelector('.last')?.classList.remove('last')
  line(results, `last ${className}`, label, text)
}

/** Returns the operation of the form. If the form is wrong, shows the error and returns undefined. */
function operation() {
  try {
    return { query: query.value, variables: JSON.parse(variables.value || '{}') }
  } catch (error) {
    addResult('variables', error.message, 'failed')
    show('failed', 'the variables are no JSON')
  }
}

function headersOf(text) {
  return Object.fromEntries(
    text.split('\n').flatMap(row => {
      const colon = row.indexOf(':')
      return colon > 0 ? [[row.slice(0, colon).trim(), row.slice(colon + 1).trim()]] : []
    }),
  )
}

/** A `fetch` that lists the requests and responses. */
async function watchedFetch(address, init) {
  const asked = line(
    exchange,
    'asked',
    `${init.method} ${address}`,
    `Accept: ${new Headers(init.headers).get('accept')}`,
  )
  const response = await fetch(address, init)
  const answer = document.createElement('span')
  answer.className = response.ok ? 'good' : 'bad'
  answer.textContent = `${response.status} ${response.headers.get('content-type') ?? ''}`
  asked.append(answer)
  return response
}

function start() {
  end()
  count = 0
  exchange.replaceChildren()
  const asked = operation()
  if (!asked) return
  const client = createClient({
    url: url.value,
    protocol: protocol.value,
    incremental: incremental.value,
    headers: headersOf(headers.value),
    fetch: watchedFetch,
    on: {
      connecting: again => show('connecting', again ? 'reconnecting' : 'connecting'),
      connected: () => show('open', 'open'),
      ended: (error, delay) => {
        addResult(error.code, error.message, 'failed')
        if (delay !== null) show('waiting', `reconnecting in ${(delay / 1000).toFixed(1)} s`)
      },
    },
  })
  const unsubscribe = client.subscribe(asked, {
    next: result =>
      addResult(String(++count), JSON.stringify(result, null, 2), result.errors ? 'failed' : ''),
    error: error => show('failed', `failed: ${error.code ?? error.message}`),
    complete: () => show('idle', `complete, ${count} ${count === 1 ? 'result' : 'results'}`),
  })
  end = () => {
    unsubscribe()
    show('idle', `stopped after ${count}`)
    end = () => {}
  }
}

form.addEventListener('submit', event => {
  event.preventDefault()
  start()
})
// Enter is a line break here, so Control and Enter starts
form.addEventListener('keydown', event => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) start()
})
stop.addEventListener('click', () => end())
clear.addEventListener('click', () => {
  results.replaceChildren()
  exchange.replaceChildren()
})
