/** Reads the test vectors and writes out what they abbreviate; README.md describes them. */

import { readdirSync, readFileSync } from 'node:fs'

/** All vectors of a format (a folder beside this file), each with the name of its file. */
export function loadVectors(format = 'sse') {
  const folder = new URL(`${format}/`, import.meta.url)
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .flatMap(file => JSON.parse(readFileSync(new URL(file, folder), 'utf8')).map(vector => ({ file, ...vector })))
}

/** The bytes of a vector's `input`. */
export function expandInput(input) {
  if (typeof input === 'string') return Buffer.from(input)
  if (Array.isArray(input)) return Buffer.concat(input.map(expandInput))
  if ('hex' in input) return Buffer.from(input.hex, 'hex')
  const once = expandInput(input.repeat)
  return Buffer.alloc(once.length * input.times, once)
}

/** The entries of a vector's `expected`. */
export function expandLog(log) {
  return log.flatMap(entry => {
    if ('repeat' in entry) return Array(entry.times).fill(expandLog(entry.repeat)).flat()
    return [Object.fromEntries(Object.entries(entry).map(([key, text]) => [key, expandText(text)]))]
  })
}

function expandText(text) {
  if (typeof text === 'string') return text
  if ('join' in text) return text.join.map(expandText).join('')
  return expandText(text.repeat).repeat(text.times)
}
