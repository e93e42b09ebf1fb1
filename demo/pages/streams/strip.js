/** Draws the last half minute of a connection: a bar for each state, a tick for each event and error. */

const spanMs = 30_000
const width = 600
const height = 36
const svg = 'http://www.w3.org/2000/svg'

let strips = 0

export class Strip {
  #marks = []
  #spans = []
  #drawing

  constructor(container, label) {
    const hatch = `hatch-${++strips}`
    this.hatch = hatch
    container.innerHTML = `<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${label}">
      <defs><pattern id="${hatch}" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line class="hatch" x1="0" y1="0" x2="0" y2="7" stroke-width="3"/></pattern></defs><g></g></svg>`
    this.#drawing = container.querySelector('g')
    const draw = () => {
      this.#draw(performance.now())
      requestAnimationFrame(draw)
    }
    draw()
  }

  /** Begins a state: `connecting`, `open` or `waiting`; any other is drawn as nothing. */
  state(name) {
    const now = performance.now()
    const last = this.#spans.at(-1)
    if (last) last.end ??= now
    this.#spans.push({ name, begin: now })
  }

  /** Marks an `event` or an `error` at this moment. */
  mark(kind) {
    this.#marks.push({ kind, at: performance.now() })
  }

  #draw(now) {
    const begin = now - spanMs
    this.#spans = this.#spans.filter(span => (span.end ?? now) > begin)
    this.#marks = this.#marks.filter(mark => mark.at > begin).slice(-500)
    const x = time => ((Math.max(time, begin) - begin) / spanMs) * width
    const shapes = this.#spans
      .filter(({ name }) => ['connecting', 'open', 'waiting'].includes(name))
      .map(({ name, begin, end = now }) => {
        const fill = name === 'waiting' ? { fill: `url(#${this.hatch})` } : { class: `fill-${name}` }
        return shape('rect', { x: x(begin), y: 0, width: Math.max(x(end) - x(begin), 2), height, ...fill })
      })
    for (const { kind, at } of this.#marks) {
      const top = kind === 'error' ? 0 : 10
      shapes.push(shape('line', { class: `tick-${kind}`, x1: x(at), x2: x(at), y1: top, y2: height - top }))
    }
    this.#drawing.replaceChildren(...shapes)
  }
}

function shape(name, attributes) {
  const element = document.createElementNS(svg, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  return element
}
