/** A card of the page: a source, its state and events, and the buttons that break it. */

import { Strip } from './strip.js'

const mostEvents = 200

export class Connection {
  /** The source; undefined while there is none. */
  source
  #card
  #kind
  #open
  #strip
  #countdown

  /**
   * `open()` makes the source. `types` are the names of the events to list; `onEvent(type, data, id)` is called with
   * each of them.
   */
  constructor(card, { open, types = ['message'], onEvent = () => {}, onOpen = () => {} }) {
    this.#card = card
    this.#kind = card.dataset.kind
    this.#open = () => {
      const source = open()
      source.addEventListener('open', () => {
        this.#log('open', '', '')
        this.#show('open', 'open')
        onOpen()
      })
      for (const type of types) {
        source.addEventListener(type, ({ data, lastEventId }) => {
          this.#strip.mark('event')
          this.#log(type, lastEventId, data)
          onEvent(type, data, lastEventId)
        })
      }
      source.addEventListener('error', event => this.#failed(event))
      return source
    }
    this.#strip = new Strip(card.querySelector('.strip'), `the last 30 seconds of the ${this.#kind}`)
    this.#addButtons()
    this.#show('idle', 'not connected')
  }

  connect() {
    this.source?.close()
    this.#show('connecting', 'connecting')
    this.source = this.#open()
  }

  close(text = 'closed') {
    this.source?.close()
    this.#show('idle', text)
  }

  #failed({ error, willReconnectIn }) {
    this.#strip.mark('error')
    this.#log('error', '', `${error.code}: ${error.message}`)
    if (willReconnectIn === null) return this.#show('failed', `closed: ${error.code}`)
    const until = performance.now() + willReconnectIn
    this.#show('waiting', '')
    const count = () => {
      const seconds = (until - performance.now()) / 1000
      if (seconds <= 0) return this.#show('connecting', 'reconnecting')
      this.#text(`reconnecting in ${seconds.toFixed(1)} s`)
    }
    count()
    this.#countdown = setInterval(count, 100)
  }

  #show(state, text) {
    clearInterval(this.#countdown)
    this.#card.querySelector('.state').dataset.state = state
    this.#strip.state(state)
    this.#text(text)
  }

  #text(text) {
    this.#card.querySelector('.state').textContent = text
  }

  #log(type, id, text) {
    const list = this.#card.querySelector('.events')
    const row = document.createElement('li')
    row.className = type
    const now = new Date()
    const cells = [
      ['time', `${now.toTimeString().slice(0, 8)}.${String(now.getMilliseconds()).padStart(3, '0')}`],
      ['span', type, 'type'],
      ['span', id && `id ${id}`, 'id'],
      ['span', text],
    ]
    for (const [name, content, className = ''] of cells) {
      const cell = document.createElement(name)
      cell.textContent = content
      cell.className = className
      cell.title = content
      row.append(cell)
    }
    list.prepend(row)
    if (list.children.length > mostEvents) list.lastChild.remove()
  }

  #addButtons() {
    const control = action => fetch(`/control/${action}`, { method: 'POST' })
    const refuse = async as => {
      await control(`refuse?kind=${this.#kind}&as=${as}`)
      await control(`drop?kind=${this.#kind}`)
    }
    const buttons = [
      ...(this.#kind === 'answer' ? [] : [['Connect', () => this.connect(), 'main']]),
      ['Close', () => this.close()],
      ['Drop', () => control(`drop?kind=${this.#kind}`), 'server'],
      ['503', () => refuse('503'), 'server'],
      ['204', () => refuse('204'), 'server'],
      ['HTML', () => refuse('wrong-type'), 'server'],
    ]
    for (const [text, onClick, className = ''] of buttons) {
      const button = document.createElement('button')
      Object.assign(button, { type: 'button', textContent: text, className })
      button.addEventListener('click', onClick)
      if (className === 'server')
        button.title = `The server drops the connection${text === 'Drop' ? '' : ` and answers the next with ${text}`}`
      this.#card.querySelector('.controls').append(button)
    }
  }
}
