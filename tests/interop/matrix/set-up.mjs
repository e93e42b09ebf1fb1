/** What sets programs up: the commands of each language's package manager. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The path of a program of ../programs. */
export const program = name => fileURLToPath(new URL(`../programs/${name}`, import.meta.url))

export const npm = (...packages) => [
  ['npm', 'init', '-y'],
  ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', ...packages],
]

export const venv = (...packages) => [
  ['python3', '-m', 'venv', '.venv'],
  ['.venv/bin/pip', 'install', '--quiet', ...packages],
]

/** The version of a package that the tests have installed. */
export function installed(name) {
  const file = new URL(`../../../node_modules/${name}/package.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')).version
}
