/** The inspector's page: a timeline, a list of messages, and the bytes of the selected message. */

import { traceStream } from '/dist/devtools.js'
import { Details } from './details.js'
import { Entries, formatSize, reasonOf } from './entries.js'
import { MessageList } from './list.js'
import { download, open } from './recording.js'
import { RequestForm } from './request.js'
import { Timeline } from './timeline.js'

const find = selector => document.querySelector(selector)
const button = name => find(`button[name="${name}"]`)
const form = find('form')
const state = find('.state')
const alert = find('.alert')
const file = find('input[type="file"]')
const filters = {
  text: find('[name="text"]'),
  kind: find('[name="kind"]'),
  severity: find('[name="severity"]'),
}

const request = new RequestForm(form)
const details = new Details(find('.details'), (entry, finding) => select(entry, finding))
const list = new MessageList(find('.list'), show)
const timeline = new Timeline(find('.timeline'), {
  onSelect: entry => select(entry),
  onStep: count => list.step(count),
})

let entries
let url = ''
/** Stops the streams that are followed. */
let stop = () => {}
let isPaused = false
let isDirty = false

reset()

/** Clears the page, and ignores later reports of earlier traces. */
function reset() {
  stop()
  const fresh = new Entries(() => {
    if (fresh === entries) invalidate()
  })
  entries = fresh
  pause(false)
  alert.textContent = ''
  list.show(entries)
  timeline.show(entries)
  details.show()
  listKinds()
  invalidate()
}

function select(entry, finding) {
  list.select(entry, finding)
}

function show(entry, finding) {
  timeline.select(entry)
  details.show(entry, finding)
}

/** Shows new entries once a frame. */
function invalidate() {
  if (isDirty) return
  isDirty = true
  requestAnimationFrame(() => {
    isDirty = false
    refresh()
  })
}

function refresh() {
  const { messages, bytes, ...found } = entries.counts
  const plural = (count, noun) => `${count} ${noun}${count === 1 ? '' : 's'}`
  find('.counts').textContent = [
    plural(entries.connections.length, 'connection'),
    plural(messages, 'message'),
    formatSize(bytes),
    ...['error', 'warning', 'note'].filter(name => found[name] > 0).map(name => plural(found[name], name)),
  ].join(' · ')
  button('export').disabled = entries.connections.length === 0
  if (isPaused) {
    button('pause').textContent = `Resume (${entries.list.length + entries.dropped - isPaused.from} new)`
    return
  }
  if (filters.kind.options.length !== entries.kinds.size + 1) listKinds()
  list.update()
  timeline.draw()
}

function listKinds() {
  const chosen = filters.kind.value
  filters.kind.replaceChildren(
    new Option('every kind', ''),
    ...[...entries.kinds].map(kind => new Option(kind)),
  )
  filters.kind.value = entries.kinds.has(chosen) ? chosen : ''
}

function pause(paused) {
  isPaused = paused && { from: entries.list.length + entries.dropped }
  button('pause').ariaPressed = String(Boolean(paused))
  button('pause').textContent = paused ? 'Resume' : 'Pause'
  timeline.live(!paused && !button('stop').disabled)
}

function showState(name, text) {
  state.dataset.state = name
  state.textContent = text
  button('stop').disabled = !['connecting', 'open', 'waiting'].includes(name)
  timeline.live(!isPaused && !button('stop').disabled)
}

/** Follows one stream after the other, until all are over or the visitor stops. */
async function start() {
  let steps
  try {
    steps = request.read()
  } catch (error) {
    alert.textContent = error.message
    return
  }
  reset()
  showState('connecting', 'connecting')
  const own = entries
  url = steps[0].url
  let isStopped = false
  let error
  for (const { url, options, mostMs } of steps) {
    if (isStopped || own !== entries) break
    const trace = traceStream(url, { ...options, ...(mostMs && { signal: AbortSignal.timeout(mostMs) }) })
    stop = () => {
      isStopped = true
      trace.stop()
    }
    own.trace(trace)
    trace.addEventListener('connect', () => showState('connecting', 'connecting'))
    trace.addEventListener('response', () => showState('open', 'open'))
    trace.addEventListener('disconnect', () => showState('waiting', 'reconnecting'))
    await trace.ended
    error = trace.error
  }
  if (own !== entries) return
  invalidate()
  if (isStopped) return showState('idle', 'stopped')
  // every stream of a tour fails
  if (error === undefined || steps.length > 1) return showState('idle', 'complete')
  showState('failed', `failed: ${error.code ?? 'see below'}`)
  alert.textContent = reasonOf(error)
}

async function openFile(blob) {
  reset()
  showState('idle', `opening ${blob.name}`)
  try {
    url = await open(await blob.text(), entries)
    showState('idle', `a recording of ${url}`)
  } catch (error) {
    showState('failed', 'not opened')
    alert.textContent = `${blob.name}: ${error.message}`
  }
}

form.addEventListener('submit', event => {
  event.preventDefault()
  start()
})
button('stop').addEventListener('click', () => stop())
button('pause').addEventListener('click', () => {
  pause(!isPaused)
  invalidate()
})
button('zoom-in').addEventListener('click', () => timeline.zoom(0.5))
button('zoom-out').addEventListener('click', () => timeline.zoom(2))
button('whole').addEventListener('click', () => timeline.whole())
button('export').addEventListener('click', () => download({ url, connections: entries.connections }))
button('open').addEventListener('click', () => file.click())
file.addEventListener('change', () => {
  if (file.files.length > 0) openFile(file.files[0])
  // reset, so that choosing the same file again is a change
  file.value = ''
})

for (const control of Object.values(filters)) {
  control.addEventListener('input', () => {
    const { text, kind, severity } = filters
    list.filter({ text: text.value.trim().toLowerCase(), kind: kind.value, rank: Number(severity.value) })
  })
}
document.addEventListener('keydown', event => {
  if (event.key !== '/' || event.target.closest('input, textarea, select')) return
  event.preventDefault()
  filters.text.focus()
})

const drop = find('.drop')
const isFile = event => event.dataTransfer?.types.includes('Files')
document.addEventListener('dragover', event => {
  if (!isFile(event)) return
  event.preventDefault()
  drop.hidden = false
})
document.addEventListener('dragleave', event => {
  // the drag left the page itself, and did not enter a child
  if (event.relatedTarget === null) drop.hidden = true
})
document.addEventListener('drop', event => {
  if (!isFile(event)) return
  event.preventDefault()
  drop.hidden = true
  openFile(event.dataTransfer.files[0])
})

await request.load()
