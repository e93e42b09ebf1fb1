/** The timeline, drawn to scale: connections as bars, messages as ticks, silence with its length. */

import { indexAt } from './entries.js'

const svg = 'http://www.w3.org/2000/svg'
const nameHeight = 15
const barHeight = 46
const laneHeight = nameHeight + barHeight + 8
/** The width of a character in a connection's name, in pixels. */
const characterWidth = 6
const axisHeight = 22
const mostLanes = 6
const chunkHeight = 4
const shortestSilenceMs = 1000
const silenceWidth = 56
/** How close to a tick a click must be, in pixels. */
const reach = 12
const narrowestMs = 1
const drawEveryMs = 60

export class Timeline {
  #element
  #onSelect
  #entries
  #selected
  /** The visible span of time; undefined for all of it. */
  #view
  #width = 0
  #lanes = new Map()
  #isLive = false
  #frame
  #drawnAt = 0

  /** Calls `onSelect(entry)` when the visitor clicks a tick, and `onStep(count)` for the arrow keys. */
  constructor(element, { onSelect, onStep }) {
    this.#element = element
    this.#onSelect = onSelect
    element.tabIndex = 0
    element.addEventListener('click', event => this.#click(event))
    element.addEventListener('wheel', event => this.#turn(event), { passive: false })
    element.addEventListener('keydown', event => {
      const act = {
        ArrowLeft: () => (event.shiftKey ? this.#pan(-0.2) : onStep(-1)),
        ArrowRight: () => (event.shiftKey ? this.#pan(0.2) : onStep(1)),
        '+': () => this.zoom(0.5),
        '=': () => this.zoom(0.5),
        '-': () => this.zoom(2),
        0: () => this.whole(),
      }[event.key]
      if (!act || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      act()
    })
    new ResizeObserver(([{ contentRect }]) => {
      this.#width = Math.floor(contentRect.width)
      this.draw()
    }).observe(element)
  }

  show(entries) {
    this.#entries = entries
    this.#selected = undefined
    this.#view = undefined
    this.draw()
  }

  /** Moves the end of the timeline while a stream is open, even without messages. */
  live(isLive) {
    this.#isLive = isLive
    cancelAnimationFrame(this.#frame)
    const tick = () => {
      if (performance.now() - this.#drawnAt >= drawEveryMs) this.draw()
      this.#frame = requestAnimationFrame(tick)
    }
    if (isLive) tick()
    else this.draw()
  }

  select(entry) {
    this.#selected = entry
    if (this.#view && entry && (entry.time < this.#view.begin || entry.time > this.#view.end)) {
      const half = (this.#view.end - this.#view.begin) / 2
      this.#look(entry.time - half, entry.time + half)
    }
    this.draw()
  }

  /** Makes the visible span `factor` times as long around `center`, by default the selection or the middle. */
  zoom(factor, center) {
    const { begin, end } = this.#span
    const isInSight = this.#selected?.time >= begin && this.#selected?.time <= end
    const fixed = center ?? (isInSight ? this.#selected.time : (begin + end) / 2)
    this.#look(fixed - (fixed - begin) * factor, fixed + (end - fixed) * factor)
  }

  whole() {
    this.#view = undefined
    this.draw()
  }

  get #end() {
    const { connections, list } = this.#entries
    if (connections.length === 0) return 1000
    const isOpen = this.#isLive && connections.at(-1).endedAt === undefined
    const last = isOpen ? performance.now() - connections[0].startedAt : (list.at(-1)?.time ?? 0)
    return Math.max(last, 100)
  }

  get #span() {
    if (this.#view) return this.#view
    // room for the last tick
    return { begin: 0, end: this.#end * 1.01 }
  }

  #look(begin, end) {
    const length = Math.max(end - begin, narrowestMs)
    const whole = this.#end * 1.01
    if (length >= whole) return this.whole()
    const from = Math.min(Math.max(begin, 0), whole - length)
    this.#view = { begin: from, end: from + length }
    this.draw()
  }

  #pan(part) {
    if (!this.#view) return
    const { begin, end } = this.#view
    this.#look(begin + (end - begin) * part, end + (end - begin) * part)
  }

  #turn(event) {
    // only with Control or when focused, so that the timeline does not capture scrolling of the page
    const isMeant = event.ctrlKey || event.metaKey || document.activeElement === this.#element
    if (!isMeant) return
    event.preventDefault()
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) return this.#pan(event.deltaX / this.#width)
    this.zoom(1.0015 ** event.deltaY, this.#timeAt(event.clientX))
  }

  #timeAt(clientX) {
    const { begin, end } = this.#span
    const x = clientX - this.#element.getBoundingClientRect().left
    return begin + ((end - begin) * x) / this.#width
  }

  #click({ clientX, clientY }) {
    const { begin, end } = this.#span
    const time = this.#timeAt(clientX)
    const within = ((end - begin) * reach) / this.#width
    const lane = Math.floor((clientY - this.#element.getBoundingClientRect().top) / laneHeight)
    const { list } = this.#entries
    let best
    for (let i = indexAt(list, time - within); i < list.length && list[i].time <= time + within; i++) {
      const distance = Math.abs(list[i].time - time)
      if (this.#lanes.get(list[i].connection) !== lane) continue
      if (!best || distance < best.distance) best = { entry: list[i], distance }
    }
    if (best) this.#onSelect(best.entry)
  }

  draw() {
    this.#drawnAt = performance.now()
    if (this.#width === 0 || !this.#entries) return
    const { begin, end } = this.#span
    const scale = this.#width / (end - begin)
    const x = time => (Math.min(Math.max(time, begin - 1), end + 1) - begin) * scale
    this.#layOut()
    const lanes = Math.max(1, ...[...this.#lanes.values()].map(lane => lane + 1))
    const height = lanes * laneHeight + axisHeight
    const picture = shape('svg', { width: this.#width, height, 'aria-hidden': true })
    picture.append(hatch(), ...this.#axis(x, begin, end, height), ...this.#bars(x, begin, end))
    picture.append(...this.#ticks(x, begin, end), ...this.#chunks(x, begin, end), ...this.#silences(x))
    if (this.#selected) {
      picture.append(line('selected', x(this.#selected.time), 0, height - axisHeight))
    }
    this.#element.replaceChildren(picture)
  }

  /** Assigns a lane to each connection. Connections that do not overlap share one. */
  #layOut() {
    this.#lanes = new Map()
    const ends = []
    for (const connection of this.#entries.connections) {
      const free = ends.findIndex(end => end <= connection.startedAt)
      const lane = Math.min(free < 0 ? ends.length : free, mostLanes - 1)
      ends[lane] = connection.endedAt ?? Number.POSITIVE_INFINITY
      this.#lanes.set(connection, lane)
    }
  }

  #top(connection) {
    return this.#lanes.get(connection) * laneHeight + nameHeight
  }

  /** Draws each connection: the wait before it, its request, and the time it is open. */
  #bars(x, begin, end) {
    const shapes = []
    const waitedSince = new Map()
    const bar = (className, from, to, y) => {
      if (to < begin || from > end) return
      shapes.push(rect(className, x(from), y, Math.max(x(to) - x(from), 1), barHeight))
    }
    for (const connection of this.#entries.connections) {
      const at = time => this.#entries.timeOf(connection, time - connection.startedAt)
      const y = this.#top(connection)
      const { startedAt, endedAt, respondedAt, error } = connection
      const last = endedAt === undefined ? this.#end : at(endedAt)
      if (waitedSince.has(y)) bar('waiting', waitedSince.get(y), at(startedAt), y)
      bar('fill-connecting', at(startedAt), respondedAt === undefined ? last : at(respondedAt), y)
      if (respondedAt !== undefined) bar('fill-open', at(respondedAt), last, y)
      if (error !== undefined && last >= begin && last <= end)
        shapes.push(line('broken', x(last), y, y + barHeight))
      waitedSince.set(y, last)
      if (last >= begin && at(startedAt) <= end) {
        const number = this.#entries.numberOf(connection)
        shapes.push(...named(number, connection, x(at(startedAt)), x(last), y))
      }
    }
    return shapes
  }

  /** Draws one tick a pixel: of several messages, the one with the worst finding. */
  #ticks(x, begin, end) {
    const { list } = this.#entries
    const worst = new Map()
    for (let i = indexAt(list, begin); i < list.length && list[i].time <= end; i++) {
      const { message, rank, isHeartbeat, connection, time } = list[i]
      if (!message) continue
      const y = this.#top(connection)
      const key = y * 65_536 + Math.round(x(time))
      const weight = rank > 0 ? rank + 1 : isHeartbeat ? 0 : 1
      if (!(worst.get(key) >= weight)) worst.set(key, weight)
    }
    const classes = ['tick-heartbeat', 'tick-event', 'tick-note', 'tick-warning', 'tick-error']
    const paths = classes.map(() => '')
    for (const [key, weight] of worst) {
      const y = Math.floor(key / 65_536)
      const at = (key % 65_536) + 0.5
      const bottom = y + barHeight - chunkHeight - 4
      const top = weight === 0 ? y + barHeight * 0.55 : y + (weight > 1 ? 2 : 10)
      paths[weight] += `M${at} ${top}V${bottom}`
      // a finding differs from a message by its shape as well as its colour
      if (weight > 1) paths[weight] += `m-3.5 ${top - bottom}h7`
    }
    return paths.map((d, weight) => shape('path', { class: classes[weight], d })).filter((_, i) => paths[i])
  }

  /** Draws the arrivals of bytes, below the messages that they form. */
  #chunks(x, begin, end) {
    let d = ''
    for (const connection of this.#entries.connections) {
      const y = this.#top(connection) + barHeight - chunkHeight
      let last = -1
      for (const [time] of connection.chunks) {
        const at = this.#entries.timeOf(connection, time)
        if (at < begin || at > end) continue
        const pixel = Math.round(x(at))
        if (pixel !== last) d += `M${pixel + 0.5} ${y}v${chunkHeight}`
        last = pixel
      }
    }
    return d ? [shape('path', { class: 'chunks', d })] : []
  }

  /** Writes the length of silences if there is room. */
  #silences(x) {
    const shapes = []
    const lastOf = new Map()
    const say = (from, to, connection) => {
      const [left, right] = [x(from), x(to)]
      if (to - from < shortestSilenceMs || right - left < silenceWidth) return
      const words = `${((to - from) / 1000).toFixed(1)} s`
      shapes.push(label('silence', (left + right) / 2, this.#top(connection) + barHeight / 2 + 4, words))
    }
    for (const { connection, time } of this.#entries.list) {
      if (lastOf.has(connection)) say(lastOf.get(connection), time, connection)
      lastOf.set(connection, time)
    }
    return shapes
  }

  #axis(x, begin, end, height) {
    const step = niceStep(((end - begin) / this.#width) * 90)
    const shapes = []
    for (let time = Math.ceil(begin / step) * step; time <= end; time += step) {
      const at = Math.round(x(time)) + 0.5
      shapes.push(line('grid', at, 0, height - axisHeight))
      // keep the label inside the picture
      const anchor = at < 20 ? 'start' : at > this.#width - 30 ? 'end' : 'middle'
      const digits = Math.max(0, 3 - Math.floor(Math.log10(step) + 1e-9))
      const text = label('axis', at, height - 6, `${(time / 1000).toFixed(digits)} s`)
      text.setAttribute('text-anchor', anchor)
      shapes.push(text)
    }
    return shapes
  }
}

/** The next of 1, 2, 5, 10, 20, 50 and so on. */
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least))
  return power * [1, 2, 5, 10].find(factor => factor * power >= least)
}

/** A connection's number and response, as far as there is room above its bar. */
function named(number, { status, headers, error }, left, right, y) {
  const type = headers?.find(([name]) => name === 'content-type')?.[1] ?? ''
  const answer = status === undefined ? (error === undefined ? '' : 'no answer') : `${status} ${type}`
  const from = Math.max(left, 0)
  const room = Math.floor((right - from) / characterWidth)
  const words = [`${number} ${answer}`, `${number} ${status ?? ''}`, `${number}`].find(
    text => text.length < room,
  )
  return words ? [label('name', from + 1, y - 4, words)] : []
}

function label(name, x, y, words) {
  const text = shape('text', { class: name, x, y })
  text.textContent = words
  return text
}

function hatch() {
  const pattern = shape('pattern', {
    id: 'waiting',
    width: 7,
    height: 7,
    patternUnits: 'userSpaceOnUse',
    patternTransform: 'rotate(45)',
  })
  pattern.append(shape('line', { class: 'hatch', x1: 0, y1: 0, x2: 0, y2: 7, 'stroke-width': 3 }))
  return pattern
}

function rect(name, x, y, width, height) {
  const fill = name === 'waiting' ? { fill: 'url(#waiting)' } : { class: name }
  return shape('rect', { x, y, width, height, ...fill })
}

function line(name, x, y1, y2) {
  return shape('line', { class: name, x1: x, x2: x, y1, y2 })
}

function shape(name, attributes) {
  const element = document.createElementNS(svg, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  return element
}
