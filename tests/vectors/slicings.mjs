/** Ways to cut a stream into chunks. */

/** Up to this length, every cut in two is made. */
const longestForOneCut = 2048

/**
 * Lists of chunks that each make up `bytes`: whole, at every one and two cuts where the length allows, and in chunks
 * of one size for several sizes. Two cuts are made in up to `longestForTwoCuts` bytes.
 */
export function* slicings(bytes, longestForTwoCuts = 128) {
  yield [bytes]
  const { length } = bytes
  if (length <= longestForOneCut) {
    for (let a = 1; a < length; a++) {
      yield [bytes.subarray(0, a), bytes.subarray(a)]
      if (length > longestForTwoCuts) continue
      for (let b = a; b < length; b++) yield [bytes.subarray(0, a), bytes.subarray(a, b), bytes.subarray(b)]
    }
  }
  for (const size of [1, 2, 3, 7, 61, 1400, 65536]) {
    if (size < length && length / size <= 200_000) yield inChunksOf(bytes, size)
  }
}

function inChunksOf(bytes, size) {
  const chunks = []
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
  return chunks
}
