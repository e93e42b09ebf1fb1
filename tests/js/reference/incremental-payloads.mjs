/**
 * Random documents taken apart into the payloads that a server might send for them: fragments deferred anywhere,
 * lists streamed, both inside each other, several entries in a payload. Everything follows from the seed.
 */

/** Random numbers from 0 to below 1 (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const names = ['id', 'name', 'user', 'items', 'a', 'b', 'length', 'constructor', 'é', '0x']

/** A random result's data. `hostile` adds members that are called `__proto__`; with `unique` no name comes twice. */
export function randomDocument(random, { hostile = false, unique = false } = {}) {
  const keys = hostile ? [...names, '__proto__'] : names
  let count = 0
  const name = () => (unique ? `field${count++}` : keys[below(keys.length)])
  const below = n => Math.floor(random() * n)
  const value = depth => {
    const kind = below(depth > 4 ? 4 : 9)
    if (kind < 4) return [null, below(100), `text ${below(100)}`, random() < 0.5][kind]
    if (kind < 6) return Array.from({ length: below(6) }, () => value(depth + 1))
    return object(depth + 1)
  }
  const object = depth => {
    const members = Array.from({ length: below(6) }, () => [name(), value(depth)])
    return Object.fromEntries(members)
  }
  return object(0)
}

/**
 * Takes `document` apart. The generations: `2022`, `top-level` (what came before) and `2023`. With `overlaps`
 * deferred data repeats scalars that were delivered before, with `subPaths` fragments are announced further up than
 * their data belongs, with `nestedStreams` the items of streams contain streams.
 */
export function takeApart(document, generation, random, options = {}) {
  const { overlaps = true, subPaths = true, nestedStreams = true } = options
  const chance = p => random() < p
  const below = n => Math.floor(random() * n)
  let ids = 0

  /** What of `value` comes at once; what does not is pushed to `later`. */
  function keep(value, path, later, streams = true) {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return keepList(value, path, later, streams)
    const now = []
    const deferred = []
    for (const [key, member] of Object.entries(value)) (chance(0.3) ? deferred : now).push([key, member])
    const kept = now.map(([key, member]) => [key, keep(member, [...path, key], later, streams)])
    if (deferred.length > 0) {
      const repeated = now.filter(([, member]) => overlaps && typeof member !== 'object' && chance(0.3))
      const members = [...deferred, ...repeated]
      const half = generation === '2023' && chance(0.3) ? below(members.length) : members.length
      const pieces = [members.slice(0, half), members.slice(half)].filter(piece => piece.length > 0)
      later.push({ path, pieces, root: subPaths && chance(0.5) ? below(path.length + 1) : path.length })
    }
    return Object.fromEntries(kept)
  }

  function keepList(list, path, later, streams) {
    const count = streams && chance(0.4) ? below(list.length + 1) : list.length
    const kept = list.slice(0, count).map((item, i) => keep(item, [...path, i], later, streams))
    if (count < list.length || (generation === '2023' && streams && chance(0.1)))
      later.push({ path, list, count })
    return kept
  }

  /** The entries that deliver the next part of a unit, and the units that these uncover. */
  function deliver(unit) {
    const later = []
    if (unit.pieces) {
      const members = unit.pieces.shift()
      const data = Object.fromEntries(members.map(([key, m]) => [key, keep(m, [...unit.path, key], later)]))
      return { data, later, isLast: unit.pieces.length === 0 }
    }
    const start = unit.count
    const step = generation === 'top-level' && chance(0.5) ? 1 : 1 + below(3)
    const items = unit.list
      .slice(start, start + step)
      .map((item, i) => keep(item, [...unit.path, start + i], later, nestedStreams))
    unit.count += items.length
    return { items, start, later, isLast: unit.count >= unit.list.length }
  }

  const open = []
  const announce = later => {
    open.push(...later)
    if (generation !== '2023') return {}
    for (const unit of later) unit.id = String(ids++)
    // A fragment may be announced for an object further up; its data then come with a subPath.
    const pending = later.map(({ id, path, root = path.length }) => ({
      id,
      path: path.slice(0, root),
      label: 'L',
    }))
    return pending.length > 0 ? { pending } : {}
  }
  const firstLater = []
  const data = keep(document, [], firstLater)
  const payloads = [{ data, ...announce(firstLater), hasNext: true }]
  while (open.length > 0) {
    const payload = { hasNext: true }
    const pending = []
    const incremental = []
    const completed = []
    do {
      const unit = open[below(open.length)]
      const { data, items, start, later, isLast } = deliver(unit)
      if (isLast) open.splice(open.indexOf(unit), 1)
      pending.push(...(announce(later).pending ?? []))
      if (generation === '2023') {
        const subPath =
          unit.pieces && unit.root < unit.path.length ? { subPath: unit.path.slice(unit.root) } : {}
        if (items === undefined || items.length > 0)
          incremental.push({ id: unit.id, ...subPath, data, items })
        if (isLast) completed.push({ id: unit.id })
      } else if (items?.length === 1 && generation === 'top-level' && chance(0.5)) {
        incremental.push({ path: [...unit.path, start], data: items[0] })
      } else {
        incremental.push({ path: items ? [...unit.path, start] : unit.path, data, items })
      }
    } while (open.length > 0 && generation !== 'top-level' && chance(0.5))
    if (generation === 'top-level') Object.assign(payload, incremental[0])
    else if (incremental.length > 0) payload.incremental = incremental
    if (pending.length > 0) payload.pending = pending
    if (completed.length > 0) payload.completed = completed
    payloads.push(payload)
  }
  if (chance(0.5)) payloads.push({ hasNext: false })
  else payloads.at(-1).hasNext = false
  // As they come from the wire: members without a value vanish, nothing is shared with the document.
  return payloads.map(payload => JSON.parse(JSON.stringify(payload)))
}
