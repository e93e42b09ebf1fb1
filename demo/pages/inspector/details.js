/** The selected message: its facts, its findings, and its bytes with the one at fault marked. */

import { bytesOf } from '/dist/devtools.js'
import { formatSize, formatTime, labelOf, reasonOf } from './entries.js'

/** The number of bytes shown at once. */
const windowBytes = 2048
/** The number of bytes shown after a message, mostly its line ends. */
const tailBytes = 4

export class Details {
  #element
  #view = 'text'
  #entry
  #finding
  #from
  #onFinding

  /** Calls `onFinding(entry, finding)` when the visitor selects a finding. */
  constructor(element, onFinding) {
    this.#element = element
    this.#onFinding = onFinding
    this.show()
  }

  /** Shows an entry and marks a finding of it; by default its first. */
  show(entry, finding = entry?.message?.findings[0]) {
    this.#entry = entry
    this.#finding = finding
    this.#from = undefined
    this.#draw()
  }

  #draw() {
    const entry = this.#entry
    if (!entry) {
      this.#element.replaceChildren(
        make('div', 'head', make('h2', '', 'Bytes')),
        make('p', '', 'Select a message to see what it is made of.'),
      )
      return
    }
    const { message, kind } = entry
    const title = message && kind !== 'response' ? `Message ${message.number}` : `Connection ${entry.number}`
    this.#element.replaceChildren(
      make('div', 'head', make('h2', '', `${title}: ${kind}`), message?.size > 0 ? this.#views() : ''),
      this.#facts(),
      ...(message?.findings.length ? [this.#findings()] : []),
      ...this.#body(),
    )
    this.#element.querySelector('.dump mark')?.scrollIntoView({ block: 'nearest' })
  }

  #views() {
    const isJson = this.#entry.message.payload !== undefined
    const names = ['text', 'hex', ...(isJson ? ['value'] : [])]
    if (!names.includes(this.#view)) this.#view = 'text'
    const group = make('span', 'controls views')
    group.role = 'group'
    group.ariaLabel = 'how to show the bytes'
    for (const name of names) {
      const button = make('button', '', name)
      button.type = 'button'
      button.ariaPressed = String(name === this.#view)
      button.addEventListener('click', () => {
        this.#view = name
        this.#draw()
        this.#element.querySelector('.views [aria-pressed="true"]').focus()
      })
      group.append(button)
    }
    return group
  }

  #facts() {
    const { message, number, time } = this.#entry
    const facts = [`at ${formatTime(time)} s`, `connection ${number}`]
    if (message?.size > 0)
      facts.push(`bytes ${message.begin} to ${message.end - 1}, ${formatSize(message.size)}`)
    if (message) facts.push(labelOf(this.#entry))
    if (message?.retry) facts.push(`retry ${message.retry} ms`)
    return make('p', 'facts', facts.filter(Boolean).join(' · '))
  }

  #findings() {
    const list = make('ul', 'findings')
    for (const finding of this.#entry.message.findings) {
      const { severity, rule, standard, message, expected, found, byte } = finding
      const link = make('a', '', rule)
      Object.assign(link, { href: standard, target: '_blank', rel: 'noreferrer', title: 'the standard' })
      const item = make('li', severity, make('b', '', severity), ' ', link, ` ${message}`)
      const words = [
        ['expected', expected],
        ['found', found],
      ].filter(([, text]) => text)
      for (const [name, text] of words) item.append(make('span', 'word', `${name} `, make('code', '', text)))
      if (byte !== undefined) {
        const button = make('button', '', `byte ${byte}`)
        button.type = 'button'
        button.ariaPressed = String(finding === this.#finding)
        button.addEventListener('click', () => this.#onFinding(this.#entry, finding))
        item.append(button)
      }
      list.append(item)
    }
    return list
  }

  #body() {
    const { kind, message, connection } = this.#entry
    if (kind === 'request') return [dump(requestText(connection))]
    if (kind === 'failed') return [dump(reasonOf(connection.error))]
    if (kind === 'response') return [dump(responseText(connection))]
    if (!message || (message.size === 0 && this.#finding?.byte === undefined)) return []
    if (this.#view === 'value') return [dump(JSON.stringify(message.payload, null, 2))]
    return this.#bytes(message, connection)
  }

  #bytes(message, connection) {
    const mark = this.#finding?.byte
    // a finding may be about bytes before the message, or the end of the stream
    const begin = Math.min(message.begin, mark ?? message.begin)
    const end = Math.max(message.end, (mark ?? 0) + 1) + tailBytes
    const from = this.#from ?? Math.max(begin, (mark ?? begin) - windowBytes / 2)
    const bytes = bytesOf(connection, from, Math.min(end, from + windowBytes))
    const pre = dump('')
    if (bytes.length === 0 && mark === undefined) return [make('p', '', 'These bytes were not kept.')]
    pre.classList.add(this.#view)
    const { begin: first, end: last } = message
    const isOwn = offset => offset >= first && offset < last
    if (this.#view === 'hex') fillHex(pre, bytes, from, mark, isOwn)
    else fillText(pre, bytes, from, mark, isOwn)
    const move = (text, to) => {
      const button = make('button', '', text)
      button.type = 'button'
      button.addEventListener('click', () => {
        this.#from = to
        this.#draw()
      })
      return button
    }
    return [
      from > begin ? move('earlier bytes', Math.max(begin, from - windowBytes)) : '',
      pre,
      from + windowBytes < end - tailBytes ? move('later bytes', from + windowBytes) : '',
    ]
  }
}

function requestText({ method, url, requestHeaders, requestBody, omittedHeaders }) {
  const head = [`${method} ${url}`, ...requestHeaders.map(([name, value]) => `${name}: ${value}`)]
  const omitted = omittedHeaders
    ? ['', `The recording leaves out the headers ${omittedHeaders.join(', ')}.`]
    : []
  return [...head, '', requestBody ?? '', ...omitted].join('\n')
}

function responseText({ status, headers = [] }) {
  return [status, ...headers.map(([name, value]) => `${name}: ${value}`)].join('\n')
}

function dump(text) {
  const pre = make('pre', 'dump', text)
  pre.tabIndex = 0
  return pre
}

/** Lines of 16 bytes: offset, hexadecimal, characters. */
function fillHex(pre, bytes, from, mark, isOwn) {
  for (let start = Math.floor(from / 16) * 16; start < from + Math.max(bytes.length, 1); start += 16) {
    const hex = make('span', 'digits')
    const characters = make('span', 'characters')
    for (let offset = start; offset < start + 16; offset++) {
      const byte = bytes[offset - from]
      const isThere = offset >= from && byte !== undefined
      const name = isOwn(offset) ? '' : 'outside'
      const tag = offset === mark ? 'mark' : 'span'
      const blank = offset === mark ? '∎ ' : '  '
      hex.append(
        make(tag, name, isThere ? byte.toString(16).padStart(2, '0') : blank),
        offset % 8 === 7 ? '  ' : ' ',
      )
      const isPrintable = byte >= 0x20 && byte < 0x7f
      characters.append(make(tag, name, isThere ? (isPrintable ? String.fromCharCode(byte) : '·') : ' '))
    }
    pre.append(make('span', 'offset', String(start).padStart(7)), '  ', hex, ' ', characters, '\n')
  }
}

const escapes = { 0: '\\0', 9: '\\t', 10: '\\n', 13: '\\r' }

/** Text in which invisible characters are made visible. */
function fillText(pre, bytes, from, mark, isOwn) {
  let run = ''
  let runName = ''
  const flush = () => {
    if (run) pre.append(make('span', runName, run))
    run = ''
  }
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i)
    const byte = bytes[i]
    const isLineEnd = byte === 10 || (byte === 13 && bytes[i + 1] !== 10)
    const isOdd = length === 0 || (length === 1 && (byte < 0x20 || byte === 0x7f))
    const name = [isOwn(from + i) ? '' : 'outside', isOdd ? 'odd' : ''].join(' ').trim()
    const text = characterOf(bytes, i, length)
    const isMarked = mark !== undefined && mark - from >= i && mark - from < i + Math.max(length, 1)
    if (isMarked || name !== runName) flush()
    runName = name
    if (isMarked) pre.append(make('mark', name, text))
    else run += text
    if (isLineEnd) {
      flush()
      pre.append('\n')
    }
    i += Math.max(length, 1)
  }
  flush()
  // the finding may be at the end of the bytes
  if (mark !== undefined && mark - from >= bytes.length) pre.append(make('mark', 'odd', '∎'))
}

function characterOf(bytes, at, length) {
  const byte = bytes[at]
  const isPrintable = length === 1 && byte >= 0x20 && byte !== 0x7f
  if (length > 1 || isPrintable)
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(at, at + length))
  return escapes[byte] ?? `\\x${byte.toString(16).padStart(2, '0')}`
}

/** The length in bytes of the UTF-8 character at `at`, or 0 if there is none. */
function sequenceLength(bytes, at) {
  const byte = bytes[at]
  if (byte < 0x80) return 1
  const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(at, at + length))
    return at + length <= bytes.length ? length : 0
  } catch {
    return 0
  }
}

function make(name, className, ...content) {
  const element = document.createElement(name)
  if (className) element.className = className
  element.append(...content)
  return element
}
