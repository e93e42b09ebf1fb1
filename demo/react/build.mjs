/** Builds the React page for the demo's server: /react/. */

import { fileURLToPath } from 'node:url'

/** The folder of the built page. */
export const reactPage = new URL('../../build/demo-react/', import.meta.url)

export async function buildReactPage() {
  // imported only here, because the server starts faster without it
  const [{ build }, { default: react }] = await Promise.all([import('vite'), import('@vitejs/plugin-react')])
  await build({
    configFile: false,
    root: fileURLToPath(new URL('.', import.meta.url)),
    base: '/react/',
    logLevel: 'error',
    plugins: [react()],
    build: { outDir: fileURLToPath(reactPage), emptyOutDir: true },
  })
}
