/** Decodes the hexadecimal digits that a module is embedded as. */
export function fromHex(digits: string): Uint8Array<ArrayBuffer> {
  const { fromHex } = Uint8Array as { fromHex?: (digits: string) => Uint8Array<ArrayBuffer> }
  if (fromHex) return fromHex.call(Uint8Array, digits)
  const bytes = new Uint8Array(digits.length / 2)
  const digit = (at: number) => {
    const code = digits.charCodeAt(at)
    return code < 58 ? code - 48 : code - 87
  }
  for (let at = 0; at < bytes.length; at++) bytes[at] = digit(2 * at) * 16 + digit(2 * at + 1)
  return bytes
}
