/** Reads bodies that are iterable but no ReadableStream, such as the Node streams of node-fetch 2 and 3. */

type IteratedBody = AsyncIterable<Uint8Array> &
  Partial<{ destroy(): void; on(type: string, listener: () => void): void }>

/** A reader of such a body. */
export function iteratedReader(
  body: IteratedBody,
): Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'> {
  const iterator = body[Symbol.asyncIterator]()
  let end = () => {}
  // node-fetch 2 emits an abort as an error of the body, which without a listener would end the process
  body.on?.('error', () => {})
  return {
    read: () =>
      new Promise((resolve, reject) => {
        end = () => resolve({ done: true, value: undefined })
        iterator
          .next()
          .then(
            ({ done, value }) => resolve(done ? { done, value: undefined } : { done: false, value }),
            reject,
          )
      }),
    async cancel() {
      end()
      body.destroy?.()
      await iterator.return?.()
    },
  }
}
