/** The list of messages, each with its findings below it. Only the visible rows are in the document. */

import { formatSize, formatTime, labelOf, passes, severities, summaryOf } from './entries.js'

const rowHeight = 28
const margin = 6

export class MessageList {
  #element
  #sheet = document.createElement('div')
  #onSelect
  #filter = { text: '', kind: '', rank: 0 }
  #entries
  /** The number of entries that have become rows, dropped ones included. */
  #taken = 0
  #rows = []
  #selected = -1

  /** Calls `onSelect(entry, finding)` when the visitor selects a row; `finding` may be undefined. */
  constructor(element, onSelect) {
    this.#element = element
    this.#onSelect = onSelect
    this.#sheet.role = 'presentation'
    element.append(this.#sheet)
    element.addEventListener('scroll', () => this.#draw())
    element.addEventListener('keydown', event => this.#press(event))
    element.addEventListener('click', event => this.#click(event))
    new ResizeObserver(() => this.#draw()).observe(element)
  }

  /** Shows other entries. */
  show(entries) {
    this.#entries = entries
    this.#rebuild()
  }

  filter(filter) {
    const selected = this.#rows[this.#selected]
    this.#filter = filter
    this.#rebuild()
    if (selected) this.select(selected.entry, selected.finding, { silent: true })
  }

  /** Adds rows for new entries. A list that is scrolled to its end stays there. */
  update() {
    const isAtEnd =
      this.#element.scrollTop + this.#element.clientHeight >= this.#sheet.clientHeight - rowHeight
    if (this.#taken < this.#entries.dropped) return this.#rebuild()
    this.#take()
    if (isAtEnd) this.#element.scrollTop = this.#sheet.clientHeight
    this.#draw()
  }

  /** Selects an entry's row, if it has one, and scrolls to it. */
  select(entry, finding, { silent = false } = {}) {
    const index = this.#rows.findIndex(row => row.entry === entry && row.finding === finding)
    if (index >= 0) return this.#go(index, silent)
    this.#selected = -1
    this.#draw()
    if (!silent) this.#onSelect(entry, finding)
  }

  /** Moves the selection by messages, backwards if negative. */
  step(count) {
    const direction = Math.sign(count)
    let index = this.#selected
    do index += direction
    while (this.#rows[index]?.finding)
    if (this.#rows[index]) this.#go(index)
  }

  get length() {
    return this.#rows.length
  }

  #rebuild() {
    this.#rows = []
    this.#taken = this.#entries.dropped
    this.#selected = -1
    this.#take()
    this.#draw()
  }

  #take() {
    const { list, dropped } = this.#entries
    for (let i = this.#taken - dropped; i < list.length; i++) {
      const entry = list[i]
      if (!passes(entry, this.#filter)) continue
      this.#rows.push({ entry })
      for (const finding of entry.message?.findings ?? []) this.#rows.push({ entry, finding })
    }
    this.#taken = list.length + dropped
    this.#sheet.style.height = `${this.#rows.length * rowHeight}px`
  }

  #go(index, silent = false) {
    this.#selected = index
    const top = index * rowHeight
    const { scrollTop, clientHeight } = this.#element
    if (top < scrollTop) this.#element.scrollTop = top
    else if (top + rowHeight > scrollTop + clientHeight)
      this.#element.scrollTop = top + rowHeight - clientHeight
    this.#draw()
    const { entry, finding } = this.#rows[index]
    if (!silent) this.#onSelect(entry, finding)
  }

  #press(event) {
    const page = Math.floor(this.#element.clientHeight / rowHeight) - 1
    const last = this.#rows.length - 1
    const target = {
      ArrowDown: this.#selected + 1,
      ArrowUp: this.#selected - 1,
      PageDown: this.#selected + page,
      PageUp: this.#selected - page,
      Home: 0,
      End: last,
    }[event.key]
    if (target === undefined || last < 0) return
    event.preventDefault()
    this.#go(Math.min(Math.max(target, 0), last))
  }

  #click({ clientY }) {
    const index = Math.floor((clientY - this.#sheet.getBoundingClientRect().top) / rowHeight)
    if (this.#rows[index]) this.#go(index)
  }

  #draw() {
    const { scrollTop, clientHeight } = this.#element
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - margin)
    const last = Math.min(this.#rows.length, Math.ceil((scrollTop + clientHeight) / rowHeight) + margin)
    const elements = []
    for (let i = first; i < last; i++) elements.push(this.#row(i))
    if (this.#rows.length === 0) elements.push(this.#emptiness())
    this.#sheet.replaceChildren(...elements)
    const isSelectedDrawn = this.#selected >= first && this.#selected < last
    if (isSelectedDrawn) this.#element.setAttribute('aria-activedescendant', `row-${this.#selected}`)
    else this.#element.removeAttribute('aria-activedescendant')
  }

  #emptiness() {
    const note = document.createElement('p')
    note.className = 'empty'
    const isFiltered = this.#entries?.list.length > 0
    note.textContent = isFiltered ? 'Nothing passes the filter.' : 'Start a stream, or drop a recording.'
    return note
  }

  #row(index) {
    const { entry, finding } = this.#rows[index]
    const row = document.createElement('div')
    row.id = `row-${index}`
    row.role = 'option'
    row.style.top = `${index * rowHeight}px`
    row.setAttribute('aria-selected', index === this.#selected)
    row.setAttribute('aria-setsize', this.#rows.length)
    row.setAttribute('aria-posinset', index + 1)
    if (finding) {
      row.className = `row finding ${finding.severity}`
      row.append(cell('rule', finding.rule), cell('text', wordsOf(finding)), cell('size', byteOf(finding)))
    } else {
      row.className = `row ${entry.kind} ${severities[entry.rank]}`
      row.append(
        cell('time', formatTime(entry.time)),
        cell('kind', entry.kind),
        cell('label', labelOf(entry)),
        cell('text', summaryOf(entry)),
        cell('size', entry.message?.size ? formatSize(entry.message.size) : ''),
      )
    }
    return row
  }
}

function cell(name, text) {
  const element = document.createElement('span')
  element.className = name
  element.textContent = text
  return element
}

function byteOf({ byte }) {
  return byte === undefined ? '' : `byte ${byte}`
}

function wordsOf({ message, expected, found }) {
  const words = [expected && `expected ${expected}`, found && `found ${found}`].filter(Boolean).join(', ')
  return words ? `${message} ${words[0].toUpperCase()}${words.slice(1)}.` : message
}
