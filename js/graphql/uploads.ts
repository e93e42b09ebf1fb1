/** Files in variables, for servers that accept uploads. */

/**
 * The body of a GraphQL multipart request: `parameters` as JSON with null in place of every Blob or File, and the files
 * beside it. Returns undefined if `parameters` have no file.
 * https://github.com/jaydenseric/graphql-multipart-request-spec
 */
export function multipartRequestBody(parameters: object): FormData | undefined {
  if (globalThis.Blob === undefined) return undefined
  const places = new Map<Blob, string[]>()
  const operations = withoutFiles(parameters, '', places)
  if (places.size === 0) return undefined
  const files = [...places.keys()]
  const body = new FormData()
  body.append('operations', JSON.stringify(operations))
  body.append('map', JSON.stringify(Object.fromEntries([...places.values()].entries())))
  for (const [name, file] of files.entries()) body.append(String(name), file)
  return body
}

/** Copies a value with null in place of its files. Records the paths of each file. */
function withoutFiles(value: unknown, path: string, places: Map<Blob, string[]>): unknown {
  if (value instanceof Blob) {
    places.set(value, [...(places.get(value) ?? []), path])
    return null
  }
  if (value === null || typeof value !== 'object' || 'toJSON' in value) return value
  const below = (name: string | number) => (path === '' ? String(name) : `${path}.${name}`)
  if (Array.isArray(value)) return value.map((item, i) => withoutFiles(item, below(i), places))
  const entries = Object.entries(value)
  return Object.fromEntries(
    entries.map(([name, member]) => [name, withoutFiles(member, below(name), places)]),
  )
}
