/** The functions of node:assert that the machine uses, for pages. */

function equal(actual, expected, message = 'not equal') {
  if (!Object.is(actual, expected)) throw new Error(`${message}: ${actual} instead of ${expected}`)
}

export default {
  equal,
  deepEqual: (actual, expected, message) => equal(JSON.stringify(actual), JSON.stringify(expected), message),
  ok: (value, message) => equal(Boolean(value), true, message),
}
