/**
 * Writes the TypeScript snippets of README.md and docs/ to build/documents, one file each, with the declarations that they
 * assume, so that the compiler checks them.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { documents, readSnippets } from './snippets.mjs'

const root = new URL('../../', import.meta.url)
const folder = new URL('build/documents/', root)

/** Declarations for the reader's own code. */
const readers = `
import type { Client } from 'postsource/graphql'
declare global {
  var postsource: typeof import('postsource/devtools')
  const token: (options?: { refresh?: boolean }) => Promise<string>
  const append: (data: string) => void
  const show: (...values: unknown[]) => void
  const draw: (...values: unknown[]) => void
  const use: (...values: unknown[]) => void
  const handle: (...values: unknown[]) => void
  const apply: (rows: Record<string, Row>, type: string, record: unknown) => Record<string, Row>
  interface Row {
    title: string
  }
  interface Message {
    author: string
    text: string
  }
  const sink: { next(result: unknown): void; error(error: unknown): void; complete(): void }
  const client: Client
  const createClient: typeof import('postsource/graphql').createClient
  const process: { env: Record<string, string | undefined> }
  const url: string
  const userId: string
  const room: string
  const sha256Hash: string
  const init: RequestInit
  const signal: AbortSignal
  const response: Response
  const chunk: Uint8Array
  const text: string
  const onRetry: (ms: number) => void
  const onComment: (text: string) => void
  const onId: (id: string) => void
  const onError: (error: Error) => void
}
`

const config = {
  extends: '../../tests/types/tsconfig.json',
  compilerOptions: {
    rootDir: '../..',
    jsx: 'react-jsx',
    types: ['react'],
    paths: { postsource: ['../../js/index.ts'], 'postsource/*': ['../../js/*.ts'] },
  },
  include: ['.'],
}

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('readers.d.ts', folder), readers)
// a dev server's address of the same module
writeFileSync(
  new URL('addresses.d.ts', folder),
  "declare module '/node_modules/*' {\n  export * from 'postsource/devtools'\n}\n",
)
writeFileSync(new URL('tsconfig.json', folder), JSON.stringify(config))
let count = 0
for (const document of documents()) {
  const name = document.replace(/\.md$/, '').replaceAll('/', '-')
  const snippets = readSnippets(document).filter(({ language }) => /^tsx?$/.test(language))
  for (const [i, { code }] of snippets.entries())
    writeFileSync(new URL(`${name}-${String(i + 1).padStart(2, '0')}.tsx`, folder), `${code}\nexport {}\n`)
  count += snippets.length
}
console.log(`${count} snippets`)
