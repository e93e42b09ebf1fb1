/** Loads the chunks that pages load on demand. */

import { reasonOf, StreamError } from './errors.ts'

/** Advice for a chunk that cannot be loaded. */
export const chunkHint =
  "reload the page if it is older than the server's files; in a service worker import from postsource/service-worker"

/** Loads a chunk by a call of `import()`. Rejects with a StreamError `unsupported` that names `what` it is for. */
export async function loadChunk<Chunk>(what: string, load: () => Promise<Chunk>): Promise<Chunk> {
  try {
    return await load()
  } catch (cause) {
    const reason = `the chunk for ${what} could not be loaded (${reasonOf(cause)})`
    throw new StreamError('unsupported', `${reason}: ${chunkHint}`, { cause })
  }
}
