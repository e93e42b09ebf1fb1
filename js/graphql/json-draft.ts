/** Copy-on-write changes of a JSON value: a container is copied before it is changed. */

/** A key of an object, or an index into a list as a number or in decimal digits. */
export type Key = string | number

/** An object or a list. */
export type Container = Record<Key, unknown>

export function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}

/**
 * Whether `value` is a container with an own member `key`. Inherited members and a list's length do not
 * count. An index has no leading zeros and no sign.
 */
export function has(value: unknown, key: Key): value is Container {
  if (Array.isArray(value)) return /^(0|[1-9]\d*)$/.test(String(key)) && Number(key) < value.length
  return isContainer(value) && Object.hasOwn(value, key)
}

/** The beginning of a value's JSON, for an error message. */
export function excerpt(value: unknown): string {
  try {
    return String(JSON.stringify(value)).slice(0, 100)
  } catch {
    return 'JSON that is nested too deeply to be printed'
  }
}

/** Sets a member of an open container. */
export function assign(container: Container, key: Key, value: unknown): void {
  // An assignment to __proto__ would change the prototype, but JSON.parse makes a member.
  if (key === '__proto__') {
    Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    container[key] = value
  }
}

/**
 * The next version of a JSON value. Only the containers on the way to a change are copied, each of them once per
 * draft; all others are shared with the previous version. A draft ends when its root is returned.
 */
export class Draft {
  root: unknown
  readonly #copies = new Set<unknown>()

  constructor(root: unknown) {
    this.root = root
  }

  /** The value at `path`, for reading only; undefined if there is none. */
  read(path: readonly Key[]): unknown {
    let value = this.root
    for (const key of path) value = has(value, key) ? value[key] : undefined
    return value
  }

  /** The container at `path`, which may be changed; undefined if there is none. */
  open(path: readonly Key[]): Container | undefined {
    if (!isContainer(this.root)) return undefined
    let container = this.#own(this.root)
    this.root = container
    for (const key of path) {
      if (!has(container, key) || !isContainer(container[key])) return undefined
      container = this.openMember(container, key)
    }
    return container
  }

  /** The container under `key` of an open container, which may be changed. */
  openMember(parent: Container, key: Key): Container {
    const member = this.#own(parent[key] as Container)
    assign(parent, key, member)
    return member
  }

  /** Call this before a value is put at a second place. From then on both are copied before a change. */
  share(): void {
    this.#copies.clear()
  }

  #own(container: Container): Container {
    if (this.#copies.has(container)) return container
    const copy = Array.isArray(container) ? (container.slice() as unknown as Container) : { ...container }
    this.#copies.add(copy)
    return copy
  }
}
