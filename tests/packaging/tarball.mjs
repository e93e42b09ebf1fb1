/** What the tarball has to have, and nothing else. */

const entries = ['index', 'graphql', 'react', 'apollo', 'relay', 'urql', 'devtools', 'parser', 'auto']
const folders = ['stream', 'wasm', 'event-source', 'graphql', 'store', 'react', 'devtools', 'cli']

/** Each has to match one file at least, and each file has to match one. */
const places = [
  ...['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE'].map(exactly),
]

function exactly(path) {
  return { name: path, pattern: new RegExp(`^${path.replaceAll('.', '\\.')}$`) }
}

/** What is wrong with the list of files, a line each. */
export function misplaced(files) {
  return []
}
