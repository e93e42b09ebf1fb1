/** The size limits of a stream, and the check of their values. */

import { checkNumber } from '../stream/limits.ts'

/** The default size limit of a message: 16 MiB. */
const defaultMaxMessageBytes = 16 * 1024 * 1024

/** The default size limit of a part's headers: 16 KiB. */
export const defaultMaxHeaderBytes = 16 * 1024

/** Returns the limit for an option. Throws a RangeError if the value is not a number of bytes. */
export function checkMaxMessageBytes(bytes = defaultMaxMessageBytes): number {
  return checkBytes('maxMessageBytes', bytes)
}

export function checkBytes(option: string, bytes: number): number {
  return checkNumber(option, bytes, { min: 1, max: 2 ** 31 - 1, integer: true })
}
