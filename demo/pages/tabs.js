/** One stream in several tabs: who leads, and whether a number was lost. */

import { EventSource } from '/dist/index.js'
import { shareAcrossTabs } from '/dist/tabs.js'

const find = selector => document.querySelector(selector)
const own = { name: crypto.randomUUID().slice(0, 4), role: 'alone', number: undefined }
/** The other tabs with this page, by their names. They tell each other what they show; the library does not need that. */
const others = new Map()
const channel = new BroadcastChannel('postsource demo of tabs')
let source

function connect() {
  const tabs = shareAcrossTabs({ session: () => 'visitor' })
  tabs.onrole = ({ role }) => {
    own.role = role
    show()
  }
  source = new EventSource('/clock', { tabs })
  source.onopen = () => {
    showState('open', 'open')
  }
  source.onmessage = ({ lastEventId }) => take(Number(lastEventId))
  source.onerror = ({ error, willReconnectIn }) => {
    if (willReconnectIn === null) showState('failed', `closed: ${error.code}`)
    else showState('connecting', 'reconnecting')
  }
}

/** Shows the state of the source, in the colours of `kind`. */
function showState(kind, text) {
  const state = find('.state')
  state.dataset.state = kind
  state.textContent = text
}

let first
let isComplete = true

function take(number) {
  first ??= number
  isComplete &&= own.number === undefined || number === own.number + 1
  own.number = number
  find('.figure').textContent = number
  find('.verdict').textContent = isComplete
    ? `Every number from ${first} to ${number}, once and in order.`
    : `A number was lost or repeated before ${number}.`
  show()
}

/** Shows this tab and the others, and tells them. */
function show() {
  channel.postMessage({ tab: own })
  draw()
}

function draw() {
  find('.role').textContent = own.role
  find('.role').dataset.role = own.role
  const rows = [own, ...others.values()].map(({ name, role, number }) => {
    const row = document.createElement('tr')
    row.dataset.role = role
    if (name === own.name) row.dataset.own = ''
    row.append(
      ...[name, role, number ?? '–'].map(text => {
        const cell = document.createElement('td')
        cell.textContent = text
        return cell
      }),
    )
    return row
  })
  find('tbody').replaceChildren(...rows)
}

channel.onmessage = ({ data: { tab, gone, kill } }) => {
  if (kill && own.role === 'leader') return die()
  if (tab && !others.has(tab.name)) channel.postMessage({ tab: own })
  if (tab) others.set(tab.name, tab)
  others.delete(gone)
  draw()
}

/** Leaves the page as a closed tab does. */
function die() {
  location.replace('/tabs.html?killed')
}

find('[data-act="kill"]').onclick = () => {
  if (own.role === 'leader') die()
  else channel.postMessage({ kill: true })
}

find('[data-act="close"]').onclick = () => {
  source.close()
  own.role = 'closed'
  showState('idle', 'closed')
  show()
}

addEventListener('pagehide', () => channel.postMessage({ gone: own.name }))

async function countStreams() {
  const { clock = 0 } = await (await fetch('/control/status')).json()
  find('.streams').textContent = `${clock} ${clock === 1 ? 'stream' : 'streams'} open at the server`
}

if (new URLSearchParams(location.search).has('killed')) {
  showState('failed', 'killed')
  find('.verdict').textContent = 'This tab was the leader. Another one leads now.'
  for (const button of document.querySelectorAll('.controls button')) button.disabled = true
} else {
  connect()
  show()
}
setInterval(countStreams, 1000)
