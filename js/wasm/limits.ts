/** The limits that users set on what a stream may send, and how they are checked. */

import { checkNumber } from '../stream/limits.ts'

/** The largest message accepted unless the user says otherwise: 16 MiB. */
const defaultMaxMessageBytes = 16 * 1024 * 1024

/** The most header bytes that a part may have unless the user says otherwise: 16 KiB. */
export const defaultMaxHeaderBytes = 16 * 1024

/** The limit to apply for the option; throws a RangeError where it is no number of bytes. */
export function checkMaxMessageBytes(bytes = defaultMaxMessageBytes): number {
  return checkBytes('maxMessageBytes', bytes)
}

export function checkBytes(option: string, bytes: number): number {
  return checkNumber(option, bytes, { min: 1, max: 2 ** 31 - 1, integer: true })
}
