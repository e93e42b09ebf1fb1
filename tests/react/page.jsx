import { StrictMode, version } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'

const { scene, library, dedupe, hydrate } = Object.fromEntries(new URLSearchParams(location.search))
// each page loads what it shows, and not all of the libraries
const { App } = library ? await import('./adapters/scenes.jsx') : await import('./scenes.jsx')
const app = (
  <StrictMode>
    <App scene={scene} dedupe={dedupe === '1'} />
  </StrictMode>
)
const root = document.querySelector('#root')
globalThis.reactVersion = version
globalThis.mismatches = []
if (hydrate) {
  root.innerHTML = decodeURIComponent(hydrate)
  hydrateRoot(root, app, { onRecoverableError: error => globalThis.mismatches.push(String(error)) })
} else {
  createRoot(root).render(app)
}
globalThis.ready = true
