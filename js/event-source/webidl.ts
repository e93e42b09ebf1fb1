/** Makes a JavaScript class look like an interface of the platform. https://webidl.spec.whatwg.org/#es-interfaces */

/** [WebIDL] The attributes and operations of an interface are enumerable; those of a class are not. */
export function makeEnumerable(prototype: object): void {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name !== 'constructor') Object.defineProperty(prototype, name, { enumerable: true })
  }
}

/**
 * [WebIDL] Gives an interface its name, which a bundler may have changed, its constants, on itself and on its
 * prototype, and enumerable members.
 */
export function defineInterface(
  definition: { readonly prototype: object },
  name: string,
  constants: Record<string, number>,
): void {
  const { prototype } = definition
  makeEnumerable(prototype)
  Object.defineProperty(definition, 'name', { value: name })
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true })
  for (const constant in constants) {
    const property = { value: constants[constant], enumerable: true }
    Object.defineProperty(definition, constant, property)
    Object.defineProperty(prototype, constant, property)
  }
}
