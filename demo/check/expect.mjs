/** Assertions of the check. */

/** Throws an Error with `message` if `condition` is false. */
export function expect(condition, message) {
  if (!condition) throw new Error(message)
}

/** Throws an Error if two values differ as JSON. */
export function expectSame(found, wanted) {
  expect(
    JSON.stringify(found) === JSON.stringify(wanted),
    `${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`,
  )
}
