/** The bytes of a module out of the text that asSource in tools/build.mjs has made of them. */
export function decodeBinary(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = []
  let at = 0
  const digit = () => {
    const code = text.charCodeAt(at++)
    return code < 92 ? code - 40 : code - 41
  }
  while (at < text.length) {
    const first = digit()
    bytes.push(first < 84 ? first : 84 + (first - 84) * 86 + digit())
  }
  return Uint8Array.from(bytes)
}
