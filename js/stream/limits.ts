/** The numbers that users set, and how they are checked. */

/** The longest delay in milliseconds that a timer can hold; a longer one would fire at once. */
export const longestDelayMs = 2 ** 31 - 1

/** What an option may be. */
export interface NumberRange {
  min?: number
  /** `Infinity` by default, which is then allowed. */
  max?: number
  integer?: boolean
  /** What the number counts, for the message. */
  unit?: string
}

/** The number that an option was set to. Throws a RangeError for NaN, for what is no number and outside of the range. */
export function checkNumber(option: string, value: unknown, range: NumberRange = {}): number {
  const { min = 0, max = Number.POSITIVE_INFINITY, integer = false, unit = '' } = range
  const isWhole = !integer || Number.isInteger(value) || value === max
  if (typeof value === 'number' && value >= min && value <= max && isWhole) return value
  const kind = integer ? 'a whole number' : 'a number'
  throw new RangeError(
    `${option} must be ${kind}${unit && ` of ${unit}`} from ${min} to ${max}, not ${String(value)}`,
  )
}

/** How long to wait for something, in milliseconds. 0, Infinity and what no timer can hold are for ever: Infinity. */
export function checkTimeout(option: string, value: unknown = 0): number {
  const ms = checkNumber(option, value, { unit: 'milliseconds' })
  return ms === 0 || ms > longestDelayMs ? Number.POSITIVE_INFINITY : ms
}
