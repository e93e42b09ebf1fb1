/** The form for a request. Its presets are the demo's own streams and those that the server lists. */

const tick = 'subscription {\n  tick\n}'

const own = [
  { name: 'A clock, numbered', url: '/clock' },
  { name: 'An answer, token by token', url: '/answer', body: '{ "prompt": "Why not a WebSocket?" }' },
  { name: 'A table of records', url: '/realtime-demo/message?stream=sse' },
  {
    name: 'GraphQL: prices, by graphql-yoga',
    url: '/graphql',
    query: 'subscription {\n  prices(perSecond: 4) {\n    symbol\n    value\n  }\n}',
  },
  {
    name: 'GraphQL: a report with @defer',
    url: '/graphql',
    query:
      'query {\n  report {\n    title\n    ... @defer { summary }\n    ... @defer { figures { name value } }\n  }\n}',
    protocol: 'multipart',
  },
  {
    name: 'GraphQL: a clock, by multipart only',
    url: '/graphql/multipart',
    query: 'subscription {\n  clock(everyMs: 700) {\n    n\n    time\n  }\n}',
  },
]

/** How long one stream of a tour may take, in milliseconds. */
const tourStepMs = 4000
/** Mistakes that a tour skips, because they take half a minute or very many bytes. */
const notOnTour = ['keep-alive', 'message-size']

export class RequestForm {
  #form
  #presets = new Map()

  constructor(form) {
    this.#form = form
    form.elements.preset.addEventListener('change', () => this.#fill())
    // Enter is a line break here, so Control and Enter starts
    form.addEventListener('keydown', event => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit()
    })
  }

  /** Fetches the server's streams, and selects the first preset. */
  async load() {
    const json = address => fetch(address).then(response => response.json())
    const [servers, { streams, rules }] = await Promise.all([json('/servers'), json('/broken')])
    const asMistake = ({ name, url, graphql, id }) => ({ name, url, id, ...(graphql && { query: tick }) })
    const mistakes = rules.map(asMistake)
    const tour = mistakes.filter(({ id }) => !notOnTour.includes(id))
    this.#add('This demo', own)
    for (const { group, servers: members } of servers) this.#add(group, members)
    this.#add('A broken server: many mistakes', [
      ...streams.map(asMistake),
      { name: `Every mistake, one after the other (${tour.length})`, url: '/broken/', tour },
    ])
    const named = mistakes.map(mistake => ({ ...mistake, name: `${mistake.id}: ${mistake.name}` }))
    this.#add('A broken server: one mistake', named)
    this.#fill()
  }

  /**
   * Returns the streams to follow: a list of `{ url, options, mostMs }`, with one entry except for a tour. `mostMs` is
   * the maximum time in milliseconds; undefined means no limit. Throws an Error that says what is wrong with the form.
   */
  read() {
    const preset = this.#presets.get(this.#form.elements.preset.value)
    const { url, method, query, variables, headers, body, protocol, reconnect } = this.#form.elements
    const base = {
      method: method.value || undefined,
      headers: headersOf(headers.value),
      protocol: protocol.value,
    }
    if (preset?.tour && url.value === preset.url) {
      return preset.tour.map(({ url, query }) => ({
        url,
        options: { ...base, query, reconnect: false },
        mostMs: tourStepMs,
      }))
    }
    const asked = query.value.trim()
      ? { query: query.value, variables: variablesOf(variables.value) }
      : { body: body.value || undefined }
    const options = { ...base, ...asked, reconnect: reconnect.checked }
    return [{ url: new URL(url.value, location.href).href, options }]
  }

  #add(label, presets) {
    const group = document.createElement('optgroup')
    group.label = label
    for (const preset of presets) {
      const key = `${label}: ${preset.name}`
      this.#presets.set(key, preset)
      group.append(new Option(preset.name, key))
    }
    this.#form.elements.preset.append(group)
  }

  #fill() {
    const { preset, url, method, query, variables, headers, body, protocol } = this.#form.elements
    const chosen = this.#presets.get(preset.value)
    url.value = chosen.url
    method.value = chosen.method ?? ''
    query.value = chosen.query ?? ''
    body.value = chosen.body ?? ''
    protocol.value = chosen.protocol ?? 'auto'
    variables.value = ''
    headers.value = ''
  }
}

function variablesOf(text) {
  try {
    return JSON.parse(text || '{}')
  } catch (error) {
    throw new Error(`the variables are not valid JSON: ${error.message}`)
  }
}

function headersOf(text) {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  return lines.map(line => {
    const colon = line.indexOf(':')
    if (colon < 1) throw new Error(`“${line}” has no colon; write a header as name: value`)
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
  })
}
