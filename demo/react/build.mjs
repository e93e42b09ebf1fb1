/** Builds the React page for the demo's server: /react/. */

import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { build } from 'vite'

/** Where the built page lies, as a folder's address. */
export const reactPage = new URL('../../build/demo-react/', import.meta.url)

export function buildReactPage() {
  return build({
    configFile: false,
    root: fileURLToPath(new URL('.', import.meta.url)),
    base: '/react/',
    logLevel: 'error',
    plugins: [react()],
    build: { outDir: fileURLToPath(reactPage), emptyOutDir: true },
  })
}
