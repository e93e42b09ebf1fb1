/** Checks the numbers that users pass as options. */

/** The longest delay in milliseconds that a timer can hold; a longer one would fire at once. */
export const longestDelayMs = 2 ** 31 - 1

/** The range of an option. */
export interface NumberRange {
  min?: number
  /** `Infinity` by default, which is then allowed. */
  max?: number
  integer?: boolean
  /** The unit of the number, for the message. */
  unit?: string
}

/** Returns the value of an option. Throws a RangeError if it is NaN, not a number or out of range. */
export function checkNumber(option: string, value: unknown, range: NumberRange = {}): number {
  const { min = 0, max = Number.POSITIVE_INFINITY, integer = false, unit = '' } = range
  const isWhole = !integer || Number.isInteger(value) || value === max
  if (typeof value === 'number' && value >= min && value <= max && isWhole) return value
  const kind = integer ? 'a whole number' : 'a number'
  throw new RangeError(
    `${option} must be ${kind}${unit && ` of ${unit}`} from ${min} to ${max}, not ${String(value)}`,
  )
}

/** Returns a timeout in milliseconds. 0, and numbers too large for a timer, mean no timeout: Infinity. */
export function checkTimeout(option: string, value: unknown = 0): number {
  const ms = checkNumber(option, value, { unit: 'milliseconds' })
  return ms === 0 || ms > longestDelayMs ? Number.POSITIVE_INFINITY : ms
}
