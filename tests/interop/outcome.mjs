/** Runs an operation and records its results. */

/** Resolves with `{ results, end, error }`: `end` is `complete` or the code of the error. */
export function outcome(client, operation, on) {
  return new Promise(resolve => {
    const results = []
    client.subscribe(
      operation,
      {
        next: result => results.push(result),
        error: error => resolve({ results, end: error?.code ?? String(error), error }),
        complete: () => resolve({ results, end: 'complete' }),
      },
      on,
    )
  })
}

/** Rejects after a while, so that a hanging step is reported by its name. */
export function within(ms, what, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms} ms`)), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
